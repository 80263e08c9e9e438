namespace Sockeye.Engines;

/// <summary>An alarm by a timer of the network's clock.</summary>
internal sealed class TimerAlarm : Alarm
{
    private static readonly TimeSpan s_oneMillisecond = TimeSpan.FromMilliseconds(1);

    private readonly Action _ring;
    private readonly Owner _owner;
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private long _set;          // When it was set, and for how long; what follows belongs to the owner.
    private TimeSpan _wait = Timeout.InfiniteTimeSpan;

    public TimerAlarm(Owner owner, TimeProvider time, Action ring)
    {
        _owner = owner;
        _ring = ring;
        _time = time;
        _timer = time.CreateTimer(
            static alarm => ((TimerAlarm)alarm!).Post(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override void Set(TimeSpan wait)
    {
        _set = _time.GetTimestamp();
        _wait = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        _timer.Change(_wait, Timeout.InfiniteTimeSpan);
    }

    public override void Dispose()
    {
        _wait = Timeout.InfiniteTimeSpan;
        _timer.Dispose();
    }

    private void Post() => _owner.Post(static alarm => ((TimerAlarm)alarm!).Ring(), this);

    private void Ring()
    {
        if (_wait == Timeout.InfiniteTimeSpan)
        {
            return; // It was disposed after this was posted.
        }

        // The runtime's timers go by a clock that the kernel moves some milliseconds at a time and come that much
        // early; or it was set again after this was posted. Either way the rest is waited for.
        TimeSpan rest = _wait - _time.GetElapsedTime(_set);
        if (rest > TimeSpan.Zero)
        {
            _timer.Change(rest > s_oneMillisecond ? rest : s_oneMillisecond, Timeout.InfiniteTimeSpan);
            return;
        }

        _wait = Timeout.InfiniteTimeSpan;
        _ring();
    }
}
