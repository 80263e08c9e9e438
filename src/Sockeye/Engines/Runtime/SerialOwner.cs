namespace Sockeye.Engines.Runtime;

/// <summary>
/// An owner without a thread of its own: its work runs on the thread pool, one piece at a time and in the order in
/// which it was posted. A completion may run inline on the thread that it happened on, if the owner is free; posted
/// work never does. At the end of each turn its connections send what was written and look for what came.
/// </summary>
internal sealed class SerialOwner : Owner, IThreadPoolWorkItem
{
    /// <summary>Turns that one work item of the pool runs at most; then others have theirs.</summary>
    private const int TurnsPerWorkItemMax = 16;

    /// <summary>Posted callbacks that one turn runs at most, so that posting never holds up the sending.</summary>
    private const int PostedPerTurnMax = 64;

    private const long Never = long.MaxValue;

    private static readonly TimerCallback s_onTimer =
        static owner => ((SerialOwner)owner!).Run(static o => ((SerialOwner)o!).RunDue(), owner);

    private static readonly Action<object?> s_onTurnEnd = static c => ((RuntimeConnection)c!).OnTurnEnd();

    private readonly Lock _lock = new();
    private readonly Queue<Work> _posted = [];          // Guarded by _lock.
    private bool _busy;                                 // Guarded by _lock: a thread runs the owner, or is about to.

    // What follows belongs to the thread that runs the owner.
    private readonly Queue<RuntimeConnection> _queued = [];
    private DeadlineQueue? _deadlines;
    private Timer? _timer;
    private long _timerDue = Never;
    private int _connections;

    public SerialOwner(Network network) => Network = network;

    public Network Network { get; }

    protected internal override long Now => Environment.TickCount64;

    /// <summary>Runs a callback of an operation that completed: here and now if the owner is free, or later.</summary>
    public void Run(Action<object?> callback, object state)
    {
        if (Current is null && TryEnter())
        {
            RunTurns(new Work(callback, state), hasFirst: true);
        }
        else
        {
            Post(callback, state);
        }
    }

    /// <summary>Has the connection send and receive at the end of this turn; on the owner.</summary>
    public void Queue(RuntimeConnection connection) => _queued.Enqueue(connection);

    /// <summary>One more connection belongs to it.</summary>
    public void Attach() => _connections++;

    /// <summary>One of them has closed. A timer holds on to its owner, and the owner's deadlines to their connections,
    /// so that after the last one both have to go.</summary>
    public void Detach()
    {
        if (--_connections == 0)
        {
            _timer?.Dispose();
            _timer = null;
            _timerDue = Never;
            _deadlines = null;
        }
    }

    /// <summary>Tells it at or soon after this time of <see cref="Now"/> that it has come; on the owner.</summary>
    public void Schedule(IScheduled scheduled, long due)
    {
        if (_connections == 0)
        {
            return;
        }

        (_deadlines ??= new DeadlineQueue()).Set(scheduled, due);
        MoveTimer(due);
    }

    void IThreadPoolWorkItem.Execute() => RunTurns(default, hasFirst: false);

    protected internal override void Schedule(Connection connection, long due) => Schedule((IScheduled)connection, due);

    protected internal override void Unschedule(Connection connection) => _deadlines?.Remove(connection);

    // A pool of its own for each connection would keep memory for each; this one they all share.
    protected internal override Block Rent(int bytes) => BlockPool.RentShared(bytes);

    protected internal override void Return(Block block) => BlockPool.ReturnShared(block);

    protected override void Enqueue(Work work)
    {
        lock (_lock)
        {
            _posted.Enqueue(work);
            if (_busy)
            {
                return; // Whoever runs the owner looks again before it leaves.
            }

            _busy = true;
        }

        // Unsafe: the poster's AsyncLocals are not the handler's.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryEnter()
    {
        lock (_lock)
        {
            return !_busy && (_busy = true);
        }
    }

    /// <summary>Gives the owner up unless there is work left.</summary>
    private bool TryLeave()
    {
        lock (_lock)
        {
            _busy = _posted.Count > 0 || _queued.Count > 0;
            return !_busy;
        }
    }

    private bool TryDequeue(out Work work)
    {
        lock (_lock)
        {
            return _posted.TryDequeue(out work);
        }
    }

    private void RunTurns(Work first, bool hasFirst)
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        Current = this;
        SetSynchronizationContext(this);
        if (hasFirst)
        {
            first.RunGuarded();
        }

        bool left;
        int turns = 0;
        do
        {
            Turn();
            left = TryLeave();
        }
        while (!left && ++turns < TurnsPerWorkItemMax);

        Current = null;
        SetSynchronizationContext(outer);
        if (!left)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Turn()
    {
        for (int i = 0; i < PostedPerTurnMax && TryDequeue(out Work work); i++)
        {
            work.RunGuarded();
        }

        // What resumes here may write again: that goes out at the end of the next turn, which bounds this one.
        for (int i = _queued.Count; i > 0; i--)
        {
            new Work(s_onTurnEnd, _queued.Dequeue()).RunGuarded();
        }
    }

    private void MoveTimer(long due)
    {
        if (due >= _timerDue)
        {
            return; // It fires before that anyway, and moves itself then.
        }

        _timerDue = due;
        long wait = Math.Clamp(due - Now, 0, int.MaxValue);
        if (_timer is null)
        {
            // The handler's AsyncLocals must not become those of the timer.
            using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            _timer = new Timer(s_onTimer, this, wait, Timeout.Infinite);
        }
        else
        {
            _timer.Change(wait, Timeout.Infinite);
        }
    }

    private void RunDue()
    {
        _timerDue = Never;
        long now = Now;
        while (_deadlines is not null && _deadlines.TryTake(now, out IScheduled? scheduled))
        {
            scheduled.OnDeadline();
        }

        if (_deadlines is not null && _deadlines.TryPeek(out long due))
        {
            MoveTimer(due);
        }
    }
}
