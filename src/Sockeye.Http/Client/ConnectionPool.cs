namespace Sockeye.Http.Client;

/// <summary>
/// The connections of a fetcher, by route. A connection belongs to an owner and its exchanges run there; the pool
/// itself may be used from any thread, and prefers connections of the owner that asks.
/// </summary>
internal sealed class ConnectionPool(Network network, HttpFetcherOptions options) : IDisposable
{
    private const double SweepMillisecondsMin = 10;
    private const double SweepMillisecondsMax = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Route, Origin> _origins = [];       // Guarded by _lock.
    private readonly HashSet<PooledConnection> _all = [];           // Guarded by _lock.
    private ITimer? _sweep;                                         // Guarded by _lock; set while one is idle.
    private bool _isDisposed;                                       // Guarded by _lock.

    /// <summary>Connections that there are now, idle ones included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _all.Count;
            }
        }
    }

    /// <summary>Connections that are idle now.</summary>
    public int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _origins.Values.Sum(origin => origin.Idle.Count);
            }
        }
    }

    /// <summary>Takes an idle connection, or null: the permission to open one, which is given back with
    /// <see cref="Release"/>. Waits while there are too many.</summary>
    /// <param name="route">The route.</param>
    /// <param name="freshOnly">The request failed on a connection that had been idle: opens one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<PooledConnection?> RentAsync(Route route, bool freshOnly, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        PooledConnection? outdated = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(HttpFetcher));
            Origin origin = OriginOfLocked(route);
            if (TakeIdleLocked(origin) is { } idle)
            {
                if (!freshOnly)
                {
                    return new ValueTask<PooledConnection?>(idle);
                }

                outdated = idle; // Its place is what the new one takes.
                _all.Remove(idle);
                origin.Open--;
            }

            if (origin.Open < options.ConnectionsPerOriginMax)
            {
                origin.Open++;
                _ = outdated?.Connection.DisposeAsync().AsTask();
                return default;
            }

            if (origin.Waiting.Count >= options.QueuedPerOriginMax)
            {
                throw new FetchException(FetchPhase.Queue, HttpRequestError.Unknown,
                    $"Too many requests wait for a connection: QueuedPerOriginMax ({options.QueuedPerOriginMax}).");
            }

            waiter = new Waiter();
            origin.Waiting.AddLast(waiter);
        }

        return new ValueTask<PooledConnection?>(WaitAsync(route, waiter, cancellationToken));
    }

    /// <summary>One was opened with the permission.</summary>
    public void Add(PooledConnection connection)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _all.Add(connection);
                return;
            }
        }

        connection.Connection.Abort();
        throw new ObjectDisposedException(nameof(HttpFetcher));
    }

    /// <summary>An exchange is over and the connection reusable; on its owner.</summary>
    public void Return(PooledConnection connection)
    {
        connection.Word = connection.Http.WatchIdle();
        Put(connection);
        _ = ListenAsync(connection);
    }

    /// <summary>A connection is closed, or about to be.</summary>
    public void Forget(PooledConnection connection)
    {
        lock (_lock)
        {
            if (!_all.Remove(connection))
            {
                return;
            }
        }

        Release(connection.Route);
    }

    /// <summary>Gives back the permission to open a connection.</summary>
    public void Release(Route route)
    {
        lock (_lock)
        {
            if (!_origins.TryGetValue(route, out Origin? origin))
            {
                return; // Disposed meanwhile.
            }

            if (origin.Waiting.First is { } first)
            {
                origin.Waiting.RemoveFirst();
                first.Value.SetResult(null);
            }
            else if (--origin.Open == 0)
            {
                _origins.Remove(route);
            }
        }
    }

    /// <summary>Closes what is idle, resets what is in use, and gives nothing any more.</summary>
    public void Dispose()
    {
        PooledConnection[] idle;
        PooledConnection[] used;
        Waiter[] waiting;
        lock (_lock)
        {
            _isDisposed = true;
            idle = [.. _origins.Values.SelectMany(origin => origin.Idle)];
            used = [.. _all.Except(idle)];
            waiting = [.. _origins.Values.SelectMany(origin => origin.Waiting)];
            _all.Clear();
            _origins.Clear();
            _sweep?.Dispose();
            _sweep = null;
        }

        Array.ForEach(waiting, waiter => waiter.TrySetException(new ObjectDisposedException(nameof(HttpFetcher))));
        Array.ForEach(idle, connection => _ = connection.Connection.DisposeAsync().AsTask());
        Array.ForEach(used, connection => connection.Connection.Abort());
    }

    /// <summary>Gives a reusable connection to who waits for one, or keeps it.</summary>
    private void Put(PooledConnection connection)
    {
        PooledConnection? close = connection;
        lock (_lock)
        {
            if (!_all.Contains(connection))
            {
                return;
            }

            Origin origin = _origins[connection.Route];
            if (connection.Word.IsCompleted)
            {
                // It ended meanwhile, and who listens found it in use.
            }
            else if (origin.Waiting.First is { } first)
            {
                origin.Waiting.RemoveFirst();
                first.Value.SetResult(connection);
                return;
            }
            else
            {
                connection.IdleSince = network.Time.GetTimestamp();
                origin.Idle.Add(connection);
                StartSweepLocked();
                close = OneTooManyLocked();
            }
        }

        if (close is not null)
        {
            Close(close);
        }
    }

    private async Task ListenAsync(PooledConnection connection)
    {
        Task word = connection.Word;
        await word.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool wasIdle;
        lock (_lock)
        {
            wasIdle = _origins.TryGetValue(connection.Route, out Origin? origin) && connection.Word == word
                && origin.Idle.Remove(connection);
        }

        if (wasIdle)
        {
            Close(connection);
        }
    }

    private void Close(PooledConnection connection)
    {
        _ = connection.Connection.DisposeAsync().AsTask();
        Forget(connection);
    }

    private async Task<PooledConnection?> WaitAsync(Route route, Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Task.WaitAsync(options.QueueTimeout, network.Time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            bool wasWaiting;
            lock (_lock)
            {
                wasWaiting = _origins.TryGetValue(route, out Origin? origin) && origin.Waiting.Remove(waiter);
            }

            if (!wasWaiting && waiter.Task.IsCompletedSuccessfully)
            {
                GiveBack(route, waiter.Task.Result);
            }

            throw exception is TimeoutException
                ? FetchException.Timeout(FetchPhase.Queue, "Waiting for a connection", options.QueueTimeout)
                : exception;
        }
    }

    private void GiveBack(Route route, PooledConnection? given)
    {
        if (given is null)
        {
            Release(route);
        }
        else
        {
            Put(given);
        }
    }

    private Origin OriginOfLocked(Route route)
    {
        if (!_origins.TryGetValue(route, out Origin? origin))
        {
            _origins.Add(route, origin = new Origin());
        }

        return origin;
    }

    /// <summary>The one used last of the owner that asks, or of any: the others grow old and are closed.</summary>
    private static PooledConnection? TakeIdleLocked(Origin origin)
    {
        List<PooledConnection> idle = origin.Idle;
        if (idle.Count == 0)
        {
            return null;
        }

        int index = idle.FindLastIndex(one => one.Connection.Owner.IsCurrent);
        index = index < 0 ? idle.Count - 1 : index;
        PooledConnection taken = idle[index];
        idle.RemoveAt(index);
        return taken;
    }

    /// <summary>The idle connection that was used longest ago, if there are more than may be.</summary>
    private PooledConnection? OneTooManyLocked()
    {
        if (_all.Count <= options.IdleConnectionsMax
            || _origins.Values.Sum(origin => origin.Idle.Count) <= options.IdleConnectionsMax)
        {
            return null;
        }

        PooledConnection oldest = _origins.Values.SelectMany(origin => origin.Idle).MinBy(one => one.IdleSince)!;
        _origins[oldest.Route].Idle.Remove(oldest);
        return oldest;
    }

    private void StartSweepLocked()
    {
        if (_sweep is null)
        {
            // Often enough for what servers ask for, and for a short time of our own.
            double ours = options.IdleTimeout == Timeout.InfiniteTimeSpan
                ? SweepMillisecondsMax
                : options.IdleTimeout.TotalMilliseconds / 4;
            TimeSpan period = TimeSpan.FromMilliseconds(Math.Clamp(ours, SweepMillisecondsMin, SweepMillisecondsMax));
            _sweep = network.Time.CreateTimer(static pool => ((ConnectionPool)pool!).Sweep(), this, period, period);
        }
    }

    private void Sweep()
    {
        List<PooledConnection> old = [];
        lock (_lock)
        {
            bool isOneLeft = false;
            foreach (Origin origin in _origins.Values)
            {
                old.AddRange(origin.Idle.Where(IsOld));
                origin.Idle.RemoveAll(IsOld);
                isOneLeft |= origin.Idle.Count > 0;
            }

            if (!isOneLeft)
            {
                _sweep?.Dispose();
                _sweep = null;
            }
        }

        old.ForEach(Close);

        bool IsOld(PooledConnection one) => one.IdleTimeout != Timeout.InfiniteTimeSpan
            && network.Time.GetElapsedTime(one.IdleSince) >= one.IdleTimeout;
    }

    /// <summary>The connections of one route. Guarded by the pool's lock.</summary>
    private sealed class Origin
    {
        /// <summary>Connections, and permissions to open one.</summary>
        public int Open { get; set; }

        public List<PooledConnection> Idle { get; } = [];

        public LinkedList<Waiter> Waiting { get; } = [];
    }

    private sealed class Waiter()
        : TaskCompletionSource<PooledConnection?>(TaskCreationOptions.RunContinuationsAsynchronously);
}
