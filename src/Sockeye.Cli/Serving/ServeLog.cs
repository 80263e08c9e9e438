using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>
/// The log of a server: who came, who went, with how many bytes and why; as lines on standard error, or as JSON Lines
/// on standard output. Its members may be called from any thread, and none of them waits for whoever reads the log.
/// </summary>
internal sealed class ServeLog : IDisposable
{
    private readonly Output _direct;
    private readonly Output _output;
    private readonly QueuedStream _data;
    private readonly QueuedStream _notes;
    private readonly bool _quiet;
    private readonly Lock _lock = new();
    private readonly long _began = Environment.TickCount64;

    // Everything below is guarded by _lock.
    private List<Action>? _early = [];
    private IReadOnlyList<Endpoint> _endpoints = [];
    private readonly HashSet<Connection> _open = [];
    private long _closed;
    private long _refused;
    private long _failed;
    private long _received;
    private long _sent;
    private bool _isStopping;

    /// <summary>Makes one.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="quiet">Leave out who comes and goes.</param>
    public ServeLog(Output output, bool quiet)
    {
        _direct = output;
        _output = output.Queued(out _data, out _notes);
        _quiet = quiet;
        Datagrams = new DatagramCounts(FirstDatagram);
    }

    /// <summary>Counts the datagrams; the summary tells of them.</summary>
    public DatagramCounts Datagrams { get; }

    private long Served => _closed + _open.Count;

    /// <summary>Lines that nobody took in time.</summary>
    private long LeftOut => _data.LeftOut + _notes.LeftOut;

    /// <summary>Says where it listens, and then what has happened there already.</summary>
    /// <exception cref="IOException">Where it listens cannot be told.</exception>
    public void Started(IReadOnlyList<Endpoint> endpoints, string model)
    {
        lock (_lock)
        {
            _endpoints = endpoints;
            foreach (Endpoint endpoint in endpoints)
            {
                Listening(endpoint, model);
            }

            List<Action> early = _early!;
            _early = null;
            early.ForEach(Tell);
        }
    }

    /// <summary>No one comes in any more.</summary>
    public void Stopping(int open) => Report(() =>
    {
        _isStopping = true;
        if (_output.Json)
        {
            _output.JsonLine("stopping", open, static (json, count) => json.WriteNumber("connections", count));
        }
        else if (open > 0)
        {
            _output.Note(ServeText.Stopping.With(Connections(open)));
        }
    });

    /// <summary>Something else that the people who run the server should know.</summary>
    public void Note(string sentence) => Report(() =>
    {
        if (_output.Json)
        {
            _output.JsonLine("note", sentence, static (json, text) => json.WriteString("message", text));
        }
        else
        {
            _output.Note(sentence);
        }
    });

    /// <summary>A peer could not agree on TLS with us.</summary>
    public void HandshakeFailed(Connection connection, string reason) => Report(() =>
    {
        _failed++;
        if (_output.Json)
        {
            _output.JsonLine("handshake_failed", (connection, reason), static (json, one) =>
            {
                json.WriteNumber("connection", one.connection.Id);
                json.WriteString("peer", one.connection.RemoteEndpoint.AsTls().ToString());
                json.WriteString("message", one.reason);
            });
        }
        else
        {
            _output.Note(ServeText.HandshakeFailed.With(connection.Id, reason));
        }
    });

    /// <summary>What the network has to tell.</summary>
    public void Observe(NetworkEvent report) => Report(() =>
    {
        Count(report);
        bool important = report.Kind is not (NetworkEventKind.Accepted or NetworkEventKind.Closed);
        if (_quiet && !important)
        {
            return;
        }

        if (_output.Json)
        {
            _output.JsonLine(NameOf(report.Kind), report, WriteJson);
        }
        else
        {
            _output.Note(Line(report));
        }
    });

