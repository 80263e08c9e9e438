using System.Buffers;

namespace Sockeye.Cli.Serving;

/// <summary>
/// Says <c>Welcome!</c>, and for each chunk that comes, which is a name, <c>Hello, NAME!</c> after a delay. A name that
/// ended in a line end gets a reply that does. <c>exit</c>, or the end of the stream, closes.
/// </summary>
internal static class Greet
{
    /// <summary>Delayed replies to datagrams that wait at most; further datagrams are lost, as on a full
    /// network.</summary>
    private const int RepliesWaitingMax = 4_096;

    public static ConnectionHandler Stream(ServeSettings settings) => c => RunAsync(c, settings.Delay);

    public static DatagramHandler Datagrams(ServeSettings settings) => s => RunAsync(s, settings.Delay);

    private static async ValueTask RunAsync(Connection c, TimeSpan delay)
    {
        c.Write("Welcome!"u8);
        await c.FlushAsync();
        while (await c.ReadAsync() is { IsEmpty: false } received && !IsExit(received.Span))
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, c.Network.Time);
            }

            Reply(c, received.Span);
            c.Consume(received.Length);
            await c.FlushAsync();
        }
    }

    private static async ValueTask RunAsync(DatagramSocket socket, TimeSpan delay)
    {
        if (delay > TimeSpan.Zero)
        {
            await RunDelayedAsync(socket, delay);
            return;
        }

        var reply = new ArrayBufferWriter<byte>();
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                reply.ResetWrittenCount();
                Reply(reply, batch[i].Data);
                socket.Send(reply.WrittenSpan, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }

    /// <summary>Each reply waits by itself, so that one sender's delay does not hold up the next.</summary>
    private static async Task RunDelayedAsync(DatagramSocket socket, TimeSpan delay)
    {
        var waiting = new Queue<(byte[] Reply, PeerAddress Peer, long Due)>();
        Task sending = Task.CompletedTask;
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            TimeProvider time = socket.Network.Time;
            long due = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            for (int i = 0; i < batch.Count && waiting.Count < RepliesWaitingMax; i++)
            {
                var reply = new ArrayBufferWriter<byte>();
                Reply(reply, batch[i].Data);
                waiting.Enqueue((reply.WrittenSpan.ToArray(), batch[i].Peer, due));
            }

            if (sending.IsCompleted)
            {
                sending = SendDueAsync(socket, waiting);
            }
        }
    }

    /// <summary>One sender for all: they come due in the order in which they came.</summary>
    private static async Task SendDueAsync(
        DatagramSocket socket, Queue<(byte[] Reply, PeerAddress Peer, long Due)> waiting)
    {
        TimeProvider time = socket.Network.Time;
        while (waiting.TryPeek(out (byte[] Reply, PeerAddress Peer, long Due) next))
        {
            TimeSpan left = time.GetElapsedTime(time.GetTimestamp(), next.Due);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, time);
            }

            waiting.Dequeue();
            socket.Send(next.Reply, next.Peer);
            if (await socket.FlushAsync() != End.None)
            {
                return;
            }
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
