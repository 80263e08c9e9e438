using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>
/// The system's network through .NET's own async sockets. A connection has no loop: its owner is a
/// <see cref="SerialOwner"/> on the thread pool.
/// </summary>
internal sealed class RuntimeNetwork : Network
{
    private readonly Lock _lock = new();
    private readonly NetworkOptions _options;
    private readonly HashSet<Listener> _listeners = [];         // Guarded by _lock.
    private readonly HashSet<IOwned> _clients = [];         // Guarded by _lock: those that no listener holds.
    private bool _isDisposed;                                   // Guarded by _lock.

    public RuntimeNetwork(string name, NetworkOptions options)
    {
        Name = name;
        _options = options;
    }

    public override string Name { get; }

    public override ValueTask<Listener> ListenAsync(
        Endpoint endpoint, ConnectionHandler handler, ListenOptions? options = null) =>
        new(ListenHereAsync(endpoint, handler, options ?? ListenOptions.Default));

    public override ValueTask<Listener> ListenAsync(
        Endpoint endpoint, DatagramHandler handler, ListenOptions? options = null) =>
        new(ListenHereAsync(endpoint, handler, options ?? ListenOptions.Default));

    public override ValueTask<DatagramSocket> BindAsync(Endpoint endpoint, ListenOptions? options = null) =>
        ComeHomeAsync(() => BindHereAsync(endpoint, options ?? ListenOptions.Default));

    public override ValueTask<Connection> ConnectAsync(
        Endpoint endpoint, ConnectOptions? options = null, CancellationToken cancellationToken = default) =>
        ComeHomeAsync(() => ConnectHereAsync(endpoint, options ?? ConnectOptions.Default, cancellationToken));

