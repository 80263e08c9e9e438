using System.Net;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Engines;

/// <summary>The kernel's network on loops. What differs between loops that serve many connections and threads that
/// serve one is where a connection is placed.</summary>
internal abstract partial class LoopNetwork : Network
{
    private readonly Lock _lock = new();
    private readonly List<LoopListener> _listeners = [];    // Guarded by _lock.
    private readonly Watchdog? _watchdog;

    protected LoopNetwork(string name, NetworkOptions options, bool watch)
    {
        Name = name;
        Options = options;
        if (watch && options.LoopHeldAfter != Timeout.InfiniteTimeSpan)
        {
            _watchdog = new Watchdog(options.LoopHeldAfter, (in NetworkEvent report) => Report(report));
        }
    }

    public sealed override string Name { get; }

    public NetworkOptions Options { get; }

    /// <summary>Whether somebody notices when a loop is held.</summary>
    public bool IsWatched => _watchdog is not null;

    /// <summary>The loops that accept, each with a listening socket of its own where the transport can share.</summary>
    protected abstract IReadOnlyList<Loop> Acceptors { get; }

    /// <summary>Gives an accepted connection the loop where it stays; on the loop that accepted it.</summary>
    public abstract void Place(Loop acceptor, int descriptor, in SocketAddress peer, LoopListener listener);

    public sealed override ValueTask<Listener> ListenAsync(
        Endpoint endpoint, ConnectionHandler handler, ListenOptions? options = null) =>
        new(ListenHereAsync(endpoint, handler, options ?? ListenOptions.Default));

    public sealed override ValueTask<Connection> ConnectAsync(
        Endpoint endpoint, ConnectOptions? options = null, CancellationToken cancellationToken = default) =>
        ComeHomeAsync(() => ConnectHereAsync(endpoint, options ?? ConnectOptions.Default, cancellationToken));

    public sealed override ValueTask<IPAddress[]> ResolveAsync(
        string host, CancellationToken cancellationToken = default) => NameLookup.ResolveAsync(host, cancellationToken);

    public sealed override async ValueTask DisposeAsync()
    {
        LoopListener[] listeners;
        lock (_lock)
        {
            listeners = [.. _listeners];
        }

        foreach (LoopListener listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        await StopLoopsAsync().ConfigureAwait(false);
        _watchdog?.Dispose(); // Not before: a loop whose thread is lent may need another to end.
    }

    /// <summary>A listener has stopped.</summary>
    public void Forget(LoopListener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
        }
    }

    public void Report(in NetworkEvent report)
    {
        if (Options.Observe is { } observe)
        {
            Observing.Tell(observe, report);
        }
        else if (report.Kind is NetworkEventKind.LoopHeld or NetworkEventKind.LoopFailed
            or NetworkEventKind.HandlerFailed)
        {
            System.Diagnostics.Trace.TraceWarning(report.Message);
        }
    }

    /// <summary>A loop ends because the kernel refuses to wait for it.</summary>
    public void ReportFailed(Loop loop, Errno reason) => Report(new NetworkEvent
    {
        Kind = NetworkEventKind.LoopFailed,
        Message = $"The loop '{loop.Name}' cannot wait any more and ends, and with it its connections: "
            + reason.Explain(),
    });

    /// <summary>A loop's thread is lent and does not come back, and there is no other to go on with the loop.</summary>
    public void ReportNoThread(Loop loop) => Report(new NetworkEvent
    {
        Kind = NetworkEventKind.LoopHeld,
        Message = $"Work that blocks has the thread of the loop '{loop.Name}', whose connections wait, and no other "
            + "thread can be started: raise the limit of processes (ulimit -u, pids.max) or of memory.",
    });

    protected sealed override bool IsHere => Owner.Current is Loop here && here.Network == this;

    protected sealed override Owner ChooseOwner() => ClientLoop();

    private protected sealed override Alarm CreateAlarmHere(Action ring) =>
        LoopAlarm.TryCreate(Here(), ring) ?? base.CreateAlarmHere(ring);

    /// <summary>A loop for a connection or a socket that is made from outside.</summary>
    protected abstract Loop ClientLoop();

    /// <summary>The network could not be opened after all.</summary>
    protected void StopWatchdog() => _watchdog?.Dispose();

    /// <summary>Ends every loop, and with them what is open.</summary>
    protected abstract Task StopLoopsAsync();

    /// <summary>Starts a loop that many connections share, and has the watchdog look at it.</summary>
    protected void Start(Loop loop)
    {
        loop.Start();
        Result opened = loop.Opened.GetAwaiter().GetResult();
        if (!opened.Ok)
        {
            throw Failures.Of(NetworkOperation.Open, null, opened.Error);
        }

        _watchdog?.Watch(loop);
    }

