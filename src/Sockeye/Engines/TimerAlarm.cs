namespace Sockeye.Engines;

/// <summary>An alarm by a timer of the network's clock.</summary>
internal sealed class TimerAlarm : Alarm
{
    private readonly Action _ring;
    private readonly Owner _owner;
    private readonly ITimer _timer;
    private int _setting;       // Owned by the owner: a ring that was posted for an earlier one is not for this.
    private bool _isDisposed;

    public TimerAlarm(Owner owner, TimeProvider time, Action ring)
    {
        _owner = owner;
        _ring = ring;
        _timer = time.CreateTimer(
            static alarm => ((TimerAlarm)alarm!).Post(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override void Set(TimeSpan wait)
    {
        _setting++;
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public override void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
    }

    private void Post() => _owner.Post(static alarm => ((TimerAlarm)alarm!).Ring(), this);

    private void Ring()
    {
        if (!_isDisposed)
        {
            _ring();
        }
    }
}
