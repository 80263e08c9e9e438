using System.Diagnostics;
using Sockeye.Engines;
using Sockeye.Linux;

namespace Sockeye;

/// <summary>A bound endpoint whose connections, or datagram sockets, a handler serves. Its members may be used from
/// any thread.</summary>
public abstract class Listener : IAsyncDisposable
{
    private enum Stop : byte
    {
        None,

        /// <summary>Nobody comes in; handlers may finish.</summary>
        Draining,

        /// <summary>Nobody comes in; what is open is reset.</summary>
        Resetting,
    }

    private readonly Lock _lock = new();
    private readonly ConnectionHandler? _handler;
    private readonly Dictionary<UInt128, int> _perAddress = [];     // Guarded by _lock.
    private readonly HashSet<IOwned> _served = [];                  // Guarded by _lock.
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;       // Guarded by _lock: handlers that have not been reported as done.
    private int _admitted;      // Guarded by _lock: let in, and on their way to the loop or thread that serves them.
    private Stop _stop;         // Guarded by _lock; only ever goes up.

    /// <summary>Makes a listener; a null handler is for one that serves datagrams.</summary>
    protected Listener(Network network, ListenOptions options, ConnectionHandler? handler)
    {
        Network = network;
        Options = options;
        _handler = handler;
    }

    /// <summary>The network it listens on.</summary>
    public Network Network { get; }

    /// <summary>Where it listens; with the port that the kernel chose when 0 was asked for.</summary>
    public abstract Endpoint Endpoint { get; }

    /// <summary>The options it was made with.</summary>
    public ListenOptions Options { get; }

