using System.Buffers;

namespace Sockeye.Cli.Serving;

/// <summary>
/// Says <c>Welcome!</c>, and for each chunk that comes, which is a name, <c>Hello, NAME!</c> after a delay. A name that
/// ended in a line end gets a reply that does. <c>exit</c>, or the end of the stream, closes.
/// </summary>
internal static class Greet
{
    public static ConnectionHandler Stream(ServeSettings settings) => c => RunAsync(c, settings.Delay);

    public static DatagramHandler Datagrams(ServeSettings settings) =>
        DatagramAnswers.Handler(settings, static (received, answer, _) => Reply(answer, received), settings.Delay);

    private static async ValueTask RunAsync(Connection c, TimeSpan delay)
    {
        c.Write("Welcome!"u8);
        await c.FlushAsync();
        while (await c.ReadAsync() is { IsEmpty: false } received && !IsExit(received.Span))
        {
            if (delay > TimeSpan.Zero)
            {
                // A peer that is gone waits for nothing, and neither does a server that stops.
                await Task.Delay(delay, c.Network.Time, c.Lost).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            Reply(c, received.Span);
            c.Consume(received.Length);
            await c.FlushAsync();
        }
    }

    private static void Reply(IBufferWriter<byte> output, ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> name = WithoutLineEnd(received);
        Write(output, "Hello, "u8);
        Write(output, name);
        Write(output, "!"u8);
        Write(output, received[name.Length..]);
    }

    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes) =>
        BuffersExtensions.Write(output, bytes);

    private static bool IsExit(ReadOnlySpan<byte> received) => WithoutLineEnd(received).SequenceEqual("exit"u8);

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> bytes) =>
        bytes is [.., (byte)'\r', (byte)'\n'] ? bytes[..^2] : bytes is [.., (byte)'\n'] ? bytes[..^1] : bytes;
}
