using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>An alarm by a timer of the kernel's that the loop watches as it watches a socket.</summary>
internal sealed class LoopAlarm : Alarm, IWatched
{
    private readonly Loop _loop;
    private readonly Action _ring;
    private readonly int _descriptor;
    private int _slot = -1;

    private LoopAlarm(Loop loop, int descriptor, Action ring)
    {
        _loop = loop;
        _descriptor = descriptor;
        _ring = ring;
    }

    /// <summary>Makes one; null where the kernel or the loop's poller has no such timers.</summary>
    public static LoopAlarm? TryCreate(Loop loop, Action ring)
    {
        Result made = loop.WatchesTimers ? Interop.TimerfdCreate() : Result.Failure(Errno.EOPNOTSUPP);
        if (!made.Ok)
        {
            return null;
        }

        var alarm = new LoopAlarm(loop, made.Value, ring);
        if (loop.Watch(alarm, made.Value, Readiness.Readable, out alarm._slot).Ok)
        {
            return alarm;
        }

        Interop.Close(made.Value);
        return null;
    }

    public override void Set(TimeSpan wait)
    {
        if (_slot >= 0)
        {
            // Zero nanoseconds would switch it off.
            Interop.TimerfdSettime(_descriptor, Math.Max(1, wait.Ticks * TimeSpan.NanosecondsPerTick));
        }
    }

    public override void Dispose()
    {
        if (_slot >= 0)
        {
            _loop.Unwatch(_slot);
            _slot = -1;
            Interop.Close(_descriptor);
        }
    }

    void IWatched.OnReady(Readiness readiness)
    {
        // What expired is not readable any more once it was taken; nothing to take is a poller that does not know but
        // tries, or an alarm that was set again meanwhile.
        if (Interop.EventfdTake(_descriptor, out _).Ok)
        {
            _loop.Progress++;
            _ring();
        }
    }

    void IWatched.OnLoopEnd() => Dispose();
}