    /// <summary>Says what this process has used so far. Whoever asked waits for it, so it is not left out when the log
    /// is full.</summary>
    public void Usage() => Report(() =>
    {
        ProcessUsage used = ProcessUsage.Now;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        if (_output.Json)
        {
            _direct.JsonLine("usage", (used, allocated), static (json, one) =>
            {
                json.WriteNumber("cpu_us", (long)one.used.ProcessorTime.TotalMicroseconds);
                json.WriteNumber("voluntary_switches", one.used.VoluntarySwitches);
                json.WriteNumber("involuntary_switches", one.used.InvoluntarySwitches);
                json.WriteNumber("allocated_bytes", one.allocated);
            });
        }
        else
        {
            _output.Note(ServeText.Usage.With(
                used.ProcessorTime.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture),
                Number(used.VoluntarySwitches + used.InvoluntarySwitches), Number(allocated)));
        }
    });

    /// <summary>Says what it came to.</summary>
    public void Summary() => Report(() =>
    {
        if (!_quiet)
        {
            DatagramsByPeer();
        }

        DatagramCounts.Tally datagrams = Datagrams.Total;
        double seconds = (Environment.TickCount64 - _began) / 1000.0;

        // A handler that does not end when its connection is reset has been served all the same.
        long received = _received + _open.Sum(one => one.BytesReceived) + datagrams.ReceivedBytes;
        long sent = _sent + _open.Sum(one => one.BytesSent) + datagrams.SentBytes;
        if (_output.Json)
        {
            _output.JsonLine("summary", this, (json, log) =>
            {
                json.WriteNumber("connections", log.Served);
                json.WriteNumber("refused", log._refused);
                json.WriteNumber("failed", log._failed);
                json.WriteNumber("received_datagrams", datagrams.Received);
                json.WriteNumber("sent_datagrams", datagrams.Sent);
                json.WriteNumber("lost_datagrams", log.Datagrams.LostCount);
                json.WriteNumber("received_bytes", received);
                json.WriteNumber("sent_bytes", sent);
                json.WriteNumber("left_out_lines", log.LeftOut);
                json.WriteNumber("duration_s", seconds);
            });
        }
        else
        {
            if (LeftOut > 0)
            {
                _output.Note(ServeText.LogLeftOut.With(LeftOut));
            }

            string took = seconds.ToString("0.0", CultureInfo.InvariantCulture);
            _output.Note(ServeText.SummaryLine.With(ServedText(datagrams), Number(received), Number(sent), took));
        }
    });

    /// <summary>Writes what waits, if somebody takes it soon.</summary>
    public void Dispose()
    {
        _data.Dispose();
        _notes.Dispose();
    }

    private void FirstDatagram(PeerAddress peer, DatagramSocket socket)
    {
        if (_quiet)
        {
            return;
        }

        Report(() =>
        {
            if (_output.Json)
            {
                _output.JsonLine("first_datagram", (peer, socket), static (json, one) =>
                {
                    json.WriteString("listener", one.socket.LocalEndpoint.ToString());
                    json.WriteString("peer", one.peer.ToString());
                });
            }
            else
            {
                _output.Note(ServeText.DatagramsFirst.With(peer, socket.LocalEndpoint));
            }
        });
    }

    /// <summary>Who reads the log waits for the line that says where we listen: until then the rest is kept.</summary>
    private void Report(Action report)
    {
        lock (_lock)
        {
            if (_early is null)
            {
                Tell(report);
            }
            else
            {
                _early.Add(report);
            }
        }
    }

    /// <summary>A log that cannot be written, on a full disk for instance, is no reason to serve nobody.</summary>
    private static void Tell(Action report)
    {
        try
        {
            report();
        }
        catch (IOException)
        {
        }
    }

    private void Listening(Endpoint endpoint, string model)
    {
        if (_output.Json)
        {
            _direct.JsonLine("listening", (endpoint, model), static (json, one) =>
            {
                json.WriteString("endpoint", one.endpoint.ToString());
                json.WriteString("model", one.model);
            });
        }
        else
        {
            _direct.Line(ServeText.Listening.With(endpoint, model));
            _direct.Flush();
        }
    }

    private void DatagramsByPeer()
    {
        foreach ((PeerAddress peer, DatagramCounts.Tally tally) in Datagrams.Peers)
        {
            if (_output.Json)
            {
                _output.JsonLine("datagrams", (peer, tally), static (json, one) =>
                {
                    json.WriteString("peer", one.peer.ToString());
                    json.WriteNumber("received_datagrams", one.tally.Received);
                    json.WriteNumber("sent_datagrams", one.tally.Sent);
                    json.WriteNumber("received_bytes", one.tally.ReceivedBytes);
                    json.WriteNumber("sent_bytes", one.tally.SentBytes);
                });
            }
            else
            {
                _output.Note(ServeText.DatagramsOf.With(
                    peer,
                    DatagramsOf(tally.Received),
                    Number(tally.ReceivedBytes),
                    DatagramsOf(tally.Sent),
                    Number(tally.SentBytes)));
            }
        }
    }

    private string ServedText(DatagramCounts.Tally datagrams)
    {
        List<string> served = [];
        if (!_endpoints.All(EndpointExtensions.IsDatagram))
        {
            served.Add(ServeText.SummaryConnections.With(
                Connections(Served), Number(_refused), Number(_failed)));
        }

        if (_endpoints.Any(EndpointExtensions.IsDatagram))
        {
            served.Add(ServeText.SummaryDatagrams.With(
                DatagramsOf(datagrams.Received), Number(datagrams.Sent), Number(Datagrams.LostCount)));
        }

        return string.Join("; ", served);
    }

    private void Count(in NetworkEvent report)
    {
        switch (report.Kind)
        {
            case NetworkEventKind.Accepted:
                _open.Add(report.Connection!);
                break;
            case NetworkEventKind.Closed:
                _open.Remove(report.Connection!);
                _closed++;
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

    private string Line(in NetworkEvent report)
    {
        Connection? c = report.Connection;

        // Few clients of a Unix socket are bound; where they came in says more than nothing.
        bool isNameless = PeerOf(report) is { Scheme: EndpointScheme.Unix, Path: "" };
        Endpoint? peer = isNameless ? ListenerOf(report) : PeerOf(report);
        return report.Kind switch
        {
            NetworkEventKind.Accepted => ServeText.Accepted.With(c!.Id, peer),
            NetworkEventKind.Closed => ServeText.Closed.With(
                c!.Id, peer, Reason(report.End), Number(c.BytesReceived), Number(c.BytesSent)),
            NetworkEventKind.Refused => ServeText.Refused.With(peer, report.Message),
            NetworkEventKind.AcceptResumed => ServeText.AcceptResumed.With(ListenerOf(report)),
            _ => c is null ? report.Message ?? "" : ServeText.About.With(c.Id, peer, report.Message),
        };
    }

    private void WriteJson(Utf8JsonWriter json, NetworkEvent report)
    {
        if (ListenerOf(report) is { } listener)
        {
            json.WriteString("listener", listener.ToString());
        }

        if (report.Connection is { } connection)
        {
            json.WriteNumber("connection", connection.Id);
        }

        if (PeerOf(report) is { } peer)
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

    private Endpoint? PeerOf(in NetworkEvent report)
    {
        Endpoint? peer = report.Connection?.RemoteEndpoint ?? report.Peer;
        return CarriesTls(report) ? peer?.AsTls() : peer;
    }

    private Endpoint? ListenerOf(in NetworkEvent report)
    {
        Endpoint? listener = report.Listener?.Endpoint;
        return CarriesTls(report) ? listener?.AsTls() : listener;
    }

    // The network beneath knows nothing of TLS: what we call the listener that a report is of tells.
    private bool CarriesTls(in NetworkEvent report) => report.Listener is { } listener
        && _endpoints.Any(endpoint => endpoint.IsTls
            && endpoint.Port == listener.Endpoint.Port
            && (endpoint.Address is null || endpoint.Address.Equals(listener.Endpoint.Address)));

    private string Reason(End end) => end switch
    {
        End.None when _isStopping => Text.EndNoneStopping,
        End.None => Text.EndNone,
        End.Finished => Text.EndFinished,
        End.Reset => Text.EndReset,
        End.IdleTimeout => Text.EndIdleTimeout,
        End.ReadTimeout => Text.EndReadTimeout,
        End.WriteTimeout => Text.EndWriteTimeout,
        End.Shutdown => Text.EndShutdown,
        _ => Text.EndAborted,
    };

    private static string Connections(long count) =>
        TextFormat.Count(count, Text.CountConnection, Text.CountConnections);

    private static string DatagramsOf(long count) => TextFormat.Count(count, Text.CountDatagram, Text.CountDatagrams);

    private static string NameOf(NetworkEventKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
