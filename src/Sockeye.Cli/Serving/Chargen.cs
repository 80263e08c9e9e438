using System.Buffers;

namespace Sockeye.Cli.Serving;

/// <summary>
/// RFC 864: sends characters without end, and throws away what it receives; a datagram is answered by one of up to 512
/// characters. The pattern is the RFC's: lines of 72 of the 95 printing characters, each line beginning one further.
/// </summary>
internal static class Chargen
{
    private const int LineChars = 72;
    private const int PrintingFirst = ' ';
    private const int PrintingCount = 95;
    private const int LineBytes = LineChars + 2;

    /// <summary>RFC 864: "a datagram […] containing a random number (between 0 and 512) of characters".</summary>
    private const int DatagramCharsMax = 512;

    /// <summary>Every line once: the pattern repeats after as many lines as there are characters.</summary>
    private static readonly byte[] s_pattern = MakePattern();

    private static int s_turn; // Any owner's; interlocked.

    public static ConnectionHandler Stream(ServeSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServeSettings settings) => DatagramAnswers.Handler(settings, Answer);

    private static async ValueTask RunAsync(Connection c)
    {
        ValueTask discarding = DiscardAsync(c);
        do
        {
            c.Write(s_pattern);
        }
        while (await c.FlushAsync() == End.None && !discarding.IsCompleted);
        await discarding;
    }

    private static async ValueTask DiscardAsync(Connection c)
    {
        // A second activity beside the writing: on a blocking engine a read at once would keep the thread.
        await Task.Yield();
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Consume(received.Length);
        }
    }

    private static void Answer(ReadOnlySpan<byte> received, IBufferWriter<byte> answer, TimeProvider time)
    {
        // Any length will do; this one walks through all of them.
        uint turn = (uint)Interlocked.Add(ref s_turn, 167) % (DatagramCharsMax + 1);
        answer.Write(s_pattern.AsSpan(0, (int)turn));
    }

    private static byte[] MakePattern()
    {
        byte[] pattern = new byte[PrintingCount * LineBytes];
        for (int line = 0; line < PrintingCount; line++)
        {
            Span<byte> bytes = pattern.AsSpan(line * LineBytes, LineBytes);
            for (int i = 0; i < LineChars; i++)
            {
                bytes[i] = (byte)(PrintingFirst + ((line + i) % PrintingCount));
            }

            bytes[LineChars] = (byte)'\r';
            bytes[LineChars + 1] = (byte)'\n';
        }

        return pattern;
    }
}
