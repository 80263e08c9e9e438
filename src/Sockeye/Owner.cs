using Sockeye.Engines;

namespace Sockeye;

/// <summary>
/// What a connection belongs to: a loop, or on a blocking engine its thread. Everything that happens to the
/// connection happens there, one thing at a time; every <c>await</c> in a handler resumes there, whatever it
/// awaited, because the owner is the handler's <see cref="SynchronizationContext"/>. Work from elsewhere is posted.
/// </summary>
public abstract class Owner : SynchronizationContext
{
    [ThreadStatic]
    private static Owner? s_current;

    /// <summary>The owner whose work this thread is doing; null elsewhere.</summary>
    public static new Owner? Current
    {
        get => s_current;
        protected set => s_current = value;
    }

    /// <summary>True on the owner's own thread, while it runs a handler or posted work.</summary>
    public bool IsCurrent => s_current == this;

    /// <summary>It does no more work: what is posted to it runs elsewhere, and its connections are aborted.</summary>
    internal virtual bool HasEnded => false;

    /// <summary>Milliseconds on a clock that never goes back, as of the present turn of the loop.</summary>
    protected internal abstract long Now { get; }

    /// <summary>When the present turn of the loop began, in milliseconds on a clock that never goes back: the time
    /// without asking the system for it.</summary>
    public long TurnBegan => Now;

    /// <summary>Runs a callback on the owner, later and never inline. May be called from any thread.</summary>
    public void Post(Action<object?> callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Enqueue(new Work(callback, state));
    }

    /// <inheritdoc/>
    public sealed override void Post(SendOrPostCallback d, object? state)
    {
        ArgumentNullException.ThrowIfNull(d);
        Enqueue(new Work(d, state));
    }

    /// <summary>Runs a callback on the owner and waits for it; inline when already there.</summary>
    public sealed override void Send(SendOrPostCallback d, object? state)
    {
        ArgumentNullException.ThrowIfNull(d);
        if (IsCurrent)
        {
            d(state);
            return;
        }

        using var done = new ManualResetEventSlim();
        Post(
            _ =>
            {
                try
                {
                    d(state);
                }
                finally
                {
                    done.Set();
                }
            },
            null);
        done.Wait();
    }

    /// <inheritdoc/>
    public sealed override SynchronizationContext CreateCopy() => this;

    /// <summary>
    /// Runs work that is not a handler's and may block, such as an application of ASP.NET Core, later and never inline:
    /// on the thread of a loop while such work is short, else on the thread pool. There it is nobody's: <see
    /// cref="IsCurrent"/> is false and no <see cref="SynchronizationContext"/> is set, and when it blocks, the loop
    /// goes on with another thread. Called on the owner.
    /// </summary>
    public virtual void Lend(IThreadPoolWorkItem work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    /// <summary>Queues work for the owner. Called from any thread; must never run the work inline.</summary>
    protected abstract void Enqueue(Work work);

    /// <summary>Lends a block of at least this many bytes.</summary>
    protected internal abstract Block Rent(int bytes);

    /// <summary>Takes a block back.</summary>
    protected internal abstract void Return(Block block);

    /// <summary>Tells the connection at or soon after this time of <see cref="Now"/> that it has come.</summary>
    protected internal abstract void Schedule(Connection connection, long due);

    /// <summary>Tells it no more; it may have asked for nothing.</summary>
    protected internal abstract void Unschedule(Connection connection);

    /// <summary>Whether its thread may wait for a disk: nobody else's connections are on it.</summary>
    internal virtual bool MayBlock => false;

    /// <summary>The work from outside that this owner was chosen for is over; on the owner.</summary>
    protected internal virtual void Release()
    {
    }

    /// <summary>
    /// On a blocking engine: stays in the system call until the operation that was just begun has an
    /// outcome, or the owner has other work. Elsewhere it does nothing, and the handler suspends.
    /// </summary>
    internal virtual void Await(IOwned owned)
    {
    }

    /// <summary>One posted callback. Two delegate types of the same shape post here; neither is wrapped.</summary>
    protected readonly struct Work
    {
        private readonly Delegate _callback;
        private readonly object? _state;

        /// <summary>What the callback is given; for an await it is what goes on.</summary>
        internal object? State => _state;

        internal Work(Delegate callback, object? state)
        {
            _callback = callback;
            _state = state;
        }

        /// <summary>Runs it.</summary>
        public void Run()
        {
            if (_callback is Action<object?> action)
            {
                action(_state);
            }
            else
            {
                ((SendOrPostCallback)_callback)(_state);
            }
        }

        /// <summary>Runs it, so that neither what it throws nor an AsyncLocal that it sets reaches what runs next on
        /// this thread. What it throws is its poster's bug, and must not end the loop of the others.</summary>
        internal void RunGuarded()
        {
            ExecutionContext? clean = ExecutionContext.Capture();
            try
            {
                Run();
            }
            catch (Exception exception)
            {
                // The same end as an exception that nobody catches on any other thread, but with this stack unwound.
                ThreadPool.UnsafeQueueUserWorkItem(
                    static error => System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw((Exception)error!),
                    exception);
            }

            if (clean is not null)
            {
                ExecutionContext.Restore(clean);
            }
        }
    }
}
