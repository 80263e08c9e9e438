using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>
/// The kernel's network on threads that block: one for each connection, or a fixed number of them with a bounded
/// queue. One more thread accepts.
/// </summary>
internal sealed class BlockingNetwork : LoopNetwork
{
    private readonly Lock _lock = new();
    private readonly Loop _acceptor;
    private readonly int _threadsMax;
    private readonly int _queueMax;
    private readonly HashSet<Loop> _threads = [];       // Guarded by _lock.
    private readonly HashSet<Loop> _clients = [];       // Guarded by _lock: threads of clients and datagram sockets.
    private readonly Stack<Loop> _free = [];            // Guarded by _lock: threads of the pool that wait for work.
    private readonly Queue<(int, SocketAddress, LoopListener)> _waiting = [];  // Guarded by _lock.
    private bool _stopping;                             // Guarded by _lock.
    private int _lastNumber;

    /// <param name="name">The model's name.</param>
    /// <param name="options">The options.</param>
    /// <param name="isPool">A fixed number of threads instead of one for each connection.</param>
    public BlockingNetwork(string name, NetworkOptions options, bool isPool)
        : base(name, options, watch: false)
    {
        IsPool = isPool;
        _threadsMax = isPool ? options.PoolThreads : int.MaxValue;
        _queueMax = isPool ? options.PoolQueueMax : 0;
        _acceptor = new ReadinessLoop<PollPoller>(this, $"{name} accept", default);
        Start(_acceptor);
    }

    private bool IsPool { get; }

    protected override IReadOnlyList<Loop> Acceptors => [_acceptor];

    public override void Place(Loop acceptor, int descriptor, in SocketAddress peer, LoopListener listener)
    {
        Loop? thread;
        lock (_lock)
        {
            if (_stopping)
            {
                thread = null;
            }
            else if (!_free.TryPop(out thread) && _threads.Count < _threadsMax)
            {
                thread = TryNewThreadLocked(_threads, OnNothingToDo);
            }

            if (thread is null && !_stopping && _threads.Count > 0 && _waiting.Count < _queueMax)
            {
                _waiting.Enqueue((descriptor, peer, listener));
                return;
            }
        }

        if (thread is null)
        {
            listener.Refuse(descriptor, peer, IsPool
                ? $"NetworkOptions.PoolQueueMax ({_queueMax}) is reached"
                : "no thread could be started for it; the process is out of threads, memory or descriptors");
        }
        else
        {
            Serve(thread, descriptor, peer, listener);
        }
    }

    protected override Loop ClientLoop()
    {
        // A client's thread is its own, also when the pool is full: the pool is for those who come in.
        Loop? thread;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            thread = TryNewThreadLocked(_clients, OnClientDone);
        }

        if (thread is null)
        {
            throw new NetworkException(NetworkOperation.Open, null, NetworkError.LimitReached,
                "No thread could be started; the process is out of threads, memory or descriptors.");
        }

        Result opened = thread.Opened.GetAwaiter().GetResult();
        if (!opened.Ok)
        {
            OnClientDone(thread);
            throw Failures.Of(NetworkOperation.Open, null, opened.Error);
        }

        return thread;
    }

    // A socket of datagrams has a thread of its own, as a client has.
    protected override Loop DatagramLoop(int index) => ClientLoop();

    protected override async Task StopLoopsAsync()
    {
        Loop[] threads;
        (int Descriptor, SocketAddress Peer, LoopListener Listener)[] waiting;
        lock (_lock)
        {
            _stopping = true;
            threads = [.. _threads, .. _clients, _acceptor];
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        Array.ForEach(waiting, one => one.Listener.Refuse(one.Descriptor, one.Peer, "the network has been disposed"));

        Array.ForEach(threads, thread => thread.Stop());
        await Task.WhenAll(threads.Select(thread => thread.Ended)).ConfigureAwait(false);
    }

    private Loop? TryNewThreadLocked(HashSet<Loop> kind, Func<Loop, bool> isDone)
    {
        var thread = new ReadinessLoop<PollPoller>(
            this, $"{Name} {++_lastNumber}", default, blocking: true, isDone);
        thread.Load++; // For the handler or the client's work that it is made for.
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException)
        {
            return null; // What the runtime says when the system gives it no thread. A server goes on.
        }

        kind.Add(thread);
        return thread;
    }

    private void Serve(Loop thread, int descriptor, SocketAddress peer, LoopListener listener) =>
        thread.Post(_ => Run(thread, descriptor, peer, listener), null);

    private async void Run(Loop thread, int descriptor, SocketAddress peer, LoopListener listener)
    {
        if (!thread.IsCurrent)
        {
            // It could not open its own descriptor, or the network has stopped meanwhile. It is none of the pool's.
            lock (_lock)
            {
                _threads.Remove(thread);
            }

            listener.Refuse(descriptor, peer, "no thread could be had for it");
            return;
        }

        // Counted as load while the handler runs, so that the thread stays although nothing is watched.
        await listener.Start(thread, descriptor, peer);
        thread.Load--;
    }

    /// <summary>A thread has no connection and no handler: takes the next connection, waits for one, or ends.</summary>
    private bool OnNothingToDo(Loop thread)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out (int Descriptor, SocketAddress Peer, LoopListener Listener) next))
            {
                thread.Load++;
                Serve(thread, next.Descriptor, next.Peer, next.Listener);
                return false;
            }

            if (IsPool && !_stopping && _threads.Count <= _threadsMax)
            {
                thread.Load++;
                _free.Push(thread);
                return false;
            }

            _threads.Remove(thread);
            return true;
        }
    }

    private bool OnClientDone(Loop thread)
    {
        lock (_lock)
        {
            _clients.Remove(thread);
            return true;
        }
    }
}
