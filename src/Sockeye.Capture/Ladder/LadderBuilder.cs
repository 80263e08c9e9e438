using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Ladder;

/// <summary>How a ladder is made.</summary>
public sealed record LadderOptions
{
    /// <summary>The ordinary way.</summary>
    public static LadderOptions Default { get; } = new();

    /// <summary>How many rows it may have; packets that come later are only counted.</summary>
    public int RowsMax { get; init; } = 5_000;

    /// <summary>How many columns it may have: as many as a line of <see cref="LadderText.WidthMax"/> has room for.
    /// Packets of further hosts are only counted.</summary>
    public int ColumnsMax { get; init; } = 20;

    /// <summary>Whether runs of data become one row.</summary>
    public bool Folds { get; init; } = true;

    /// <summary>Whether to keep what was found in each packet, for those who look closer.</summary>
    public bool KeepsDetails { get; init; }

    /// <summary>How many bytes of details a row may have.</summary>
    public int DetailBytesMax { get; init; } = 16_384;
}

/// <summary>
/// Makes a ladder of any set of frames: those of a stream, of a journey, of a whole small capture. Frames are added in
/// their order.
/// </summary>
public sealed class LadderBuilder
{
    private readonly LadderOptions _options;
    private readonly LadderColumns _columns;
    private readonly List<LadderRow> _rows = [];
    private readonly LadderWords _words = new();
    private readonly TextBuffer _text = new();
    private readonly LadderRun _run = new();
    private readonly Dictionary<Conversation, (TcpState Client, TcpState Server)> _states = [];
    private readonly List<(TcpStream Stream, int Row, int Server)> _openings = [];
    private Timestamp? _first;
    private long _left;

    /// <summary>An empty ladder.</summary>
    public LadderBuilder(LadderOptions? options = null)
    {
        _options = options ?? LadderOptions.Default;
        _columns = new LadderColumns(_options.ColumnsMax);
    }

    /// <summary>Gives a host a name for the head of its column; addresses of the same name are one column.</summary>
    public void Name(InternetAddress address, string name) => _columns.Name(address, name);

    /// <summary>Adds a remark, such as a step that sends no packet.</summary>
    /// <param name="words">What happened.</param>
    /// <param name="time">When; null when nobody knows.</param>
    public void Remark(string words, Timestamp? time = null)
    {
        EndRun();
        long? since = Since(time);
        if (_rows.Count < _options.RowsMax)
        {
            _rows.Add(new LadderRow { Kind = LadderKind.Remark, Label = words, Nanoseconds = since });
        }
    }

    /// <summary>Adds a packet.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="packet">What it is in its stream.</param>
    public void Add(in DissectedFrame frame, in StreamPacket packet)
    {
        _ = Since(frame.Frame.Time);
        string? begun = LadderWords.HttpBegunBy(frame, packet);
        if (_options.Folds && begun is null && _run.TryJoin(packet, frame))
        {
            return;
        }

        EndRun();
        if (_rows.Count >= _options.RowsMax || _columns.Find(frame, packet) is not var (from, to))
        {
            _left++;
            return;
        }

        (LadderKind kind, string label, string words) = _words.Of(frame, packet, begun);
        (TcpState? fromState, TcpState? toState) = StatesAfter(packet, from, to);
        _rows.Add(new LadderRow
        {
            Kind = kind,
            From = from,
            To = to,
            Frame = frame.Frame.Number,
            Nanoseconds = Since(frame.Frame.Time),
            Label = label,
            Words = words,
            FromState = fromState,
            ToState = toState,
            Details = _options.KeepsDetails ? DetailsOf(frame) : "",
        });
        _run.Begin(packet, frame, from, to);
    }

    /// <summary>The ladder of all that was added.</summary>
    public LadderDiagram Build(string title)
    {
        EndRun();
        CloseRefused();
        if (_left > 0)
        {
            _rows.Add(new LadderRow
            {
                Kind = LadderKind.Remark,
                Label = Numbers.Fill(
                    _left == 1 ? StreamText.LadderLeftOutOne : StreamText.LadderLeftOut, Numbers.Grouped(_left),
                    Numbers.Grouped(_options.RowsMax), Numbers.Grouped(_options.ColumnsMax)),
            });
        }

        return new LadderDiagram(title, _columns.Build(), [.. _rows]);
    }

    // What the last row began belongs to it: such a row may come on top of all others.
    private void EndRun()
    {
        if (_run.Take() is { } folded)
        {
            _rows.Add(folded);
        }
    }

    private long? Since(Timestamp? time)
    {
        _first ??= time;
        return time is { } seen && _first is { } first ? seen.Nanoseconds - first.Nanoseconds : null;
    }

    private (TcpState? From, TcpState? To) StatesAfter(in StreamPacket packet, int from, int to)
    {
        if (packet.Stream is not TcpStream stream)
        {
            return (null, null);
        }

        (TcpState Client, TcpState Server) now = (packet.Tcp.ClientState, packet.Tcp.ServerState);
        if (!_states.TryGetValue(stream, out (TcpState Client, TcpState Server) before))
        {
            before = StatesBefore(packet);
            (int client, int server) = packet.From == Side.Client ? (from, to) : (to, from);
            _columns.Begin(client, before.Client);
            _columns.Begin(server, before.Server);
            _openings.Add((stream, _rows.Count, server));
        }

        _states[stream] = now;
        TcpState? ofClient = now.Client == before.Client ? null : now.Client;
        TcpState? ofServer = now.Server == before.Server ? null : now.Server;
        return packet.From == Side.Client ? (ofClient, ofServer) : (ofServer, ofClient);
    }

    private static (TcpState Client, TcpState Server) StatesBefore(in StreamPacket packet) =>
        (packet.Tcp.Flags & (TcpFlags.Syn | TcpFlags.Ack)) switch
        {
            TcpFlags.Syn => (TcpState.Closed, TcpState.Listen),
            TcpFlags.Syn | TcpFlags.Ack => (TcpState.SynSent, TcpState.Listen),
            _ => (TcpState.Established, TcpState.Established),
        };

    // Nobody listened there after all; only the answer tells.
    private void CloseRefused()
    {
        foreach ((TcpStream stream, int row, int server) in _openings)
        {
            if (stream.Ending == TcpEnding.Refused && row < _rows.Count)
            {
                _columns.Refuse(server);
                _rows[row] = _rows[row] with { ToState = null };
            }
        }
    }

    private string DetailsOf(in DissectedFrame frame)
    {
        _text.Clear();
        PacketTree.Write(frame, _text);
        _text.Append("\n"u8);
        int room = Math.Max(0, _options.DetailBytesMax - _text.Length);
        ReadOnlySpan<byte> bytes = frame.Frame.Bytes;

        // Sixteen bytes take a line of some 75.
        PacketHex.Write(bytes[..Math.Min(bytes.Length, room / 5)], _text);
        return _text.ToString();
    }
}
