using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Compares a segment with those before it, as "TCP Analysis" in Wireshark's User's Guide describes it. What its words
/// leave open was settled by comparing with tshark 4.0.
/// </summary>
internal static class TcpAnalysis
{
    // "The packet arrives within 20ms of the duplicate ACK" (fast retransmission).
    private const long FastNanosecondsMax = 20_000_000;

    // "…within 3ms" (out of order), where the handshake did not show how long the way is.
    private const long OutOfOrderNanosecondsMax = 3_000_000;

    // Two duplicates: the third may be missing from the capture.
    private const int DuplicateAcksMin = 2;

    private const uint FlightBytesMax = 2_000_000_000;

    /// <summary>Marks a segment, and remembers what the next ones are to be compared with.</summary>
    public static (TcpMark Marks, TcpPacket Packet) Take(
        TcpSide own, TcpSide peer, in TcpSegment segment, long? roundTrip, StreamLimits limits, Budget segments)
    {
        TcpMark marks = MarksOfAcknowledgment(own, peer, segment);
        int duplicates = (marks & TcpMark.DuplicateAck) != 0 ? ++own.DuplicateAcks : 0;
        long duplicateOf = own.FreshAckFrame;
        if (own.LastAck != AckOf(segment))
        {
            own.FreshAckFrame = segment.Frame;
            own.DuplicateAcks = 0;
        }

        marks |= MarkOfUnseen(peer, segment);
        if (segment.Occupies && (marks & TcpMark.KeepAlive) == 0)
        {
            marks |= MarkOfRepetition(own, peer, segment, roundTrip);
        }

        own.Take(segment, marks, limits, segments);
        UnackedSegment acknowledged = segment.HasAck ? peer.Acknowledge(segment.Acknowledgment) : default;
        TcpNumbers.TakeOptions(own, peer, segment);
        marks |= IsDuplicateSack(own.Sack, segment) ? TcpMark.DuplicateSack : TcpMark.None;
        return (marks, Describe(own, peer, segment) with
        {
            DuplicateNumber = duplicates,
            DuplicateOf = duplicates > 0 ? duplicateOf : 0,
            AcknowledgedFrame = acknowledged.Frame,
            AckNanoseconds = acknowledged.Frame > 0 ? segment.Nanoseconds - acknowledged.Nanoseconds : 0,
            BytesInFlight = segment.Length > 0 ? FlightOf(own, peer, segment) : 0,
        });
    }

    /// <summary>What a segment says, in relative numbers.</summary>
    public static TcpPacket Describe(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        TcpSequence ownBase = own.Base ?? segment.Sequence - 1;
        bool isSyn = (segment.Flags & TcpFlags.Syn) != 0;
        return new TcpPacket
        {
            Flags = segment.Flags,
            Sequence = (uint)(segment.Sequence - ownBase),
            NextSequence = (uint)(segment.End - ownBase),
            Acknowledgment = segment.HasAck && peer.Base is { } peerBase
                ? (uint)(segment.Acknowledgment - peerBase)
                : 0,
            RawSequence = segment.Sequence,
            RawAcknowledgment = segment.Acknowledgment,
            PayloadLength = segment.Length,
            Window = isSyn ? segment.Window : (uint)segment.Window << own.EffectiveShift,
            WindowScale = own.Shift < 0 ? own.Shift : 1 << own.Shift,
        };
    }

    private static TcpSequence? AckOf(in TcpSegment segment) => segment.HasAck ? segment.Acknowledgment : null;

    /// <summary>What can be told from windows and acknowledgements alone.</summary>
    private static TcpMark MarksOfAcknowledgment(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        bool isNext = own.Next == segment.Sequence;
        if (segment.Length == 1 && isNext && peer.Window == 0)
        {
            return TcpMark.ZeroWindowProbe;
        }

        TcpMark marks = TcpMark.None;
        bool isReset = (segment.Flags & TcpFlags.Rst) != 0;
        if (segment.Window == 0 && !segment.IsControl)
        {
            marks |= TcpMark.ZeroWindow;
        }

        if (own.Next is { } next && segment.Sequence > next && !isReset)
        {
            marks |= TcpMark.PreviousNotCaptured;
            own.KnowsFlight = false;
        }

        if (segment.IsControl)
        {
            return marks;
        }

        if (segment.Length <= 1 && own.Next is { } after && segment.Sequence == after - 1)
        {
            marks |= TcpMark.KeepAlive;
        }

        if (segment.Length > 0 && peer.WindowEdge == segment.Sequence + segment.Length)
        {
            marks |= TcpMark.WindowFull;
        }

        return segment.Length == 0 && isNext && own.LastAck == AckOf(segment)
            ? marks | MarkOfRepeatedAck(own, peer, segment)
            : marks;
    }

