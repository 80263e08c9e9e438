using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>The watchdog's view of the thread that a loop lends: whether what it was lent to blocks it.</summary>
internal sealed class LentThread(Loop loop) : IDisposable
{
    /// <summary>Looks in a row that must find it blocked. By one, a collection of garbage or a lock held for a moment
    /// would be taken for it.</summary>
    private const int LooksWhileBlocked = 2;

    /// <summary>Looks in a row that must find it with the same work, when it is not blocked: it computes, or others have
    /// the processor.</summary>
    private const int LooksWhileRunning = 5;

    private ThreadStatus? _status;
    private int _dispatches;
    private int _blocked;       // Looks in a row that found it blocked, by whatever work.
    private int _same;          // That found it with the same work.

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

        _same = dispatches == _dispatches ? _same + 1 : 1;
        _dispatches = dispatches;
        bool isBlocked = StatusOf(loop.ThreadNumber).IsBlocked && IsLentTo(dispatches); // Still: it is that work.
        _blocked = isBlocked ? _blocked + 1 : 0;
        if (_blocked >= LooksWhileBlocked || _same >= LooksWhileRunning)
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
