using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>
/// The log of a server: who came, who went, with how many bytes and why; as lines on standard error, or as JSON Lines
/// on
/// standard output. Its members may be called from any thread.
/// </summary>
internal sealed class ServeLog(Output output, bool quiet)
{
    private readonly Lock _lock = new();
    private readonly long _began = Environment.TickCount64;
    private List<NetworkEvent>? _early = [];
    private long _served;
    private long _refused;
    private long _failed;
    private long _received;
    private long _sent;

    /// <summary>Says where it listens, and then what has happened there already.</summary>
    public void Started(IReadOnlyList<Endpoint> endpoints, string model)
    {
        lock (_lock)
        {
            foreach (Endpoint endpoint in endpoints)
            {
                Listening(endpoint, model);
            }

            List<NetworkEvent> early = _early!;
            _early = null;
            early.ForEach(Observe);
        }
    }

    public void Stopping(int open)
    {
        if (open > 0)
        {
            Note(Text.ServeStopping.With(open));
        }
    }

    public void Note(string line)
    {
        lock (_lock)
        {
            output.Note(line);
        }
    }

    public void Observe(NetworkEvent report)
    {
        lock (_lock)
        {
            if (_early is not null)
            {
                _early.Add(report); // Who reads the log waits for the line that says where we listen.
                return;
            }

            Count(report);
            bool important = report.Kind is not (NetworkEventKind.Accepted or NetworkEventKind.Closed);
            if (quiet && !important)
            {
                return;
            }

            if (output.Json)
            {
                output.JsonLine(NameOf(report.Kind), report, WriteJson);
            }
            else
            {
                output.Note(Line(report));
            }
        }
    }

    public void Summary()
    {
        lock (_lock)
        {
            double seconds = (Environment.TickCount64 - _began) / 1000.0;
            if (output.Json)
            {
                output.JsonLine("summary", this, (json, log) =>
                {
                    json.WriteNumber("connections", log._served);
                    json.WriteNumber("refused", log._refused);
                    json.WriteNumber("failed", log._failed);
                    json.WriteNumber("received_bytes", log._received);
                    json.WriteNumber("sent_bytes", log._sent);
                    json.WriteNumber("duration_s", seconds);
                });
            }
            else
            {
                string took = seconds.ToString("0.0", CultureInfo.InvariantCulture);
                output.Note(Text.ServeSummaryLine.With(
                    _served, _refused, _failed, Number(_received), Number(_sent), took));
            }
        }
    }

    private void Listening(Endpoint endpoint, string model)
    {
        if (output.Json)
        {
            output.JsonLine("listening", (endpoint, model), static (json, one) =>
            {
                json.WriteString("endpoint", one.endpoint.ToString());
                json.WriteString("model", one.model);
            });
        }
        else
        {
            output.Line(Text.ServeListening.With(endpoint, model));
            output.Flush();
        }
    }

    private void Count(in NetworkEvent report)
    {
        switch (report.Kind)
        {
            case NetworkEventKind.Closed:
                _served++;
                _received += report.Connection!.BytesReceived;
                _sent += report.Connection.BytesSent;
                break;
            case NetworkEventKind.Refused:
                _refused++;
                break;
            case NetworkEventKind.HandlerFailed:
                _failed++;
                break;
        }
    }

    private static string Line(in NetworkEvent report)
    {
        Connection? c = report.Connection;
        return report.Kind switch
        {
            NetworkEventKind.Accepted => Text.ServeAccepted.With(c!.Id, c.RemoteEndpoint),
            NetworkEventKind.Closed => Text.ServeClosed.With(
                c!.Id, c.RemoteEndpoint, Reason(report.End), Number(c.BytesReceived), Number(c.BytesSent)),
            NetworkEventKind.Refused => Text.ServeRefused.With(report.Peer, report.Message),
            NetworkEventKind.AcceptResumed => Text.ServeAcceptResumed.With(report.Listener?.Endpoint),
            _ => c is null ? report.Message ?? "" : Text.ServeAbout.With(c.Id, c.RemoteEndpoint, report.Message),
        };
    }

    private static string Reason(End end) => end switch
    {
        End.None => Text.EndNone,
        End.Finished => Text.EndFinished,
        End.Reset => Text.EndReset,
        End.IdleTimeout => Text.EndIdleTimeout,
        End.ReadTimeout => Text.EndReadTimeout,
        End.WriteTimeout => Text.EndWriteTimeout,
        End.Shutdown => Text.EndShutdown,
        _ => Text.EndAborted,
    };

    private static void WriteJson(Utf8JsonWriter json, NetworkEvent report)
    {
        if (report.Listener is { } listener)
        {
            json.WriteString("listener", listener.Endpoint.ToString());
        }

        if (report.Connection is { } connection)
        {
            json.WriteNumber("connection", connection.Id);
            json.WriteString("peer", connection.RemoteEndpoint.ToString());
        }
        else if (report.Peer is { } peer)
        {
            json.WriteString("peer", peer.ToString());
        }

        if (report.Kind == NetworkEventKind.Closed)
        {
            json.WriteString("end", JsonNamingPolicy.SnakeCaseLower.ConvertName(report.End.ToString()));
            json.WriteNumber("received_bytes", report.Connection!.BytesReceived);
            json.WriteNumber("sent_bytes", report.Connection.BytesSent);
        }

        if (report.Message is { } message)
        {
            json.WriteString("message", message);
        }
    }

    private static string NameOf(NetworkEventKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
