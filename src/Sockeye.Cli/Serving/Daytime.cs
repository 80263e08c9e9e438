using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Serving;

/// <summary>
/// RFC 867: sends the date and time as one line and closes, whatever it receives; a datagram gets it as its answer. The
/// syntax is free; this is RFC 3339's in local time with its offset.
/// </summary>
internal static class Daytime
{
    public static ConnectionHandler Stream(ServeSettings settings) => RunAsync;

    public static DatagramHandler Datagrams(ServeSettings settings) =>
        DatagramAnswers.Handler(settings, static (_, answer, time) => answer.Write(Line(time)));

    private static async ValueTask RunAsync(Connection c)
    {
        c.Write(Line(c.Network.Time));
        await c.FlushAsync();
    }

    private static byte[] Line(TimeProvider time) => Encoding.ASCII.GetBytes(
        time.GetLocalNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) + "\r\n");
}
