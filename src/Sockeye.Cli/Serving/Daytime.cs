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

    public static DatagramHandler Datagrams(ServeSettings settings) => RunAsync;

    private static async ValueTask RunAsync(Connection c)
    {
        c.Write(Line(c.Network.Time));
        await c.FlushAsync();
    }

    private static async ValueTask RunAsync(DatagramSocket socket)
    {
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            byte[] line = Line(socket.Network.Time);
            for (int i = 0; i < batch.Count; i++)
            {
                socket.Send(line, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }

    private static byte[] Line(TimeProvider time) => Encoding.ASCII.GetBytes(
        time.GetLocalNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) + "\r\n");
}
