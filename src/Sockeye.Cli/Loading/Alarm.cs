namespace Sockeye.Cli.Loading;

/// <summary>Calls back on an owner at the earliest of the times that it was set to.</summary>
internal sealed class Alarm : IDisposable
{
    private readonly Action _ring;
    private readonly ITimer _timer;
    private long _set = long.MaxValue;

    /// <param name="owner">Where to call back.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ring">What to call.</param>
    public Alarm(Owner owner, TimeProvider time, Action ring)
    {
        _ring = ring;
        _timer = time.CreateTimer(
            _ => owner.Post(static alarm => ((Alarm)alarm!).Ring(), this),
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Rings at this time of <see cref="LoadClock"/> or soon after it; on the owner.</summary>
    public void SetTo(long due)
    {
        if (due < _set)
        {
            _set = due;
            TimeSpan wait = LoadClock.Duration(due - LoadClock.Now);
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        _set = long.MaxValue;
        _ring();
    }
}