    /// <summary>The loop whose work this thread does. Once the network is disposed, or the loop has failed, what was
    /// posted to it runs elsewhere.</summary>
    private Loop Here() => Owner.Current as Loop ?? throw new ObjectDisposedException(Name);

    private Task<Connection> ConnectHereAsync(
        Endpoint endpoint, ConnectOptions options, CancellationToken cancellationToken)
    {
        Loop loop = Here();
        return Connector.ConnectAsync(
            this,
            endpoint,
            options,
            (address, token) => AttemptAsync(loop, endpoint, address, options, token),
            cancellationToken);
    }

    private static async Task<Connection> AttemptAsync(
        Loop loop, Endpoint endpoint, IPAddress? ip, ConnectOptions options, CancellationToken cancellationToken)
    {
        SocketAddress address = ip is null
            ? Addresses.Of(endpoint, NetworkOperation.Connect)
            : SocketAddress.From(ip, endpoint.Port);
        // Once the network is disposed, what awaits on its loop goes on elsewhere.
        ObjectDisposedException.ThrowIf(!loop.IsCurrent, loop.Network);
        int descriptor = Sockets.ForConnect(endpoint, address.Family, options.Socket, options.From);
        Result outcome = await loop.ConnectAsync(descriptor, address, cancellationToken);
        SocketConnection connection = null!;
        if (outcome.Ok)
        {
            outcome = loop.IsCurrent
                ? loop.Adopt(descriptor, address, null, options.Limits, out connection)
                : Result.Failure(Errno.ECANCELED);
        }

        if (!outcome.Ok)
        {
            Interop.Close(descriptor);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failures.Of(NetworkOperation.Connect, endpoint, outcome.Error);
        }

        return connection;
    }

    private async Task<Listener> ListenHereAsync(Endpoint endpoint, ConnectionHandler handler, ListenOptions options)
    {
        Addresses.RequireStream(endpoint, NetworkOperation.Listen);
        ArgumentNullException.ThrowIfNull(handler);
        (SocketAddress address, List<int> sockets) = await BindAllAsync(endpoint, options).ConfigureAwait(false);
        Endpoint local = Addresses.IsUnix(endpoint) ? endpoint : endpoint.WithPort(address.Port);
        var listener = new LoopListener(this, local, options, handler, BoundPath.Of(local));
        lock (_lock)
        {
            _listeners.Add(listener);
        }

        for (int i = 0; i < sockets.Count; i++)
        {
            int descriptor = sockets[i];
            Loop loop = Acceptors[i];
            try
            {
                listener.Add(loop, await loop.InvokeAsync(() => StartAccepting(loop, descriptor, listener))
                    .ConfigureAwait(false));
            }
            catch
            {
                sockets[i..].ForEach(left => Interop.Close(left));
                await listener.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        return listener;
    }

    private static IAcceptor StartAccepting(Loop loop, int descriptor, LoopListener listener)
    {
        if (!loop.IsCurrent)
        {
            // The network was disposed, and what is posted to its loops runs elsewhere.
            throw new ObjectDisposedException(nameof(Network));
        }

        return loop.StartAccepting(descriptor, listener);
    }

    private async Task<(SocketAddress Address, List<int> Sockets)> BindAllAsync(
        Endpoint endpoint, ListenOptions options)
    {
        SocketAddress address = await NameLookup.BindAddressAsync(endpoint, NetworkOperation.Listen)
            .ConfigureAwait(false);
        List<int> sockets = [];
        if (Addresses.IsUnix(endpoint))
        {
            UnixPaths.RemoveIfDead(endpoint, address, SocketKind.Stream);
            sockets.Add(Sockets.Listen(endpoint, ref address, options.Socket, sharePort: false));
            return (address, sockets);
        }

        bool share = Acceptors.Count > 1;
        if (share && !options.Socket.SharePort)
        {
            // With SO_REUSEPORT another process of the same user could already have the port, and would silently
            // take a part of our connections: a bind without it finds out.
            SocketAddress probe = address;
            Interop.Close(Sockets.Listen(endpoint, ref probe, options.Socket, sharePort: false));
        }

        try
        {
            for (int i = 0; i < Acceptors.Count; i++)
            {
                sockets.Add(Sockets.Listen(endpoint, ref address, options.Socket, share));
            }
        }
        catch
        {
            sockets.ForEach(socket => Interop.Close(socket));
            throw;
        }

        return (address, sockets);
    }
}