    /// <summary>What a segment without data is that says nothing new but perhaps a window.</summary>
    private static TcpMark MarkOfRepeatedAck(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        bool isSameWindow = segment.Window == own.Window;
        return segment.Window switch
        {
            0 when isSameWindow && (peer.LastMarks & TcpMark.ZeroWindowProbe) != 0 => TcpMark.ZeroWindowProbeAck,
            0 => TcpMark.None,
            _ when !isSameWindow => TcpMark.WindowUpdate,
            _ when (peer.LastMarks & TcpMark.KeepAlive) != 0 => TcpMark.KeepAliveAck,
            _ => TcpMark.DuplicateAck,
        };
    }

    /// <summary>Whether it acknowledges what the capture does not have.</summary>
    private static TcpMark MarkOfUnseen(TcpSide peer, in TcpSegment segment)
    {
        if (!segment.HasAck || peer.Contiguous is not { } seen || segment.Acknowledgment <= seen)
        {
            return TcpMark.None;
        }

        peer.Contiguous = peer.Next;
        return TcpMark.AckedUnseen;
    }

    /// <summary>What a segment is that has nothing new.</summary>
    private static TcpMark MarkOfRepetition(TcpSide own, TcpSide peer, in TcpSegment segment, long? roundTrip)
    {
        if (segment.Length > 0 && peer.LastAck is { } acknowledged && segment.Sequence + segment.Length <= acknowledged)
        {
            return TcpMark.SpuriousRetransmission;
        }

        if (own.Next is not { } next || segment.Sequence >= next)
        {
            return TcpMark.None;
        }

        // It begins with the byte of a probe, which did not count.
        if (segment.Length > 1 && segment.Sequence == next - 1)
        {
            return TcpMark.None;
        }

        if (IsFast(peer, segment))
        {
            return TcpMark.FastRetransmission;
        }

        long limit = roundTrip is > 0 and { } known ? known : OutOfOrderNanosecondsMax;
        bool isSoon = segment.Nanoseconds - own.NextNanoseconds < limit;
        return isSoon && segment.Sequence + segment.Length != next && !own.Covers(segment)
            ? TcpMark.OutOfOrder
            : TcpMark.Retransmission;
    }

    private static bool IsFast(TcpSide peer, in TcpSegment segment)
    {
        if (peer.DuplicateAcks < DuplicateAcksMin
            || segment.Nanoseconds - peer.LastNanoseconds >= FastNanosecondsMax)
        {
            return false;
        }

        return peer.LastAck == segment.Sequence || (peer.Sack.Count > 0 && !IsSelected(peer.Sack, segment.Sequence));
    }

    // The first block is a D-SACK when it lies below the acknowledgement, or else within the second (RFC 2883
    // section 4).
    private static bool IsDuplicateSack(in SackBlocks blocks, in TcpSegment segment) =>
        blocks.Count > 0 && segment.HasAck && (blocks[0].Left < segment.Acknowledgment
            || (blocks.Count > 1 && blocks[0].Left >= blocks[1].Left && blocks[0].Right <= blocks[1].Right));

    private static bool IsSelected(in SackBlocks blocks, TcpSequence sequence)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            if (sequence >= blocks[i].Left && sequence < blocks[i].Right)
            {
                return true;
            }
        }

        return false;
    }

    private static uint FlightOf(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        if (!own.KnowsFlight || !own.HasUnacked)
        {
            return 0;
        }

        (TcpSequence start, TcpSequence end) = own.Flight();
        uint bytes = (uint)(end - start);
        for (int i = 0; i < peer.Sack.Count; i++)
        {
            bytes -= Math.Min(bytes, (uint)(peer.Sack[i].Right - peer.Sack[i].Left));
        }

        bool isVirtual = (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;
        return bytes is 0 or > FlightBytesMax ? 0 : isVirtual ? bytes - 1 : bytes;
    }
}