    /// <summary>Connections that it holds now, also those that are closing; datagram sockets do not count.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_lock)
            {
                return _handler is null ? 0 : _served.Count;
            }
        }
    }

    /// <summary>
    /// Stops gracefully: accepts no more, tells each handler once (<see cref="End.Shutdown"/>), and waits. At the
    /// deadline it resets what is still open. True when all had ended by then. Zero resets at once;
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits for as long as they take.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative and not infinite.</exception>
    public async ValueTask<bool> StopAsync(TimeSpan deadline)
    {
        if (deadline != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(deadline, TimeSpan.Zero);
        }

        await StopAcceptingAsync().ConfigureAwait(false);
        bool waits = deadline != TimeSpan.Zero;
        Task empty = AllLeft(waits ? Stop.Draining : Stop.Resetting);
        foreach (IOwned served in waits ? Snapshot() : [])
        {
            served.Owner.Post(static s => ((IOwned)s!).NoticeStop(), served);
        }

        bool inTime = await Within(empty, deadline).ConfigureAwait(false);
        if (!inTime)
        {
            _ = AllLeft(Stop.Resetting);
            foreach (IOwned served in Snapshot())
            {
                served.Abort();
            }

            await Within(empty, Options.Limits.AbortTimeout).ConfigureAwait(false);
        }

        return inTime;
    }

    /// <summary>Stops without a deadline: what is open is reset.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    /// <summary>Closes the listening sockets. May be called twice.</summary>
    protected abstract ValueTask StopAcceptingAsync();

    /// <summary>Reports to <see cref="NetworkOptions.Observe"/>.</summary>
    protected internal abstract void Report(in NetworkEvent report);

    /// <summary>Whether a connection from this host may come in; when not, the limit that says no. One that may is
    /// counted from now on: <see cref="Serve(Connection)"/> or <see cref="Withdraw"/> follows. A zero host
    /// is one that has no address.</summary>
    protected internal bool Admit(UInt128 host, out string? limit)
    {
        lock (_lock)
        {
            limit = _stop != Stop.None ? "the server is stopping"
                : _served.Count + _admitted >= Options.Limits.ConnectionsMax
                    ? $"Limits.ConnectionsMax ({Options.Limits.ConnectionsMax}) is reached"
                : host != 0 && _perAddress.GetValueOrDefault(host) >= Options.Limits.ConnectionsPerAddressMax
                    ? $"Limits.ConnectionsPerAddressMax ({Options.Limits.ConnectionsPerAddressMax}) is reached"
                : null;
            if (limit is not null)
            {
                return false;
            }

            _admitted++;
            if (host != 0)
            {
                _perAddress[host] = _perAddress.GetValueOrDefault(host) + 1;
            }

            return true;
        }
    }

    /// <summary>A connection that was admitted does not come after all.</summary>
    protected internal void Withdraw(UInt128 host)
    {
        lock (_lock)
        {
            _admitted--;
            UncountLocked(host);
        }
    }

    /// <summary>Runs the handler of a connection that was admitted, until it is done; on the owner. The engine calls
    /// <see cref="Left(Connection, UInt128)"/> when its transport has closed.</summary>
    protected internal Task Serve(Connection connection)
    {
        Debug.Assert(connection.Owner.IsCurrent);
        Stop stop;
        lock (_lock)
        {
            _admitted--;
            _running++;
            _served.Add(connection);
            stop = _stop;
        }

        switch (stop)
        {
            case Stop.Draining:
                connection.NoticeStop(); // It was on its way when the others were told.
                break;
            case Stop.Resetting:
                connection.Abort();
                break;
        }

        return RunAsync(connection);
    }

    /// <summary>Counts a datagram socket in, so that a stop finds it. The engine calls
    /// <see cref="Left(DatagramSocket)"/> when its transport has closed.</summary>
    protected internal void Count(DatagramSocket socket)
    {
        lock (_lock)
        {
            _served.Add(socket);
            if (_stop == Stop.None)
            {
                return;
            }
        }

        ((IOwned)socket).Abort(); // The listener has stopped while it was being made.
    }

    /// <summary>Runs the handler of a datagram socket that was counted in, until it is done; on the owner.</summary>
    protected internal async Task Serve(DatagramSocket socket, DatagramHandler handler)
    {
        Debug.Assert(socket.Owner.IsCurrent);
        lock (_lock)
        {
            _running++;
        }

        try
        {
            try
            {
                await handler(socket);
            }
            catch (Exception exception)
            {
                // Of any kind: what one handler lacked, such as memory, must not stop the others.
                Report(new NetworkEvent
                {
                    Kind = NetworkEventKind.HandlerFailed,
                    Listener = this,
                    Exception = exception,
                    Message = $"The handler of {Endpoint} threw {exception.GetType().Name}: {exception.Message} "
                        + "Its socket was closed.",
                });
            }

            await socket.DisposeAsync();
        }
        finally
        {
            HasRun();
        }
    }

    /// <summary>A datagram socket's transport has closed.</summary>
    protected internal void Left(DatagramSocket socket)
    {
        lock (_lock)
        {
            if (_served.Remove(socket))
            {
                UncountLocked(default);
            }
        }
    }

    /// <summary>A connection's transport has closed.</summary>
    protected internal void Left(Connection connection, UInt128 host)
    {
        lock (_lock)
        {
            if (_served.Remove(connection))
            {
                UncountLocked(host);
            }
        }
    }

    internal void ReportFailed(Connection connection, Exception exception) => Report(new NetworkEvent
    {
        Kind = NetworkEventKind.HandlerFailed,
        Listener = this,
        Connection = connection,
        Exception = exception,
        Message = $"The handler threw {exception.GetType().Name}: {exception.Message} The connection was reset.",
    });

    internal void ReportRefused(Endpoint peer, string reason) => Report(new NetworkEvent
    {
        Kind = NetworkEventKind.Refused,
        Listener = this,
        Peer = peer,
        Message = $"Refused: {reason}.",
    });

    internal void ReportPaused(Errno reason) => Report(new NetworkEvent
    {
        Kind = NetworkEventKind.AcceptPaused,
        Listener = this,
        Message = $"Accepting pauses for {AcceptFailures.PauseMilliseconds} ms: {reason.Explain()}",
    });

    internal void ReportResumed() =>
        Report(new NetworkEvent { Kind = NetworkEventKind.AcceptResumed, Listener = this });

    private async Task RunAsync(Connection connection)
    {
        try
        {
            Report(new NetworkEvent { Kind = NetworkEventKind.Accepted, Listener = this, Connection = connection });
            try
            {
                await _handler!(connection);
            }
            catch (Exception exception) // As above.
            {
                ReportFailed(connection, exception);
                connection.Abort();
            }

            await connection.DisposeAsync();
            Report(new NetworkEvent
            {
                Kind = NetworkEventKind.Closed,
                Listener = this,
                Connection = connection,
                End = connection.Ended,
            });
        }
        finally
        {
            HasRun();
        }
    }

    /// <summary>A handler is done, and was reported as such.</summary>
    private void HasRun()
    {
        lock (_lock)
        {
            _running--;
            CompleteIfEmptyLocked();
        }
    }

    /// <summary>Nobody comes in any more; completes when the last one has left.</summary>
    private Task AllLeft(Stop stop)
    {
        lock (_lock)
        {
            _stop = stop > _stop ? stop : _stop;
            CompleteIfEmptyLocked();
            return _empty.Task;
        }
    }

    private void UncountLocked(UInt128 host)
    {
        if (host != 0)
        {
            if (_perAddress[host] == 1)
            {
                _perAddress.Remove(host);
            }
            else
            {
                _perAddress[host]--;
            }
        }

        CompleteIfEmptyLocked();
    }

    private void CompleteIfEmptyLocked()
    {
        if (_stop != Stop.None && _served.Count + _admitted + _running == 0)
        {
            _empty.TrySetResult();
        }
    }

    private IOwned[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _served];
        }
    }

    private static async Task<bool> Within(Task task, TimeSpan time)
    {
        if (!task.IsCompleted && time != TimeSpan.Zero)
        {
            await task.WaitAsync(time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return task.IsCompleted;
    }
}
