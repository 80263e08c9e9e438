using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>Where sequence numbers are counted from, and by how much windows are shifted.</summary>
internal static class TcpNumbers
{
    /// <summary>Learns what a segment tells of it.</summary>
    /// <returns>Whether it answers a SYN that the capture does not have: the ports are used again.</returns>
    public static bool Begin(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        bool isSyn = (segment.Flags & TcpFlags.Syn) != 0;

        if (isSyn)
        {
            own.First = segment.Sequence + 1;
        }

        // A capture that begins in the middle counts from one, as if the SYN had just been missed.
        own.Base ??= isSyn ? segment.Sequence : segment.Sequence - 1;
        if (segment.HasAck)
        {
            peer.Base ??= segment.Acknowledgment - 1;
            peer.KnowsFlight = true;
        }

        bool isOther = isSyn && segment.HasAck && own.Base != segment.Sequence;
        if (isOther)
        {
            own.Base = segment.Sequence;
        }

        return isOther;
    }

    /// <summary>Reads the options that say how later segments are to be understood.</summary>
    public static void TakeOptions(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        own.Sack = default;
        if (segment.Options.IsEmpty)
        {
            CheckShifts(own, peer, segment);
            return;
        }

        var reader = new TcpOptionReader(segment.Options);
        while (reader.TryRead(out TcpOption option))
        {
            switch (option.Kind)
            {
                // "This option … MUST NOT be sent on non-SYN segments" (RFC 7323 section 2.2).
                case TcpOptionKind.WindowScale
                    when option.Data.Length == 1 && (segment.Flags & TcpFlags.Syn) != 0:
                    own.Shift = TcpSide.ShiftOf(option.Data[0]);
                    break;
                case TcpOptionKind.Sack:
                    own.Sack = TcpOptions.Parse(segment.Options).Sack;
                    break;
            }
        }

        CheckShifts(own, peer, segment);
    }

    // "Both sides MUST send Window Scale options in their <SYN> segments to enable window scaling in either direction"
    // (RFC 7323 section 2.2).
    private static void CheckShifts(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        bool isAnswer = (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack);
        if (isAnswer && (own.Shift == TcpSide.ShiftUnknown || peer.Shift == TcpSide.ShiftUnknown))
        {
            own.Shift = TcpSide.ShiftUnused;
            peer.Shift = TcpSide.ShiftUnused;
        }
    }
}

/// <summary>The states of both ends after each segment, taken to arrive once it was seen.</summary>
internal static class TcpConnection
{
    /// <summary>Takes both ends to their next states.</summary>
    public static TcpProgress Take(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        if ((segment.Flags & TcpFlags.Rst) != 0)
        {
            own.State = peer.State = TcpState.Closed;
            return TcpProgress.None;
        }

        TcpState before = own.State;
        if ((segment.Flags & TcpFlags.Syn) != 0)
        {
            own.State = TcpStates.AfterSending(own.State, segment.Flags);
            peer.State = TcpStates.AfterSyn(peer.State, segment.Flags);
            return TcpProgress.None;
        }

        TcpProgress progress = segment.HasAck ? TakeAcknowledgment(own, peer, segment) : TcpProgress.None;
        own.State = TcpStates.AfterSending(own.State, segment.Flags);

        // A FIN that does not acknowledge the other one was sent before that one came: both close at once.
        if (own.State == TcpState.LastAck && own.Fin == FinProgress.Sent && peer.Fin == FinProgress.Received)
        {
            own.State = TcpState.Closing;
        }

        DeliverFin(own, peer, own.Contiguous);
        bool isOver = own.State is TcpState.Closed or TcpState.TimeWait
            && peer.State is TcpState.Closed or TcpState.TimeWait;
        return isOver && before != TcpState.Closed ? progress | TcpProgress.Closed : progress;
    }

    /// <summary>Whether it is a reset that its receiver takes no notice of.</summary>
    public static bool IsOutsideWindow(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        if ((segment.Flags & TcpFlags.Rst) == 0)
        {
            return false;
        }

        // "If the ACK was acceptable, then signal to the user "error: connection reset" … Otherwise (no ACK), drop the
        // segment and return" (RFC 9293 section 3.10.7.3).
        if (peer.State == TcpState.SynSent)
        {
            return !segment.HasAck || segment.Acknowledgment <= peer.Base || segment.Acknowledgment > peer.Next;
        }

        // "If the RST bit is set and the sequence number is outside the current receive window, silently drop the
        // segment" (section 3.10.7.4). What the capture lacks may have moved the window up to what the sender sent.
        return own.Next != segment.Sequence && (peer.LastAck ?? own.Next) is { } left
            && (uint)(segment.Sequence - left) > peer.WindowBytes;
    }

    private static TcpProgress TakeAcknowledgment(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        TcpProgress progress = TcpProgress.None;
        if (peer.State == TcpState.SynReceived && peer.Base is { } syn && segment.Acknowledgment > syn)
        {
            peer.State = TcpStates.AfterSynAcknowledged(peer.State);
            progress |= TcpProgress.Opened;
        }

        if (peer.Fin is FinProgress.Sent or FinProgress.Received && segment.Acknowledgment > peer.FinSequence)
        {
            // Whoever acknowledges a FIN has received it, though the capture may lack what came before.
            DeliverFin(peer, own, segment.Acknowledgment);
            peer.Fin = FinProgress.Acknowledged;
            peer.State = TcpStates.AfterFinAcknowledged(peer.State);
            progress |= TcpProgress.FinAcknowledged;
        }

        return progress;
    }

    private static void DeliverFin(TcpSide sender, TcpSide receiver, TcpSequence? received)
    {
        if (sender.Fin == FinProgress.Sent && received is { } upTo && upTo > sender.FinSequence)
        {
            sender.Fin = FinProgress.Received;
            receiver.State = TcpStates.AfterFin(receiver.State);
        }
    }

    /// <summary>What the first segment of a capture tells of what came before it.</summary>
    public static void Begin(TcpSide own, TcpSide peer, in TcpSegment segment)
    {
        (own.State, peer.State) = (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) switch
        {
            TcpFlags.Syn => (TcpState.Closed, TcpState.Listen),
            TcpFlags.Syn | TcpFlags.Ack => (TcpState.Listen, TcpState.SynSent),

            // It is open, as far as anybody can tell.
            _ => (TcpState.Established, TcpState.Established),
        };
    }
}
