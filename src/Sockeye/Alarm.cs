namespace Sockeye;

/// <summary>
/// Calls back on an owner when a time has come, finer than the timers of a <see cref="TimeProvider"/>, which know only
/// milliseconds: within some tens of microseconds on the loops of the kernel's network. For work that is paced, such as
/// the requests of a load. Made by <see cref="Network.CreateAlarm"/>; use it on the owner it was made on.
/// </summary>
/// <example><code>
/// using Alarm alarm = network.CreateAlarm(SendNext);
/// alarm.Set(TimeSpan.FromMicroseconds(250));
/// </code></example>
public abstract class Alarm : IDisposable
{
    private protected Alarm()
    {
    }

    /// <summary>Rings once, after this time, instead of when it was set to before. Zero or less rings in the next turn.
    /// </summary>
    public abstract void Set(TimeSpan wait);

    /// <summary>It rings no more.</summary>
    public abstract void Dispose();
}
