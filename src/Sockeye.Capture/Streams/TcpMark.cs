using Sockeye.Capture.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Capture.Streams;

/// <summary>What is remarkable about a segment, given those before it. The meanings are Wireshark's.</summary>
[Flags]
public enum TcpMark : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It was sent before.</summary>
    Retransmission = 1 << 0,

    /// <summary>It was sent before, and duplicate acknowledgements asked for it.</summary>
    FastRetransmission = 1 << 1,

    /// <summary>It was sent before, and was acknowledged already.</summary>
    SpuriousRetransmission = 1 << 2,

    /// <summary>It comes later than what was sent after it.</summary>
    OutOfOrder = 1 << 3,

    /// <summary>There is something before it that the capture does not have.</summary>
    PreviousNotCaptured = 1 << 4,

    /// <summary>It acknowledges what the capture does not have.</summary>
    AckedUnseen = 1 << 5,

    /// <summary>It says the same as the acknowledgement before it.</summary>
    DuplicateAck = 1 << 6,

    /// <summary>Its sender can receive nothing at the moment.</summary>
    ZeroWindow = 1 << 7,

    /// <summary>It asks whether the other end can receive again.</summary>
    ZeroWindowProbe = 1 << 8,

    /// <summary>The answer: it cannot.</summary>
    ZeroWindowProbeAck = 1 << 9,

    /// <summary>Its sender says only that its window has changed.</summary>
    WindowUpdate = 1 << 10,

    /// <summary>It fills the window of the other end.</summary>
    WindowFull = 1 << 11,

    /// <summary>It asks whether the other end is still there.</summary>
    KeepAlive = 1 << 12,

    /// <summary>The answer: it is.</summary>
    KeepAliveAck = 1 << 13,

    /// <summary>The same ports had another connection before.</summary>
    PortsReused = 1 << 14,

    /// <summary>It asks to open.</summary>
    Opens = 1 << 15,

    /// <summary>It agrees to open.</summary>
    Accepts = 1 << 16,

    /// <summary>Its sender is the first that will send no more.</summary>
    ClosesFirst = 1 << 17,

    /// <summary>Its sender is the second that will send no more.</summary>
    ClosesSecond = 1 << 18,

    /// <summary>It breaks the connection off.</summary>
    Resets = 1 << 19,

    /// <summary>It would break the connection off, but its number is outside the window: nobody listens to it.
    /// Wireshark does not tell.</summary>
    ResetOutsideWindow = 1 << 20,

    /// <summary>It tells of data that its sender has received more than once (RFC 2883).</summary>
    DuplicateSack = 1 << 21,
}

/// <summary>How much a mark should worry somebody.</summary>
public enum Severity : byte
{
    /// <summary>Part of the ordinary course.</summary>
    Chat = 0,

    /// <summary>Worth a look.</summary>
    Note,

    /// <summary>Probably a trouble.</summary>
    Warning,
}

/// <summary>A row of the table of marks.</summary>
/// <param name="Mark">The mark.</param>
/// <param name="Field">The field of display filters, under Wireshark's name; its label is what a listing shows.</param>
/// <param name="Severity">How much it should worry somebody.</param>
/// <param name="IsAnalysis">
/// Whether it comes of comparing segments (<c>tcp.analysis.flags</c>), and is not just told by the header.
/// </param>
public sealed record TcpMarkRow(TcpMark Mark, Field Field, Severity Severity, bool IsAnalysis)
{
    /// <summary>What it means, in a sentence.</summary>
    public string Sentence => StreamText.ResourceManager.GetString($"Mark{Mark}", StreamText.Culture) ?? "";
}

/// <summary>The table of marks.</summary>
public static class TcpMarks
{
    /// <summary>What a retransmission of whatever kind has.</summary>
    public const TcpMark AnyRetransmission =
        TcpMark.Retransmission | TcpMark.FastRetransmission | TcpMark.SpuriousRetransmission;

