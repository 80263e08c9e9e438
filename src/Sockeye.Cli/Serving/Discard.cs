namespace Sockeye.Cli.Serving;

/// <summary>RFC 863: throws away any data it receives.</summary>
internal static class Discard
{
    public static ConnectionHandler Stream(ServiceSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServiceSettings settings) => RunAsync;

    private static async ValueTask RunAsync(Connection c)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Consume(received.Length);
        }
    }

    private static async ValueTask RunAsync(DatagramSocket socket)
    {
        while (await socket.ReceiveAsync() is { IsEmpty: false })
        {
        }
    }
}
