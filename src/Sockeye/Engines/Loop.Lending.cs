namespace Sockeye.Engines;

// The loop lends its thread to work that is not its own and may block: the thread pool would cost two changes of
// threads for each piece of it. The thread is lent where nothing of the loop is under way, so that one that does not
// come back can be left behind: another goes on with the loop, and the first ends with that work. The watchdog sees
// when it has come to that, and has work go to the thread pool for a while afterwards. See docs/decisions/0004.
internal abstract partial class Loop
{
    /// <summary>Pieces of work that one turn runs at most.</summary>
    private const int LentPerTurnMax = 1_024;

    /// <summary>Time after which one turn begins no more of them: the connections wait meanwhile.</summary>
    private const int LentPerTurnMaxMilliseconds = 5;

    /// <summary>How long work goes to the thread pool once some has blocked.</summary>
    private const int LendingPauseMilliseconds = 1_000;

    /// <summary>Threads that were left behind and have not come back, from which none is lent any more.</summary>
    private const int LeftBehindMax = 16;

    private static readonly Action<object?> s_execute = static work => ((IThreadPoolWorkItem)work!).Execute();

    private readonly Queue<IThreadPoolWorkItem> _toLend = new();   // Owned by the loop.
    private int _lentTo;            // Number of the work that has the thread, or 0. Who takes it has the loop.
    private int _toldOf;            // The work that no thread could be started for. The watchdog's.
    private long _lendsFrom;        // A time of Environment.TickCount64. The watchdog's to set.
    private int _leftBehind;        // Changed by interlocked operations.

    /// <summary>Whether another thread can go on with this loop.</summary>
    protected abstract bool CanChangeThread { get; }

    /// <summary>Its thread runs work that is not the loop's own.</summary>
    public bool IsLent => Volatile.Read(ref _lentTo) != 0;

    /// <summary>It has lent its thread before, so that the watchdog must look often.</summary>
    public bool Lends { get; private set; }

    /// <summary>The kernel's number of its thread.</summary>
    public int ThreadNumber { get; private set; }

    public sealed override void Lend(IThreadPoolWorkItem work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (IsCurrent && CanChangeThread && Network.IsWatched && !IsLendingPaused)
        {
            Lends = true;
            _toLend.Enqueue(work);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }

    /// <summary>Has work go to the thread pool for a while; the watchdog's.</summary>
    public void PauseLending() =>
        Volatile.Write(ref _lendsFrom, Environment.TickCount64 + LendingPauseMilliseconds);

    /// <summary>Another thread goes on with the loop, unless its own comes back this moment; the watchdog's.</summary>
    public void LeaveThreadBehind()
    {
        int work = Volatile.Read(ref _lentTo);
        if (work == 0)
        {
            return;
        }

        try
        {
            new Thread(() => GoOn(work)) { IsBackground = true, Name = Name }.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // The loop is still the lent thread's, and the watchdog comes again.
            if (_toldOf != work)
            {
                _toldOf = work;
                Network.ReportNoThread(this);
            }
        }
    }

    /// <summary>On another thread: it has the loop from here on, unless the one that was lent to this work has come
    /// back.</summary>
    private void GoOn(int work)
    {
        if (Interlocked.CompareExchange(ref _lentTo, 0, work) == work)
        {
            Interlocked.Increment(ref _leftBehind);
            Enter();
            TurnToTheEnd();
        }
    }

    private bool IsLendingPaused => Volatile.Read(ref _leftBehind) >= LeftBehindMax
        || Environment.TickCount64 < Volatile.Read(ref _lendsFrom);

    /// <summary>Runs work that is not the loop's own; false when this thread was left behind with it, and must touch
    /// nothing of the loop any more.</summary>
    private bool TryRunLent()
    {
        if (_toLend.Count == 0)
        {
            return true;
        }

        if (IsLendingPaused)
        {
            GiveToThreadPool();
            return true;
        }

        Busy = null;
        Current = null;
        SetSynchronizationContext(null);
        long end = Environment.TickCount64 + LentPerTurnMaxMilliseconds;
        for (int i = 0; i < LentPerTurnMax && _toLend.TryDequeue(out IThreadPoolWorkItem? work); i++)
        {
            int number = ++Dispatches;
            Volatile.Write(ref _lentTo, number);
            new Work(s_execute, work).RunGuarded();
            if (Interlocked.CompareExchange(ref _lentTo, 0, number) != number)
            {
                Interlocked.Decrement(ref _leftBehind);
                return false;
            }

            if (Environment.TickCount64 >= end)
            {
                break;
            }
        }

        Current = this;
        SetSynchronizationContext(this);
        return true;
    }

    private void GiveToThreadPool()
    {
        while (_toLend.TryDequeue(out IThreadPoolWorkItem? work))
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }
}
