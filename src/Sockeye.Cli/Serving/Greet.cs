namespace Sockeye.Cli.Serving;

/// <summary>
/// Says <c>Welcome!</c>, and for each chunk that comes, which is a name, <c>Hello, NAME!</c> after a delay. A name that
/// ended in a line end gets a reply that does. <c>exit</c>, or the end of the stream, closes.
/// </summary>
internal static class Greet
{
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
        var reply = new System.Buffers.ArrayBufferWriter<byte>();
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                if (delay > TimeSpan.Zero)
                {
                    _ = ReplyLaterAsync(socket, batch[i].Data.ToArray(), batch[i].Peer, delay);
                    continue;
                }

                reply.ResetWrittenCount();
                Reply(reply, batch[i].Data);
                socket.Send(reply.WrittenSpan, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }

    /// <summary>Each datagram waits by itself, so that one sender's delay does not hold up the next.</summary>
    private static async Task ReplyLaterAsync(DatagramSocket socket, byte[] name, PeerAddress peer, TimeSpan delay)
    {
        await Task.Delay(delay, socket.Network.Time);
        var reply = new System.Buffers.ArrayBufferWriter<byte>();
        Reply(reply, name);
        socket.Send(reply.WrittenSpan, peer);
        await socket.FlushAsync();
    }

    private static void Reply(System.Buffers.IBufferWriter<byte> output, ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> name = WithoutLineEnd(received);
        Write(output, "Hello, "u8);
        Write(output, name);
        Write(output, "!"u8);
        Write(output, received[name.Length..]);
    }

    private static void Write(System.Buffers.IBufferWriter<byte> output, ReadOnlySpan<byte> bytes) =>
        System.Buffers.BuffersExtensions.Write(output, bytes);

    private static bool IsExit(ReadOnlySpan<byte> received) => WithoutLineEnd(received).SequenceEqual("exit"u8);

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> bytes) =>
        bytes is [.., (byte)'\r', (byte)'\n'] ? bytes[..^2] : bytes is [.., (byte)'\n'] ? bytes[..^1] : bytes;
}
