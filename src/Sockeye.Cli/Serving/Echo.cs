namespace Sockeye.Cli.Serving;

/// <summary>RFC 862: "any data received is sent back".</summary>
internal static class Echo
{
    public static ConnectionHandler Stream(ServeSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServeSettings settings) => RunAsync;

    private static async ValueTask RunAsync(Connection c)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Write(received.Span);
            c.Consume(received.Length);
            if (await c.FlushAsync() != End.None)
            {
                break;
            }
        }
    }

    private static async ValueTask RunAsync(DatagramSocket socket)
    {
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                socket.Send(batch[i].Data, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }
}
