using Sockeye.Wire.Decryption;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>How a connection stands, or how it ended.</summary>
public enum TcpEnding : byte
{
    /// <summary>Data may still go both ways.</summary>
    Open = 0,

    /// <summary>Nobody answered the wish to open.</summary>
    Unanswered,

    /// <summary>The wish to open was answered with a reset.</summary>
    Refused,

    /// <summary>One end will send no more, and the other might.</summary>
    HalfClosed,

    /// <summary>Both ends said that they will send no more, and know it of each other.</summary>
    Closed,

    /// <summary>One end broke it off.</summary>
    Reset,
}

/// <summary>A TCP connection, and what analysis knows of it so far.</summary>
public sealed class TcpStream : Conversation
{
    private readonly TcpSide _client = new();
    private readonly TcpSide _server = new();
    private readonly StreamLimits _limits;
    private readonly Budget _segments;
    private long? _synNanoseconds;

    internal TcpStream(
        int number, StreamEnd client, StreamEnd server, StreamLimits limits, Budget segments, bool reusesPorts)
        : base(StreamKind.Tcp, number, client, server)
    {
        _limits = limits;
        _segments = segments;
        ReusesPorts = reusesPorts;
    }

    /// <summary>Whether the same ports had another connection before, in this capture.</summary>
    public bool ReusesPorts { get; }

    /// <summary>From the SYN to the end of the handshake, in nanoseconds; null when that was not captured.</summary>
    public long? InitialRoundTripNanoseconds { get; private set; }

    /// <summary>How many segments were sent again, needed or not.</summary>
    public int Retransmissions { get; private set; }

    /// <summary>All marks of its segments together.</summary>
    public TcpMark Marks { get; private set; }

    /// <summary>The end that said first that it will send no more; null when none did.</summary>
    public Side? ClosedFirst { get; private set; }

    /// <summary>The end that broke it off; null when none did.</summary>
    public Side? ResetBy { get; private set; }

    /// <summary>How it stands.</summary>
    public TcpEnding Ending => (ResetBy, ClosedFirst) switch
    {
        ({ }, _) when !WasAccepted && (Marks & TcpMark.Opens) != 0 => TcpEnding.Refused,
        ({ }, _) => TcpEnding.Reset,
        (null, { }) when IsOver(_client) && IsOver(_server) => TcpEnding.Closed,
        (null, { }) => TcpEnding.HalfClosed,
        _ when _client.State == TcpState.SynSent || _server.State == TcpState.SynSent => TcpEnding.Unanswered,
        _ => TcpEnding.Open,
    };

    /// <summary>The end that keeps the connection in mind for a while after its end; null when neither does.</summary>
    public Side? TimeWaitAt => (_client.State, _server.State) switch
    {
        (TcpState.TimeWait, _) => Side.Client,
        (_, TcpState.TimeWait) => Side.Server,
        _ => null,
    };

    private bool WasAccepted => (Marks & TcpMark.Accepts) != 0;

    /// <summary>An end's state (RFC 9293), as far as the capture tells.</summary>
    public TcpState StateOf(Side side) => SideAt(side).State;

    /// <summary>What is said on it, message by message; null until somebody says something.</summary>
    internal TcpMessages? Messages { get; set; }

    /// <summary>What became of its TLS: opened, at least in part, or why not; none where there is none.</summary>
    internal TlsSeal Tls { get; set; }

    internal TcpSide SideAt(Side side) => side == Side.Client ? _client : _server;

    /// <summary>Whether a SYN is not of this connection, but asks for a new one.</summary>
    internal bool IsOver(Side from, TcpSequence sequence) =>
        SideAt(from).Base is { } known && (known != sequence || ResetBy is not null || ClosedFirst is not null);

    internal TcpPacket Take(Side from, in TcpSegment segment)
    {
        bool isFirst = Packets == 1;
        TcpSide own = SideAt(from);
        TcpSide peer = SideAt(from.Other());
        if (isFirst)
        {
            TcpConnection.Begin(own, peer, segment);
        }

        if (TcpConnection.IsOutsideWindow(own, peer, segment))
        {
            Marks |= TcpMark.ResetOutsideWindow;
            return WithStates(TcpAnalysis.Describe(own, peer, segment) with { Marks = TcpMark.ResetOutsideWindow });
        }

        bool isReuse = TcpNumbers.Begin(own, peer, segment) || (isFirst && ReusesPorts);
        TakeRoundTrip(segment);
        (TcpMark marks, TcpPacket packet) =
            TcpAnalysis.Take(own, peer, segment, InitialRoundTripNanoseconds, _limits, _segments);
        marks |= isReuse ? TcpMark.PortsReused : TcpMark.None;
        marks |= MarksOfBits(from, segment.Flags);
        TcpProgress progress = TcpConnection.Take(own, peer, segment);
        Marks |= marks;
        Retransmissions += (marks & TcpMarks.AnyRetransmission) != 0 ? 1 : 0;
        return WithStates(packet with { Marks = marks, Progress = progress });
    }

    /// <summary>Lets go of what only a connection needs that goes on. Should it go on after all, its messages are read
    /// from there.</summary>
    internal void Settle()
    {
        _client.First = _client.Contiguous ?? _client.First;
        _server.First = _server.Contiguous ?? _server.First;
        Release();
    }

    internal override void Release()
    {
        _client.Release(_segments);
        _server.Release(_segments);
        Messages?.Release();
        Messages = null;
    }

    private static bool IsOver(TcpSide side) => side.Fin >= FinProgress.Received;

    private TcpPacket WithStates(in TcpPacket packet) =>
        packet with { ClientState = _client.State, ServerState = _server.State };

    private TcpMark MarksOfBits(Side from, TcpFlags flags)
    {
        TcpMark marks = (flags & (TcpFlags.Syn | TcpFlags.Ack)) switch
        {
            TcpFlags.Syn => TcpMark.Opens,
            TcpFlags.Syn | TcpFlags.Ack => TcpMark.Accepts,
            _ => TcpMark.None,
        };
        if ((flags & TcpFlags.Fin) != 0)
        {
            ClosedFirst ??= from;
            marks |= ClosedFirst == from ? TcpMark.ClosesFirst : TcpMark.ClosesSecond;
        }

        if ((flags & TcpFlags.Rst) != 0)
        {
            ResetBy ??= from;
            marks |= TcpMark.Resets;
        }

        return marks;
    }

    // From the latest SYN to the first segment that only acknowledges.
    private void TakeRoundTrip(in TcpSegment segment)
    {
        switch (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack))
        {
            case TcpFlags.Syn:
                _synNanoseconds = segment.Nanoseconds;
                break;
            case TcpFlags.Ack when _synNanoseconds is { } syn:
                InitialRoundTripNanoseconds = segment.Nanoseconds - syn;
                _synNanoseconds = null;
                break;
        }
    }
}
