using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>Says on standard error that a conversation began and ended; or as JSON Lines on standard output.</summary>
internal sealed class ConnectLog(Output output, bool talks)
{
    private long _began;

    /// <summary>It began.</summary>
    /// <param name="peer">The other end.</param>
    /// <param name="local">Our end.</param>
    /// <param name="by">The I/O model, and what else was agreed on.</param>
    public void Connected(Endpoint peer, Endpoint local, string by)
    {
        _began = Environment.TickCount64;
        if (output.Json)
        {
            output.JsonLine("connected", (peer, local, by), static (json, one) =>
            {
                json.WriteString("endpoint", one.peer.ToString());
                json.WriteString("local", one.local.ToString());
                json.WriteString("by", one.by);
            });
        }
        else if (talks)
        {
            output.Note(ConnectText.Connected.With(peer, local, by));
        }
    }

    /// <summary>It is over.</summary>
    public void Closed(Endpoint peer, Ending ending, long receivedBytes, long sentBytes)
    {
        double seconds = (Environment.TickCount64 - _began) / 1000.0;
        if (output.Json)
        {
            output.JsonLine("closed", (ending, receivedBytes, sentBytes, seconds), static (json, one) =>
            {
                json.WriteString("end", JsonNamingPolicy.SnakeCaseLower.ConvertName(one.ending.ToString()));
                json.WriteNumber("received_bytes", one.receivedBytes);
                json.WriteNumber("sent_bytes", one.sentBytes);
                json.WriteNumber("duration_s", one.seconds);
            });
        }
        else if (talks)
        {
            output.Note(ConnectText.Closed.With(
                peer,
                ReasonOf(ending),
                Number(receivedBytes),
                Number(sentBytes),
                seconds.ToString("0.0##", CultureInfo.InvariantCulture)));
        }
    }

    private static string ReasonOf(Ending ending) => ending switch
    {
        Ending.Finished => Text.EndFinished,
        Ending.WaitOver => ConnectText.WaitOver,
        Ending.Stopped => ConnectText.Stopped,
        Ending.OutputClosed => ConnectText.OutputClosed,
        Ending.Refused => ConnectText.Refused,
        _ => Text.EndReset,
    };

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