    /// <summary>Every mark, in the order in which a listing shows them.</summary>
    public static IReadOnlyList<TcpMarkRow> Rows { get; } =
    [
        Row(TcpMark.PortsReused, "reused_ports", "TCP Port numbers reused", Severity.Note),
        Row(TcpMark.PreviousNotCaptured, "lost_segment", "TCP Previous segment not captured", Severity.Warning),
        Row(TcpMark.AckedUnseen, "ack_lost_segment", "TCP ACKed unseen segment", Severity.Warning),
        Row(TcpMark.FastRetransmission, "fast_retransmission", "TCP Fast Retransmission", Severity.Note),
        Row(TcpMark.SpuriousRetransmission, "spurious_retransmission", "TCP Spurious Retransmission", Severity.Note),
        Row(TcpMark.Retransmission, "retransmission", "TCP Retransmission", Severity.Note),
        Row(TcpMark.OutOfOrder, "out_of_order", "TCP Out-Of-Order", Severity.Warning),
        Row(TcpMark.WindowUpdate, "window_update", "TCP Window Update", Severity.Chat),
        Row(TcpMark.WindowFull, "window_full", "TCP Window Full", Severity.Warning),
        Row(TcpMark.KeepAlive, "keep_alive", "TCP Keep-Alive", Severity.Note),
        Row(TcpMark.KeepAliveAck, "keep_alive_ack", "TCP Keep-Alive ACK", Severity.Note),
        Row(TcpMark.DuplicateAck, "duplicate_ack", "TCP Dup ACK", Severity.Note),
        Row(TcpMark.ZeroWindowProbe, "zero_window_probe", "TCP ZeroWindowProbe", Severity.Note),
        Row(TcpMark.ZeroWindow, "zero_window", "TCP ZeroWindow", Severity.Warning),
        Row(TcpMark.ZeroWindowProbeAck, "zero_window_probe_ack", "TCP ZeroWindowProbeAck", Severity.Note),
        Row(TcpMark.ResetOutsideWindow, "rst_outside_window", "TCP RST outside the window", Severity.Warning),
        Option(TcpMark.DuplicateSack, "sack.dsack", "TCP D-SACK", Severity.Warning),
        Bit(TcpMark.Opens, "syn", "Connection establish request (SYN)", Severity.Chat),
        Bit(TcpMark.Accepts, "synack", "Connection establish acknowledge (SYN+ACK)", Severity.Chat),
        Bit(TcpMark.ClosesFirst, "fin_active", "This frame initiates the connection closing", Severity.Note),
        Bit(TcpMark.ClosesSecond, "fin_passive", "This frame undergoes the connection closing", Severity.Note),
        Bit(TcpMark.Resets, "rst", "Connection reset (RST)", Severity.Warning),
    ];

    /// <summary>What comes of comparing segments, and is not just told by the header.</summary>
    public static TcpMark Analysis { get; } =
        Rows.Where(row => row.IsAnalysis).Aggregate(TcpMark.None, (all, row) => all | row.Mark);

    /// <summary>The row of one mark.</summary>
    public static TcpMarkRow RowOf(TcpMark mark) => Rows.First(row => row.Mark == mark);

    /// <summary>The rows of some marks.</summary>
    public static IEnumerable<TcpMarkRow> RowsOf(TcpMark marks) => Rows.Where(row => (marks & row.Mark) != 0);

    private static TcpMarkRow Row(TcpMark mark, string name, string label, Severity severity) =>
        new(mark, new Field($"tcp.analysis.{name}", label, FieldKind.Group), severity, IsAnalysis: true);

    private static TcpMarkRow Option(TcpMark mark, string name, string label, Severity severity) =>
        new(mark, new Field($"tcp.options.{name}", label, FieldKind.Group), severity, IsAnalysis: false);

    private static TcpMarkRow Bit(TcpMark mark, string name, string label, Severity severity) =>
        new(mark, new Field($"tcp.connection.{name}", label, FieldKind.Group), severity, IsAnalysis: false);
}
