using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>How far the FIN of one direction has come.</summary>
internal enum FinProgress : byte
{
    /// <summary>None was sent.</summary>
    None = 0,

    /// <summary>It was sent.</summary>
    Sent,

    /// <summary>It arrived, with all before it.</summary>
    Received,

    /// <summary>It was acknowledged.</summary>
    Acknowledged,
}

/// <summary>What is known of one direction of a TCP connection: of its sender, and of what it has sent.</summary>
internal sealed class TcpSide
{
    /// <summary>A shift that nobody has told.</summary>
    public const int ShiftUnknown = -1;

    /// <summary>No shift: one of the two ends did not offer it.</summary>
    public const int ShiftUnused = -2;

    /// <summary>The largest shift (RFC 7323 section 2.3).</summary>
    private const int ShiftMax = 14;

    /// <summary>The largest window (RFC 7323 section 2.3).</summary>
    private const uint WindowBytesMax = 1 << 30;

    /// <summary>A window that nobody has told.</summary>
    public const int WindowUnknown = -1;

    public TcpState State { get; set; }

    /// <summary>The number that relative numbers count from.</summary>
    public TcpSequence? Base { get; set; }

    /// <summary>The number of the first byte to read: after the SYN, or after what was seen when the connection seemed
    /// to be over. Null when neither was seen.</summary>
    public TcpSequence? First { get; set; }

    /// <summary>The number after the highest that was seen.</summary>
    public TcpSequence? Next { get; private set; }

    public long NextNanoseconds { get; private set; }

    /// <summary>The number after what was seen without a hole.</summary>
    public TcpSequence? Contiguous { get; set; }

    public TcpSequence? LastAck { get; private set; }

    public long LastNanoseconds { get; private set; }

    public int Window { get; private set; } = WindowUnknown;

    public int Shift { get; set; } = ShiftUnknown;

    /// <summary>How many acknowledgements said the same as the one before, in a row.</summary>
    public int DuplicateAcks { get; set; }

    /// <summary>The frame with the acknowledgement that they repeat.</summary>
    public long FreshAckFrame { get; set; }

    public TcpMark LastMarks { get; private set; }

    /// <summary>What the last segment said that it received beyond its acknowledgement.</summary>
    public SackBlocks Sack { get; set; }

    /// <summary>Whether what is on its way can be told: not after a hole, until the other end speaks.</summary>
    public bool KnowsFlight { get; set; } = true;

    public FinProgress Fin { get; set; }

    public TcpSequence FinSequence { get; set; }

    private bool _windowIsOfSyn;
    private UnackedSegments _unacked;

    /// <summary>The first number that the receiver of this direction cannot take; null when nobody knows.</summary>
    public TcpSequence? WindowEdge => Shift == ShiftUnknown || LastAck is not { } ack || Window == WindowUnknown
        ? null
        : ack + ((uint)Window << (_windowIsOfSyn ? 0 : EffectiveShift));

    /// <summary>How many bytes this side offers to receive, or may offer where nobody told.</summary>
    public uint WindowBytes => Window == WindowUnknown
        ? WindowBytesMax
        : (uint)Window << (_windowIsOfSyn ? 0 : Shift == ShiftUnknown ? ShiftMax : EffectiveShift);

    public int EffectiveShift => Math.Max(Shift, 0);

    public bool HasUnacked => _unacked.Count > 0;

    public static int ShiftOf(byte option) => Math.Min((int)option, ShiftMax);

    public bool Covers(in TcpSegment segment) =>
        _unacked.Cover(segment.Sequence, segment.Sequence + segment.Length);

    public (TcpSequence Start, TcpSequence End) Flight() => _unacked.Bounds();

    /// <summary>Takes a segment that this side sent into account.</summary>
    public void Take(in TcpSegment segment, TcpMark marks, StreamLimits limits, Budget segments)
    {
        bool isProbe = (marks & TcpMark.ZeroWindowProbe) != 0;
        if (segment.Occupies)
        {
            _unacked.Add(
                segment.Sequence, segment.End, segment.Frame, segment.Nanoseconds, limits.SegmentsMax, segments);
        }

        // The byte of a probe is sent again when there is room for it: it does not count as sent.
        if (!isProbe && (Next is not { } next || segment.End > next))
        {
            Next = segment.End;
            NextNanoseconds = segment.Nanoseconds;
        }

        if (!isProbe && (Contiguous is not { } contiguous || contiguous == segment.Sequence))
        {
            Contiguous = Next;
        }

        Window = segment.Window;
        _windowIsOfSyn = (segment.Flags & TcpFlags.Syn) != 0;
        LastAck = segment.HasAck ? segment.Acknowledgment : null;
        LastNanoseconds = segment.Nanoseconds;
        LastMarks = marks;
        if ((segment.Flags & TcpFlags.Fin) != 0 && Fin == FinProgress.None)
        {
            Fin = FinProgress.Sent;
            FinSequence = segment.Sequence + segment.Length;
        }
    }

    /// <summary>Takes an acknowledgement by the other side into account.</summary>
    public UnackedSegment Acknowledge(TcpSequence acknowledgment) => _unacked.Acknowledge(acknowledgment);

    public void Release(Budget segments) => _unacked.Release(segments);
}
