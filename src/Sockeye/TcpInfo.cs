using System.Runtime.InteropServices;

namespace Sockeye;

/// <summary>What was agreed in a handshake of TCP, as the kernel has it (TCPI_OPT_*).</summary>
[Flags]
public enum TcpAgreement : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Time stamps (RFC 7323 section 3).</summary>
    Timestamps = 1,

    /// <summary>Selective acknowledgements (RFC 2018).</summary>
    SelectiveAcknowledgements = 2,

    /// <summary>Window scaling (RFC 7323 section 2).</summary>
    WindowScaling = 4,

    /// <summary>Explicit congestion notification (RFC 3168).</summary>
    CongestionNotification = 8,
}

/// <summary>
/// What the kernel knows of a TCP connection: TCP_INFO of tcp(7). An older kernel knows less, and what it does not know
/// is zero.
/// </summary>
public readonly record struct TcpInfo
{
    /// <summary>Room for all that is read here; a newer kernel has more, and cuts it.</summary>
    internal const int BytesMax = 240;

    // struct tcp_info of linux/tcp.h. It only grows at its end.
    private const int OptionsAt = 5;
    private const int WindowScalesAt = 6;
    private const int RetransmissionTimeoutAt = 8;
    private const int SegmentSentAt = 16;
    private const int SegmentReceivedAt = 20;
    private const int LostAt = 32;
    private const int PathUnitAt = 60;
    private const int RoundTripAt = 68;
    private const int RoundTripVariationAt = 72;
    private const int SlowStartThresholdAt = 76;
    private const int CongestionWindowAt = 80;
    private const int RetransmittedAt = 100;
    private const int AcknowledgedAt = 120;
    private const int ReceivedAt = 128;
    private const int SegmentsOutAt = 136;
    private const int SegmentsInAt = 140;
    private const int RoundTripLeastAt = 148;
    private const int DeliveryRateAt = 160;
    private const int PeerWindowAt = 228;
    private const int OwnWindowAt = 232;

    /// <summary>What was agreed in the handshake.</summary>
    public TcpAgreement Agreed { get; private init; }

    /// <summary>The smoothed round-trip time (RFC 6298 section 2).</summary>
    public TimeSpan RoundTripTime { get; private init; }

    /// <summary>How much it varies (RFC 6298 section 2).</summary>
    public TimeSpan RoundTripVariation { get; private init; }

    /// <summary>The shortest round trip of late; zero when it is not known.</summary>
    public TimeSpan RoundTripLeast { get; private init; }

    /// <summary>How long an acknowledgement is waited for before a segment is sent again.</summary>
    public TimeSpan RetransmissionTimeout { get; private init; }

    /// <summary>The longest segment that is sent, in bytes.</summary>
    public int SendSegmentBytes { get; private init; }

    /// <summary>The longest segment that the peer is thought to send, in bytes.</summary>
    public int ReceiveSegmentBytes { get; private init; }

    /// <summary>The longest packet of the way, in bytes.</summary>
    public int PathBytes { get; private init; }

    /// <summary>Segments that may be under way at once (RFC 5681).</summary>
    public int CongestionWindowSegments { get; private init; }

    /// <summary>The congestion window from which growth is slow (RFC 5681); null while there is none.</summary>
    public int? SlowStartThresholdSegments { get; private init; }

    /// <summary>Bytes that the peer has room for; zero when it is not known (before Linux 5.4).</summary>
    public long PeerWindowBytes { get; private init; }

    /// <summary>Bytes that we said we have room for; zero when it is not known (before Linux 6.2).</summary>
    public long OwnWindowBytes { get; private init; }

    /// <summary>The power of two that the peer's window is multiplied by.</summary>
    public int PeerWindowShift { get; private init; }

    /// <summary>The power of two that our window is multiplied by.</summary>
    public int OwnWindowShift { get; private init; }

    /// <summary>Segments that were sent again, so far.</summary>
    public int Retransmissions { get; private init; }

    /// <summary>Segments that are thought to be lost now.</summary>
    public int Lost { get; private init; }

    /// <summary>Bytes that the peer has acknowledged, its SYN's one included.</summary>
    public long BytesAcknowledged { get; private init; }

    /// <summary>Bytes received in order.</summary>
    public long BytesReceived { get; private init; }

    /// <summary>Segments sent, with and without data.</summary>
    public int SegmentsSent { get; private init; }

    /// <summary>Segments received, with and without data.</summary>
    public int SegmentsReceived { get; private init; }

    /// <summary>Bytes a second that lately arrived at the peer; zero when it is not known.</summary>
    public long DeliveryBytesPerSecond { get; private init; }

    /// <summary>Reads what the kernel wrote; whatever lies behind its end counts as zero.</summary>
    internal static TcpInfo Parse(ReadOnlySpan<byte> written)
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        bytes.Clear();
        written[..Math.Min(written.Length, BytesMax)].CopyTo(bytes);
        byte scales = bytes[WindowScalesAt];
        int threshold = Number(bytes, SlowStartThresholdAt);
        return new TcpInfo
        {
            Agreed = (TcpAgreement)(bytes[OptionsAt] & 0x0F),
            RoundTripTime = Microseconds(bytes, RoundTripAt),
            RoundTripVariation = Microseconds(bytes, RoundTripVariationAt),
            RoundTripLeast = Microseconds(bytes, RoundTripLeastAt),
            RetransmissionTimeout = Microseconds(bytes, RetransmissionTimeoutAt),
            SendSegmentBytes = Number(bytes, SegmentSentAt),
            ReceiveSegmentBytes = Number(bytes, SegmentReceivedAt),
            PathBytes = Number(bytes, PathUnitAt),
            CongestionWindowSegments = Number(bytes, CongestionWindowAt),
            SlowStartThresholdSegments = threshold == int.MaxValue ? null : threshold, // TCP_INFINITE_SSTHRESH.
            PeerWindowBytes = Number(bytes, PeerWindowAt),
            OwnWindowBytes = Number(bytes, OwnWindowAt),
            PeerWindowShift = Lower(scales),
            OwnWindowShift = Upper(scales),
            Retransmissions = Number(bytes, RetransmittedAt),
            Lost = Number(bytes, LostAt),
            BytesAcknowledged = Long(bytes, AcknowledgedAt),
            BytesReceived = Long(bytes, ReceivedAt),
            SegmentsSent = Number(bytes, SegmentsOutAt),
            SegmentsReceived = Number(bytes, SegmentsInAt),
            DeliveryBytesPerSecond = Long(bytes, DeliveryRateAt),
        };
    }

    // Two bit fields of a byte, the first of which a little-endian compiler puts into its lower half.
    private static int Lower(byte scales) => BitConverter.IsLittleEndian ? scales & 0x0F : scales >> 4;

    private static int Upper(byte scales) => BitConverter.IsLittleEndian ? scales >> 4 : scales & 0x0F;

    // 4,294,967,295 is the kernel's way to say that there is no value, such as of the least of no round trips.
    private static int Number(ReadOnlySpan<byte> bytes, int at) =>
        (int)Math.Min(MemoryMarshal.Read<uint>(bytes[at..]), int.MaxValue);

    private static long Long(ReadOnlySpan<byte> bytes, int at) =>
        (long)Math.Min(MemoryMarshal.Read<ulong>(bytes[at..]), long.MaxValue);

    private static TimeSpan Microseconds(ReadOnlySpan<byte> bytes, int at) =>
        MemoryMarshal.Read<uint>(bytes[at..]) is var value and < uint.MaxValue
            ? TimeSpan.FromMicroseconds(value)
            : TimeSpan.Zero;
}
