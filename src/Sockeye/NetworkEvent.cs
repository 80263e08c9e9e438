namespace Sockeye;

/// <summary>What happened, as a network reports it to <see cref="NetworkOptions.Observe"/>.</summary>
public enum NetworkEventKind
{
    /// <summary>A connection was accepted; its handler starts.</summary>
    Accepted,

    /// <summary>A connection's handler is done and the connection closed, for the reason in
    /// <see cref="NetworkEvent.End"/>;
    /// <see cref="End.None"/> means that our side closed it.</summary>
    Closed,

    /// <summary>A connection was reset at once because of a limit, which <see cref="NetworkEvent.Message"/>
    /// names.</summary>
    Refused,

    /// <summary>A handler threw; its connection was reset, or its datagram socket closed.</summary>
    HandlerFailed,

    /// <summary>A handler holds its loop; told while it does. <see cref="NetworkEvent.Message"/> says what to
    /// do.</summary>
    LoopHeld,

    /// <summary>A loop has ended before its network, which is a bug or a descriptor closed by somebody else; its
    /// connections are aborted. <see cref="NetworkEvent.Message"/> says why.</summary>
    LoopFailed,

    /// <summary>Accepting failed for want of a resource and pauses; <see cref="NetworkEvent.Message"/> says
    /// which.</summary>
    AcceptPaused,

    /// <summary>Accepting goes on.</summary>
    AcceptResumed,
}

/// <summary>One report of a network. Made on the owner's thread, or the watchdog's for
/// <see cref="NetworkEventKind.LoopHeld"/>.</summary>
public readonly struct NetworkEvent
{
    /// <summary>What happened.</summary>
    public required NetworkEventKind Kind { get; init; }

    /// <summary>The connection it is about, or null. Read only its endpoints, id and counters.</summary>
    public Connection? Connection { get; init; }

    /// <summary>The listener it is about, or null.</summary>
    public Listener? Listener { get; init; }

    /// <summary>The address of a refused peer, or null.</summary>
    public Endpoint? Peer { get; init; }

    /// <summary>For <see cref="NetworkEventKind.Closed"/>: how it ended.</summary>
    public End End { get; init; }

    /// <summary>For <see cref="NetworkEventKind.HandlerFailed"/>: what was thrown.</summary>
    public Exception? Exception { get; init; }

    /// <summary>One sentence for people, or null.</summary>
    public string? Message { get; init; }

    /// <summary>For <see cref="NetworkEventKind.LoopHeld"/>: for how long by now.</summary>
    public TimeSpan Duration { get; init; }
}
