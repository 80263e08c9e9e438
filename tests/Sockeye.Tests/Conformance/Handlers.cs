using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>Handlers that many behaviours use, and steps that handlers share.</summary>
internal static class Handlers
{
    /// <summary>Nobody waits for a handler that outlives its network.</summary>
    public static ListenOptions SoonAborted { get; } = new()
    {
        Limits = new Limits { AbortTimeout = TimeSpan.FromMilliseconds(10) },
    };

    /// <summary>Sends back what comes.</summary>
    public static async ValueTask Echo(Connection c)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Write(received.Span);
            c.Consume(received.Length);
            await c.FlushAsync();
        }
    }

    /// <summary>Reads until this many bytes are there, consumes them and gives a copy.</summary>
    public static async ValueTask<byte[]> ReadExactlyAsync(Connection c, int count)
    {
        while (c.Unconsumed.Length < count)
        {
            Received received = await c.ReadAsync();
            if (received.IsEmpty)
            {
                throw new EndOfStreamException($"{received.End} after {c.Unconsumed.Length} of {count} bytes.");
            }
        }

        byte[] bytes = c.Unconsumed.Span[..count].ToArray();
        c.Consume(count);
        return bytes;
    }

    /// <summary>The same as text.</summary>
    public static async ValueTask<string> ReadTextAsync(Connection c, int count) =>
        Encoding.UTF8.GetString(await ReadExactlyAsync(c, count));

    /// <summary>Reads and consumes to the end, and gives the end.</summary>
    public static async ValueTask<(long Count, End End)> DrainAsync(Connection c)
    {
        long count = 0;
        while (true)
        {
            Received received = await c.ReadAsync();
            if (received.IsEmpty)
            {
                return (count, received.End);
            }

            count += received.Length;
            c.Consume(received.Length);
        }
    }

    /// <summary>Bytes in which every place is recognisable.</summary>
    public static byte[] Pattern(int count, int seed = 0)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (byte)(((i + seed) * 31) ^ ((i + seed) >> 8));
        }

        return bytes;
    }
}
