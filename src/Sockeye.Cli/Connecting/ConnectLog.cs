using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>Says on standard error that a conversation began and ended; or as JSON Lines on standard output.</summary>
internal sealed class ConnectLog(Output output, bool talks)
{
    private long _began;

    public void Connected(Connection connection)
    {
        _began = Environment.TickCount64;
        if (output.Json)
        {
            output.JsonLine("connected", connection, static (json, one) =>
            {
                json.WriteString("endpoint", one.RemoteEndpoint.ToString());
                json.WriteString("local", one.LocalEndpoint.ToString());
                json.WriteString("model", one.Network.Name);
            });
        }
        else if (talks)
        {
            output.Note(Text.ConnectConnected.With(
                connection.RemoteEndpoint, connection.LocalEndpoint, connection.Network.Name));
        }
    }

    public void Closed(Connection connection, Ending ending)
    {
        double seconds = (Environment.TickCount64 - _began) / 1000.0;
        if (output.Json)
        {
            output.JsonLine("closed", (connection, ending, seconds), static (json, one) =>
            {
                json.WriteString("end", JsonNamingPolicy.SnakeCaseLower.ConvertName(one.ending.ToString()));
                json.WriteNumber("received_bytes", one.connection.BytesReceived);
                json.WriteNumber("sent_bytes", one.connection.BytesSent);
                json.WriteNumber("duration_s", one.seconds);
            });
        }
        else if (talks)
        {
            output.Note(Text.ConnectClosed.With(
                connection.RemoteEndpoint,
                ReasonOf(ending),
                Number(connection.BytesReceived),
                Number(connection.BytesSent),
                seconds.ToString("0.0", CultureInfo.InvariantCulture)));
        }
    }

    private static string ReasonOf(Ending ending) => ending switch
    {
        Ending.Finished => Text.EndFinished,
        Ending.WaitOver => Text.ConnectWaitOver,
        Ending.Stopped => Text.ConnectStopped,
        Ending.OutputClosed => Text.ConnectOutputClosed,
        _ => Text.EndReset,
    };

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
