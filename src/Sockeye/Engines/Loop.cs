using System.Collections.Concurrent;
using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>
/// A thread that turns: it sends what the last turn wrote, waits for the kernel, dispatches what became ready, and
/// runs deadlines and posted work. An engine supplies the waiting and the sending; the rest is here.
/// </summary>
internal abstract partial class Loop : Owner
{
    /// <summary>Posted callbacks that one turn runs at most, so that posting never starves the connections.</summary>
    private const int PostedPerTurnMax = 1_024;

    /// <summary>Stack of a thread that serves one connection.</summary>
    private const int BlockingStackBytes = 256 * 1024;

    private enum Life : byte
    {
        /// <summary>It turns, or is about to.</summary>
        Turning,

        /// <summary>This turn is its last.</summary>
        Stopping,

        /// <summary>The thread is gone; what is posted runs elsewhere.</summary>
        Ended,
    }

    private readonly Thread _thread;        // Its first.
    private readonly ConcurrentQueue<Work> _posted = new();
    private readonly DeadlineQueue _deadlines = new();                     // Owned by the loop.
    private readonly BlockPool _blocks = new();                            // Owned by the loop.
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Result> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _now = Environment.TickCount64;
    private int _sleeping;          // 1 while the loop waits or is about to: the poster that resets it wakes the loop.
    private volatile Life _life;    // Only ever goes up: to Stopping by anybody, to Ended by the loop.

    protected Loop(LoopNetwork network, string name, bool blocking)
    {
        Network = network;
        IsBlocking = blocking;
        _thread = new Thread(Run, blocking ? BlockingStackBytes : 0) { IsBackground = true, Name = name };
    }

    public LoopNetwork Network { get; }

    /// <summary>Awaits in a handler are waited for in the system call: one connection has the thread.</summary>
    public bool IsBlocking { get; }

    internal sealed override bool MayBlock => IsBlocking;

    /// <summary>Sockets watched and handlers running: a loop of one's own ends when there are none.</summary>
    public int Load { get; set; }

    /// <summary>What the loop is running a handler for, for the watchdog; null while it waits.</summary>
    public object? Busy { get; private set; }

    /// <summary>How many times the loop has begun something, for the watchdog.</summary>
    public int Dispatches { get; private set; }

    /// <summary>Counts what came of readiness: receives, sends and accepts that did not have to wait.</summary>
    public int Progress { get; set; }

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when the loop turns, or could not open what it needs.</summary>
    public Task<Result> Opened => _opened.Task;

    public string Name => _thread.Name!;

    protected internal override long Now => _now;

    internal override bool HasEnded => _life == Life.Ended;

    /// <summary>The thread starts; everything on this loop happens there from now on.</summary>
    public void Start()
    {
        // The caller's AsyncLocals must not become those of every handler.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _thread.Start();
    }

    /// <summary>Ends the loop at the end of its turn. May be called from any thread, and twice.</summary>
    public void Stop()
    {
        Interlocked.CompareExchange(ref _life, Life.Stopping, Life.Turning);
        if (Interlocked.Exchange(ref _sleeping, 0) == 1)
        {
            Wake();
        }
    }

