using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>The state of one end of a TCP connection (RFC 9293 section 3.3.2).</summary>
public enum TcpState : byte
{
    /// <summary>There is no connection.</summary>
    Closed = 0,

    /// <summary>It waits for somebody to connect.</summary>
    Listen,

    /// <summary>It has asked to open.</summary>
    SynSent,

    /// <summary>It was asked, has agreed, and waits for that to arrive.</summary>
    SynReceived,

    /// <summary>Data may go both ways.</summary>
    Established,

    /// <summary>It has said that it will send no more.</summary>
    FinWait1,

    /// <summary>The other end knows that, and may still send.</summary>
    FinWait2,

    /// <summary>The other end will send no more; this one still may.</summary>
    CloseWait,

    /// <summary>Both said so at the same time.</summary>
    Closing,

    /// <summary>It was the second to say so, and waits for that to arrive.</summary>
    LastAck,

    /// <summary>All is said; it stays a while, in case its last word was lost.</summary>
    TimeWait,
}

/// <summary>How ends go from state to state (RFC 9293 section 3.10), as seen by somebody who watches.</summary>
public static class TcpStates
{
    /// <summary>The name in the RFC, such as FIN-WAIT-1.</summary>
    public static string NameOf(TcpState state) => state switch
    {
        TcpState.Closed => "CLOSED",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.Established => "ESTABLISHED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST-ACK",
        TcpState.TimeWait => "TIME-WAIT",
        _ => "",
    };

    /// <summary>The state of an end that has sent these bits.</summary>
    internal static TcpState AfterSending(TcpState state, TcpFlags flags) => (state, flags) switch
    {
        (_, _) when (flags & TcpFlags.Rst) != 0 => TcpState.Closed,
        (TcpState.Closed or TcpState.Listen, _) when Bits(flags) == TcpFlags.Syn => TcpState.SynSent,

        // The answer to a SYN; or both asked at the same time (section 3.5).
        (TcpState.Closed or TcpState.Listen or TcpState.SynSent, _)
            when Bits(flags) == (TcpFlags.Syn | TcpFlags.Ack) => TcpState.SynReceived,
        (TcpState.SynReceived or TcpState.Established, _) when (flags & TcpFlags.Fin) != 0 => TcpState.FinWait1,
        (TcpState.CloseWait, _) when (flags & TcpFlags.Fin) != 0 => TcpState.LastAck,
        _ => state,
    };

    /// <summary>The state of an end to which a SYN came.</summary>
    internal static TcpState AfterSyn(TcpState state, TcpFlags flags) => (state, (flags & TcpFlags.Ack) != 0) switch
    {
        (TcpState.Closed or TcpState.Listen, false) => TcpState.SynReceived,
        (TcpState.SynSent, false) => TcpState.SynReceived,
        (TcpState.SynSent, true) => TcpState.Established,
        _ => state,
    };

    /// <summary>The state of an end whose SYN was acknowledged.</summary>
    internal static TcpState AfterSynAcknowledged(TcpState state) =>
        state == TcpState.SynReceived ? TcpState.Established : state;

    /// <summary>The state of an end whose FIN was acknowledged.</summary>
    internal static TcpState AfterFinAcknowledged(TcpState state) => state switch
    {
        TcpState.FinWait1 => TcpState.FinWait2,
        TcpState.Closing => TcpState.TimeWait,
        TcpState.LastAck => TcpState.Closed,
        _ => state,
    };

    /// <summary>The state of an end to which a FIN came, with all before it.</summary>
    internal static TcpState AfterFin(TcpState state) => state switch
    {
        TcpState.SynReceived or TcpState.Established => TcpState.CloseWait,
        TcpState.FinWait1 => TcpState.Closing,
        TcpState.FinWait2 => TcpState.TimeWait,
        _ => state,
    };

    private static TcpFlags Bits(TcpFlags flags) => flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin);
}
