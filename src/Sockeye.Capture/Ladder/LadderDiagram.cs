using Sockeye.Capture.Streams;

namespace Sockeye.Capture.Ladder;

/// <summary>What a row of a ladder is about; it decides the colour.</summary>
public enum LadderKind : byte
{
    /// <summary>Data, or a datagram.</summary>
    Data = 0,

    /// <summary>Part of opening a connection.</summary>
    Open,

    /// <summary>An acknowledgement and nothing else.</summary>
    Acknowledge,

    /// <summary>Part of closing.</summary>
    Close,

    /// <summary>Something that should not happen, or a reset.</summary>
    Trouble,

    /// <summary>Who is where on this link: ARP, neighbour discovery, ICMP.</summary>
    Control,

    /// <summary>Several segments in one row.</summary>
    Folded,

    /// <summary>A remark that is no packet.</summary>
    Remark,
}

/// <summary>A host, or an end of a connection, as a column.</summary>
/// <param name="Name">What stands at its head, such as an address.</param>
/// <param name="Role">What it is to the others, such as "client"; empty when it is several things.</param>
public sealed record LadderColumn(string Name, string Role)
{
    /// <summary>The state of its end of a connection before the first row; null when there is none to tell.</summary>
    public TcpState? State { get; init; }
}

/// <summary>A row: a packet as an arrow between two columns, or several, or a remark.</summary>
public sealed record LadderRow
{
    /// <summary>What it is about.</summary>
    public required LadderKind Kind { get; init; }

    /// <summary>The column where the arrow begins.</summary>
    public int From { get; init; }

    /// <summary>The column where it ends.</summary>
    public int To { get; init; }

    /// <summary>The number of its frame, or of the first; zero for a remark.</summary>
    public long Frame { get; init; }

    /// <summary>How long after the first packet of the ladder, in nanoseconds; null when nobody knows.</summary>
    public long? Nanoseconds { get; init; }

    /// <summary>What stands on the arrow.</summary>
    public required string Label { get; init; }

    /// <summary>What it means.</summary>
    public string Words { get; init; } = "";

    /// <summary>The state of the sender's end afterwards; null when it did not change.</summary>
    public TcpState? FromState { get; init; }

    /// <summary>The state of the receiver's end afterwards; null when it did not change.</summary>
    public TcpState? ToState { get; init; }

    /// <summary>Everything that was found in the packet, as lines; empty unless it was asked for.</summary>
    public string Details { get; init; } = "";

    /// <summary>The number of the frame in nine digits at most, or nothing.</summary>
    internal string FrameText => Frame > 0 ? Numbers.Text(Frame) : "";

    /// <summary>The time in seconds, to the microsecond.</summary>
    internal string TimeText => Nanoseconds is { } time ? Numbers.Seconds(time) : "";
}

/// <summary>
/// A ladder: hosts as columns, time from top to bottom, an arrow for each packet. It is data; <see cref="LadderText"/>,
/// <see cref="LadderSvg"/>, <see cref="LadderHtml"/> and <see cref="LadderMermaid"/> show it.
/// </summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The hosts.</param>
/// <param name="Rows">What happened between them.</param>
public sealed record LadderDiagram(
    string Title, IReadOnlyList<LadderColumn> Columns, IReadOnlyList<LadderRow> Rows);
