using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>What a descriptor is watched for, and what it turned out to be.</summary>
[Flags]
internal enum Readiness : byte
{
    None = 0,

    /// <summary>A receive or an accept would not wait.</summary>
    Readable = 1,

    /// <summary>A send would not wait.</summary>
    Writable = 2,

    /// <summary>Closed in both directions, or in error. Reported whether it was asked for or not.</summary>
    HungUp = 4,

    /// <summary>Asked for: what has been reported is reported again when it has changed, or when it is asked for anew.
    /// A poller that cannot do so goes on reporting it.</summary>
    OnChange = 8,

    /// <summary>A receive may stop short of what there is: at an urgent byte, or before the peer's FIN. Reported only
    /// where changes are.</summary>
    StopsShort = 16,
}

/// <summary>One descriptor that is ready.</summary>
internal readonly record struct Ready(ulong Token, Readiness Readiness);

/// <summary>
/// What a readiness engine supplies: a struct, so that <see cref="ReadinessLoop{TPoller}"/> is compiled for it alone.
/// Readiness is level-triggered: what stays ready is reported again, unless changes were asked for. Called by the
/// loop's thread alone, save <see cref="Wake"/>.
/// </summary>
internal interface IPoller
{
    /// <summary>Whether <see cref="Readiness.HungUp"/> comes for a descriptor that is watched for nothing.</summary>
    static abstract bool ReportsHangUp { get; }

    /// <summary>Whether <see cref="Readiness.OnChange"/> makes a difference.</summary>
    static virtual bool ReportsChanges => false;

    /// <summary>Whether timers of timerfd_create(2) can be watched as sockets are.</summary>
    static virtual bool WatchesTimers => true;

    /// <summary>Whether a descriptor that is closed is forgotten by itself.</summary>
    static abstract bool ForgetsClosed { get; }

    /// <summary>Whether another thread may go on with it.</summary>
    static abstract bool CanChangeThread { get; }

    /// <summary>Opens what it needs; on the loop's thread.</summary>
    Result Open();

    /// <summary>Starts to watch a descriptor; the token comes back with its readiness.</summary>
    Result Add(int descriptor, ulong token, Readiness interest);

    /// <summary>Watches it for something else.</summary>
    void Change(int descriptor, ulong token, Readiness interest);

    /// <summary>Stops watching it; before it is closed.</summary>
    void Remove(int descriptor, ulong token);

    /// <summary>
    /// Waits until something is ready or the time is over (−1 ms: no limit) or <see cref="Wake"/> is called or a signal
    /// comes, and says how many there are. A failure means that no wait will succeed any more.
    /// <paramref name="idle"/>: nothing came of what it reported last.
    /// </summary>
    Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle);

    /// <summary>Ends a wait, the present or the next one. From any thread.</summary>
    void Wake();

    /// <summary>Closes what it opened.</summary>
    void Close();
}