    public override ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken = default) =>
        NameLookup.ResolveAsync(host, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        Listener[] listeners;
        IOwned[] clients;
        lock (_lock)
        {
            _isDisposed = true;
            listeners = [.. _listeners];
            clients = [.. _clients];
        }

        foreach (IOwned client in clients)
        {
            client.Abort();
        }

        foreach (Listener listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A listener has stopped.</summary>
    public void Forget(Listener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
        }
    }

    /// <summary>The transport of a client's connection or socket has closed.</summary>
    public void Left(IOwned client)
    {
        lock (_lock)
        {
            _clients.Remove(client);
        }
    }

    public void Report(in NetworkEvent report)
    {
        if (_options.Observe is { } observe)
        {
            Observing.Tell(observe, report);
        }
        else if (report.Kind == NetworkEventKind.HandlerFailed)
        {
            System.Diagnostics.Trace.TraceWarning(report.Message);
        }
    }

    protected override bool IsHere => Owner.Current is SerialOwner here && here.Network == this;

    protected override Owner ChooseOwner() => new SerialOwner(this);

    private Task<Connection> ConnectHereAsync(
        Endpoint endpoint, ConnectOptions options, CancellationToken cancellationToken)
    {
        var owner = (SerialOwner)Owner.Current!;
        return Connector.ConnectAsync(
            this,
            endpoint,
            options,
            (address, token) => AttemptAsync(owner, endpoint, address, options, token),
            cancellationToken);
    }

    private async Task<Connection> AttemptAsync(
        SerialOwner owner, Endpoint endpoint, IPAddress? ip, ConnectOptions options, CancellationToken token)
    {
        ThrowIfDisposed();
        EndPoint address = RuntimeSockets.AddressOf(endpoint, ip, NetworkOperation.Connect);
        Socket socket = RuntimeSockets.ForConnect(endpoint, address.AddressFamily, options.Socket, options.From);
        try
        {
            await socket.ConnectAsync(address, token);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            token.ThrowIfCancellationRequested();
            throw RuntimeSockets.Failed(NetworkOperation.Connect, endpoint, exception.SocketErrorCode);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new RuntimeConnection(owner, socket, address, host: 0, listener: null, options.Limits);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _clients.Add(connection);
                return connection;
            }
        }

        connection.Abort();
        throw new ObjectDisposedException(Name);
    }

    private async Task<Listener> ListenHereAsync(Endpoint endpoint, ConnectionHandler handler, ListenOptions options)
    {
        Addresses.RequireStream(endpoint, NetworkOperation.Listen);
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfDisposed();
        bool isUnix = Addresses.IsUnix(endpoint);
        IPAddress? found = isUnix || endpoint.Address is not null || endpoint.Host.Length == 0
            ? null
            : await NameLookup.ToBindAsync(endpoint.Host).ConfigureAwait(false);
        EndPoint address = RuntimeSockets.AddressOf(endpoint, found, NetworkOperation.Listen);
        if (isUnix)
        {
            RuntimeSockets.RemoveIfDead(endpoint);
        }

        Socket socket = RuntimeSockets.Listen(endpoint, address, options.Socket);
        Endpoint bound = isUnix ? endpoint : endpoint.WithPort(((IPEndPoint)socket.LocalEndPoint!).Port);
        var listener = new RuntimeListener(this, bound, socket, options, handler);
        bool isAdded = TryAdd(listener);
        listener.Start();
        return isAdded ? listener : await ThrowDisposedAsync(listener).ConfigureAwait(false);
    }

    private async Task<DatagramSocket> BindHereAsync(Endpoint endpoint, ListenOptions options)
    {
        var owner = (SerialOwner)Owner.Current!;
        (Socket socket, Endpoint local) = await BindAsync(endpoint, options, NetworkOperation.Bind);
        var made = new RuntimeDatagramSocket(owner, socket, local, options.DatagramBytesMax, listener: null);
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _clients.Add(made);
                return made;
            }
        }

        await made.DisposeAsync();
        throw new ObjectDisposedException(Name);
    }

    private async Task<Listener> ListenHereAsync(Endpoint endpoint, DatagramHandler handler, ListenOptions options)
    {
        ArgumentNullException.ThrowIfNull(handler);
        (Socket socket, Endpoint local) =
            await BindAsync(endpoint, options, NetworkOperation.Listen).ConfigureAwait(false);
        var listener = new RuntimeDatagramListener(this, local, options);
        bool isAdded = TryAdd(listener);
        var owner = new SerialOwner(this);
        var made = new RuntimeDatagramSocket(owner, socket, local, options.DatagramBytesMax, listener);
        listener.Count(made);
        owner.Post(_ => _ = listener.Serve(made, handler), null);
        return isAdded ? listener : await ThrowDisposedAsync(listener).ConfigureAwait(false);
    }

    /// <summary>False when the network was disposed meanwhile, which has not seen this listener.</summary>
    private bool TryAdd(Listener listener)
    {
        lock (_lock)
        {
            return !_isDisposed && _listeners.Add(listener);
        }
    }

    private async Task<Listener> ThrowDisposedAsync(Listener listener)
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(Name);
    }

    private async Task<(Socket Socket, Endpoint Local)> BindAsync(
        Endpoint endpoint, ListenOptions options, NetworkOperation operation)
    {
        Addresses.RequireDatagram(endpoint, operation);
        ThrowIfDisposed();
        IPAddress? found = Addresses.IsUnix(endpoint) || endpoint.Address is not null || endpoint.Host.Length == 0
            ? null
            : await NameLookup.ToBindAsync(endpoint.Host).ConfigureAwait(false);
        Socket socket = RuntimeSockets.BindDatagram(endpoint, found, options.Socket, operation);
        Endpoint local = endpoint.Host.Length == 0 && !Addresses.IsUnix(endpoint)
            ? endpoint.WithPort(((IPEndPoint)socket.LocalEndPoint!).Port)
            : RuntimeSockets.ToEndpoint(socket.LocalEndPoint, EndpointScheme.Udp, EndpointScheme.UnixDatagram);
        return (socket, local);
    }

    private void ThrowIfDisposed()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        }
    }
}