    /// <summary>Runs a function on the loop and gives its outcome.</summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            _ =>
            {
                try
                {
                    done.SetResult(function());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task;
    }

    public void Schedule(IScheduled scheduled, long due) => _deadlines.Set(scheduled, due);

    protected internal sealed override void Schedule(Connection connection, long due) =>
        _deadlines.Set(connection, due);

    // After the end the callers are on threads of the pool, several at a time, and what is the loop's is nobody's.
    protected internal sealed override void Unschedule(Connection connection)
    {
        if (!HasEnded)
        {
            _deadlines.Remove(connection);
        }
    }

    protected internal override Block Rent(int bytes) =>
        SharesBlocks ? BlockPool.RentShared(bytes) : _blocks.Rent(bytes);

    protected internal override void Return(Block block)
    {
        if (SharesBlocks)
        {
            BlockPool.ReturnShared(block);
        }
        else
        {
            _blocks.Return(block);
        }
    }

    // A thread of its own for each connection would keep a large block for each.
    private bool SharesBlocks => IsBlocking || HasEnded;

    protected sealed override void Enqueue(Work work)
    {
        _posted.Enqueue(work);
        if (_life == Life.Ended)
        {
            RunLeftovers();
        }
        else if (!IsCurrent && Interlocked.Exchange(ref _sleeping, 0) == 1)
        {
            Wake();
        }
    }

    protected internal sealed override void Release()
    {
        if (IsBlocking)
        {
            Load--;
        }
    }

    internal sealed override void Await(IOwned owned)
    {
        // Only while this operation is all that the thread has to do: with a second connection or with posted work
        // the handler suspends instead, and the outer turn serves both. That is what lets a proxy, which reads from
        // two connections, run on one blocking thread.
        if (!IsBlocking || owned.Pending != 1)
        {
            return;
        }

        int outcomes = owned.Outcomes;
        while (owned.Outcomes == outcomes && _life == Life.Turning && CanWaitInline && _posted.IsEmpty)
        {
            Turn(owned, outcomes);
        }
    }

    /// <summary>The wait may happen inside the handler: it is the only thing that this loop serves.</summary>
    protected abstract bool CanWaitInline { get; }

    /// <summary>Whether hang-ups are noticed without a read; without, a loop looks for them itself.</summary>
    public abstract bool ReportsHangUp { get; }

    /// <summary>Whether timers of timerfd_create(2) can be watched as sockets are.</summary>
    public virtual bool WatchesTimers => true;

    /// <summary>Watches a descriptor, level-triggered; the slot names it from now on.</summary>
    public abstract Result Watch(IWatched target, int descriptor, Readiness interest, out int slot);

    /// <summary>What it is watched for.</summary>
    public abstract Readiness InterestOf(int slot);

    /// <summary>Watches it for something else.</summary>
    public abstract void SetInterest(int slot, Readiness interest);

    /// <summary>Forgets it; before it is closed.</summary>
    public abstract void Unwatch(int slot);

    /// <summary>Forgets it right before it is closed, which some engines have nothing to do for.</summary>
    public virtual void UnwatchClosing(int slot) => Unwatch(slot);

    /// <summary>Accepts from a listening socket, which the acceptor owns from now on.</summary>
    public abstract IAcceptor StartAccepting(int descriptor, LoopListener listener);

    /// <summary>Makes a connection of a connected socket, which it then owns; when it cannot, the socket is left
    /// alone.</summary>
    public abstract Result Adopt(
        int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits, out SocketConnection connection);

    /// <summary>Connects a socket; it stays the caller's. Cancelled, it is left unconnected.</summary>
    public Task<Result> ConnectAsync(int descriptor, SocketAddress address, CancellationToken cancellationToken) =>
        ReadinessConnect.RunAsync(this, descriptor, address, cancellationToken);

    /// <summary>On the thread, before the first turn; when it fails the loop ends at once.</summary>
    protected abstract Result Open();

    /// <summary>On the thread, after the last turn: closes what is open.</summary>
    protected abstract void Close();

    /// <summary>Sends what connections have queued since the last turn; true when something waits for the
    /// next.</summary>
    protected abstract bool SendQueued();

    /// <summary>Waits for the kernel, at most this long (−1: until woken), and dispatches what became ready.</summary>
    protected abstract void Poll(int timeoutMilliseconds);

    /// <summary>Ends a wait. Called from any thread, also after the loop has ended.</summary>
    protected abstract void Wake();

    /// <summary>True when a loop that serves one connection, or takes the next from a queue, has nothing left to
    /// do.</summary>
    protected virtual bool IsDone => false;

    /// <summary>Tells the watchdog what runs now.</summary>
    public void Begin(object target)
    {
        Busy = target;
        Dispatches++;
    }

    private void Run()
    {
        Enter();
        Result opened = Open();
        _opened.SetResult(opened);
        if (opened.Ok)
        {
            TurnToTheEnd();
        }
        else
        {
            End();
        }
    }

    private void Enter()
    {
        ThreadNumber = Interop.Gettid();
        Current = this;
        SetSynchronizationContext(this);
    }

    private void TurnToTheEnd()
    {
        while (_life == Life.Turning && !(_posted.IsEmpty && IsDone))
        {
            if (!Turn(null, 0))
            {
                return; // Another thread has the loop.
            }
        }

        Close();
        GiveToThreadPool(); // Not before: handlers go on within the close, and may lend.
        End();
    }

    private void End()
    {
        _blocks.Empty();
        Current = null;
        SetSynchronizationContext(null);
        _life = Life.Ended;
        Interlocked.MemoryBarrier(); // A poster that did not see it has its work in the queue by now.
        RunLeftovers();
        _ended.SetResult();
    }

    /// <summary>One turn; false when this thread was left behind in it.</summary>
    /// <param name="awaited">What a handler awaits inside this turn; posted work then waits. Null
    /// otherwise.</param>
    /// <param name="outcomes">Its outcomes so far.</param>
    private bool Turn(IOwned? awaited, int outcomes)
    {
        bool moreToSend = SendQueued();
        if (awaited is not null && awaited.Outcomes != outcomes)
        {
            return true; // Sending was what it awaited, and there may be nothing else to wake a wait.
        }

        int timeout = moreToSend ? 0 : UntilDue();
        if (timeout != 0)
        {
            // From here on a poster wakes us; what was posted before is seen now.
            Volatile.Write(ref _sleeping, 1);
            Interlocked.MemoryBarrier();
            if (!_posted.IsEmpty || _life != Life.Turning)
            {
                timeout = 0;
            }
        }

        Busy = null;
        Poll(timeout);
        Volatile.Write(ref _sleeping, 0);
        RunDue();
        if (awaited is null)
        {
            // In this order: what lent work asks of its connections is posted, and leaves with the same turn.
            if (!TryRunLent())
            {
                return false;
            }

            RunPosted();
        }

        return true;
    }

    /// <summary>The kernel refuses to wait: a descriptor of the loop's own was closed by somebody else, or the engine
    /// has a bug. Going on would spin and serve nobody, so the loop ends, and says why.</summary>
    protected void Fail(Errno reason)
    {
        if (Interlocked.CompareExchange(ref _life, Life.Stopping, Life.Turning) == Life.Turning)
        {
            Network.ReportFailed(this, reason);
        }
    }

    /// <summary>Reads the clock. The engine calls it once after each wait.</summary>
    protected void ReadClock() => _now = Environment.TickCount64;

    private int UntilDue()
    {
        if (!_posted.IsEmpty || _toLend.Count > 0)
        {
            return 0;
        }

        if (!_deadlines.TryPeek(out long due))
        {
            return -1;
        }

        return (int)Math.Clamp(due - Environment.TickCount64, 0, int.MaxValue);
    }

    private void RunDue()
    {
        while (_deadlines.TryTake(_now, out IScheduled? scheduled))
        {
            Begin(scheduled);
            scheduled.OnDeadline();
        }
    }

    private void RunPosted()
    {
        for (int i = 0; i < PostedPerTurnMax && _posted.TryDequeue(out Work work); i++)
        {
            Begin(work.State ?? this);
            work.RunGuarded();
        }
    }

    private void RunLeftovers()
    {
        while (_posted.TryDequeue(out Work work))
        {
            // The loop is gone; a continuation that comes late still has to run somewhere.
            ThreadPool.UnsafeQueueUserWorkItem(static late => late.Run(), work, preferLocal: false);
        }
    }
}
