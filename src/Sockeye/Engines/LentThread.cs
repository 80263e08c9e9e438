using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>The watchdog's view of the thread that a loop lends: whether what it was lent to keeps it.</summary>
internal sealed class LentThread(Loop loop) : IDisposable
{
    /// <summary>Looks in a row that must find it blocked. By one, a collection of garbage or a lock held for a moment
    /// would be taken for it.</summary>
    private const int LooksWhileBlocked = 2;

    /// <summary>Processor time after which it is taken to compute for long, in ticks of 10 ms. Time of the clock would
    /// also be that of others, who have the processor on a busy machine.</summary>
    private const int ComputingTicks = 5;

    private ThreadStatus? _status;
    private int _dispatches;
    private int _blocked;       // Looks in a row that found it blocked, by whatever work.
    private int _same;          // That found it with the same work.
    private long _ticks;        // Its processor time when that work was first seen.

    /// <summary>Looks; true when there may soon be something to see again.</summary>
    public bool Look()
    {
        int dispatches = loop.Dispatches;
        bool isActive = loop.Lends && (dispatches != _dispatches || loop.IsLent);
        if (!isActive || !IsLentTo(dispatches))
        {
            _dispatches = dispatches;
            _blocked = _same = 0;
            return isActive;
        }

        (bool isBlocked, long ticks) = StatusOf(loop.ThreadNumber).Read();
        if (dispatches != _dispatches || _same == 0)
        {
            _dispatches = dispatches;
            _same = 0;
            _ticks = ticks;
        }

        _same++;
        _blocked = isBlocked && IsLentTo(dispatches) ? _blocked + 1 : 0; // Still: it is that work which blocks.
        if (_blocked >= LooksWhileBlocked || ticks - _ticks >= ComputingTicks)
        {
            loop.PauseLending();
            if (_same >= LooksWhileBlocked)
            {
                loop.LeaveThreadBehind();
            }

            _blocked = _same = 0;
        }

        return true;
    }

    public void Dispose() => _status?.Dispose();

    private bool IsLentTo(int dispatches) => loop.IsLent && loop.Dispatches == dispatches;

    private ThreadStatus StatusOf(int thread)
    {
        if (_status?.Thread != thread)
        {
            _status?.Dispose();
            _status = new ThreadStatus(thread);
        }

        return _status;
    }
}
