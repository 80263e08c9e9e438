using System.Buffers;

namespace Sockeye.Cli.Serving;

/// <summary>RFC 862: "any data received is sent back".</summary>
internal static class Echo
{
    public static ConnectionHandler Stream(ServeSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServeSettings settings) =>
        DatagramAnswers.Handler(settings, static (received, answer, _) => answer.Write(received));

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
}
