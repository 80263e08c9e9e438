namespace Sockeye.Cli.Serving;

/// <summary>RFC 863: throws away any data it receives.</summary>
internal static class Discard
{
    public static ConnectionHandler Stream(ServeSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServeSettings settings) =>
        DatagramAnswers.Handler(settings, answer: null);

    private static async ValueTask RunAsync(Connection c)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Consume(received.Length);
        }
    }
}
