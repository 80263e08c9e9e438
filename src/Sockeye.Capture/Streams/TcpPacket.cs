using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>How a segment takes a connection further, beyond the bits in its header.</summary>
[Flags]
public enum TcpProgress : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>It completes the handshake.</summary>
    Opened = 1,

    /// <summary>It acknowledges that the other end will send no more.</summary>
    FinAcknowledged = 2,

    /// <summary>Nothing is left to say: the connection is over.</summary>
    Closed = 4,
}

/// <summary>What is known of a TCP segment, given those before it in its stream.</summary>
public readonly record struct TcpPacket
{
    /// <summary>The control bits.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>The number of its first byte, counted from the SYN.</summary>
    public uint Sequence { get; init; }

    /// <summary>The number after its last byte, counted from the SYN.</summary>
    public uint NextSequence { get; init; }

    /// <summary>The number of the byte that is expected next, counted from the other end's SYN.</summary>
    public uint Acknowledgment { get; init; }

    /// <summary>The number of its first byte as it stands there.</summary>
    public TcpSequence RawSequence { get; init; }

    /// <summary>The number of the byte that is expected next, as it stands there.</summary>
    public TcpSequence RawAcknowledgment { get; init; }

    /// <summary>How many bytes of data it carries; those beyond what was captured count too.</summary>
    public uint PayloadLength { get; init; }

    /// <summary>How many bytes its sender is ready to receive, as far as the scale is known.</summary>
    public uint Window { get; init; }

    /// <summary>
    /// By what the window was multiplied; -1 when the handshake was not captured, -2 when the ends agreed on none.
    /// </summary>
    public int WindowScale { get; init; }

    /// <summary>What is remarkable about it.</summary>
    public TcpMark Marks { get; init; }

    /// <summary>How it takes the connection further.</summary>
    public TcpProgress Progress { get; init; }

    /// <summary>How often the acknowledgement was repeated, this one included.</summary>
    public int DuplicateNumber { get; init; }

    /// <summary>The frame whose acknowledgement it repeats.</summary>
    public long DuplicateOf { get; init; }

    /// <summary>The frame that it acknowledges; zero when there is none that ends there.</summary>
    public long AcknowledgedFrame { get; init; }

    /// <summary>How long after that frame it came, in nanoseconds.</summary>
    public long AckNanoseconds { get; init; }

    /// <summary>How many bytes its sender has sent that are not acknowledged; zero when it cannot be told.</summary>
    public uint BytesInFlight { get; init; }

    /// <summary>The client's state after it.</summary>
    public TcpState ClientState { get; init; }

    /// <summary>The server's state after it.</summary>
    public TcpState ServerState { get; init; }

    /// <summary>An end's state after it.</summary>
    public TcpState StateOf(Side side) => side == Side.Client ? ClientState : ServerState;
}

/// <summary>What is known of a packet, given those before it: nothing but the stream of one of UDP.</summary>
/// <param name="Stream">Its stream; null when it belongs to none.</param>
/// <param name="From">Which end of the stream sent it.</param>
/// <param name="Tcp">What is known of its TCP segment.</param>
public readonly record struct StreamPacket(Conversation? Stream, Side From, in TcpPacket Tcp)
{
    /// <summary>Whether it is a segment of TCP.</summary>
    public bool IsTcp => Stream is TcpStream;
}
