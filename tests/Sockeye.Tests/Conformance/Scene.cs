using System.Collections.Concurrent;
using System.Text;
using Sockeye.Tls;

namespace Sockeye.Tests.Conformance;

/// <summary>What a behaviour plays in: one network on the model, what it serves, its peers and its reports.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly ConcurrentQueue<NetworkEvent> _events = new();
    private readonly ConcurrentStack<IDisposable> _kept = new();
    private readonly CancellationTokenSource _end;
    private Network? _network;

    public Scene(Cell cell, TimeSpan time)
    {
        Model = cell.Model;
        Transport = cell.Transport;
        Loops = cell.Loops;
        _end = new CancellationTokenSource(time);
        _end.Token.Register(() => IsOver = true);
        Options = new NetworkOptions { Loops = Loops, Observe = _events.Enqueue };
    }

    public IoModel Model { get; }

    public Transports Transport { get; }

    public int Loops { get; }

    /// <summary>Many connections share a loop, rather than each having a thread.</summary>
    public bool IsEventDriven => Model.Family != "blocking";

    /// <summary>An owner is a thread; the runtime's own sockets come back on whichever is free.</summary>
    public bool HasThreadPerOwner => Model.Family != "runtime";

    /// <summary>An abort reaches the peer as a reset.</summary>
    public bool PeersSeeResets => (Transport & Transports.Unix) == 0;

    /// <summary>The kernel would refuse this process a port below 1024 (ip(7), ip_unprivileged_port_start).</summary>
    public bool MayNotBindPrivilegedPorts => !Environment.IsPrivilegedProcess
        && int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start")) > 80;

    /// <summary>The options of the network; to be changed before its first use.</summary>
    public NetworkOptions Options { get; set; }

    /// <summary>Fires when the time of the behaviour is over.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Its time is over.</summary>
    public bool IsOver { get; private set; }

    public Network Network => _network ??= Network.Open(Model, Options);

    /// <summary>What the network reported so far.</summary>
    public IReadOnlyCollection<NetworkEvent> Events => _events;

    /// <summary>A fresh endpoint of the transport.</summary>
    public Endpoint FreshEndpoint() => Endpoint.Parse(Transport switch
    {
        Transports.Tcp4 or Transports.Tls => "tcp://127.0.0.1:0",
        Transports.Tcp6 => "tcp://[::1]:0",
        Transports.UnixPath => $"unix:{Keep(new TemporaryDirectory()).Path}/s",
        Transports.UnixAbstract => $"unix:@sockeye-{Guid.NewGuid():N}",
        Transports.Udp4 => "udp://127.0.0.1:0",
        Transports.Udp6 => "udp://[::1]:0",
        Transports.UnixgramPath => $"unixgram:{Keep(new TemporaryDirectory()).Path}/s",
        Transports.UnixgramAbstract => $"unixgram:@sockeye-{Guid.NewGuid():N}",
        _ => throw new InvalidOperationException($"{Transport} is not one transport."),
    });

    /// <summary>Listens, and runs the handler for each connection; what a handler throws is found in the
    /// result.</summary>
    public async Task<Served> ServeAsync(
        ConnectionHandler handler, Limits? limits = null, SocketOptions? socket = null, Endpoint? endpoint = null)
    {
        var served = new Served(this);
        ConnectionHandler run = connection => served.RunAsync(connection, handler);
        if (Transport == Transports.Tls)
        {
            run = TlsLayer.Server(run, Secured.Server with { HandshakeFailed = (_, why) => served.Fail(why) });
        }

        served.Listener = await Network.ListenAsync(
            endpoint ?? FreshEndpoint(),
            run,
            new ListenOptions { Limits = limits ?? Limits.Default, Socket = socket ?? SocketOptions.Default })
            .ConfigureAwait(false);
        return served;
    }

    /// <summary>Connects as a client of the scene's transport.</summary>
    public ValueTask<Connection> ConnectAsync(Endpoint endpoint, ConnectOptions? options = null) =>
        Transport == Transports.Tls
            ? TlsLayer.ConnectAsync(Network, endpoint, Secured.Client, options)
            : Network.ConnectAsync(endpoint, options);

    /// <summary>A datagram socket on a fresh endpoint.</summary>
    public ValueTask<DatagramSocket> BindAsync(ListenOptions? options = null) =>
        Network.BindAsync(FreshEndpoint(), options);

    /// <summary>Has something disposed at the end.</summary>
    public T Keep<T>(T disposable)
        where T : IDisposable
    {
        _kept.Push(disposable);
        return disposable;
    }

    /// <summary>Waits until something is so; fails when the time of the behaviour is over.</summary>
    public async Task Until(Func<bool> condition, string what)
    {
        while (!condition())
        {
            if (_end.IsCancellationRequested)
            {
                throw new TimeoutException($"Never came true: {what}.");
            }

            await Task.Delay(2).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a report.</summary>
    public async Task<NetworkEvent> EventAsync(NetworkEventKind kind, int number = 1)
    {
        await Until(() => _events.Count(report => report.Kind == kind) >= number, $"report {number} of {kind}")
            .ConfigureAwait(false);
        return _events.Where(report => report.Kind == kind).ElementAt(number - 1);
    }

    /// <summary>What happened, for a failure's message.</summary>
    public string Report()
    {
        var text = new StringBuilder("reports:");
        foreach (NetworkEvent report in _events.Take(40))
        {
            text.Append($" {report.Kind}{(report.Message is { } message ? $" \"{message}\"" : "")}"
                + $"{(report.Kind == NetworkEventKind.Closed ? $" {report.End}" : "")};");
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_network is { } network)
        {
            await network.DisposeAsync().ConfigureAwait(false);
        }

        while (_kept.TryPop(out IDisposable? disposable))
        {
            disposable.Dispose();
        }

        _end.Dispose();
    }
}

/// <summary>A listener of a scene, and what became of its handlers.</summary>
internal sealed class Served(Scene scene)
{
    private readonly ConcurrentQueue<Connection> _connections = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _done;

    public Listener Listener { get; set; } = null!;

    public Endpoint Endpoint => Listener.Endpoint;

    /// <summary>The first handler that ended; it throws what that one threw.</summary>
    public Task First => _first.Task.WaitAsync(scene.End);

    /// <summary>Handlers that ended.</summary>
    public int Done => Volatile.Read(ref _done);

    public IReadOnlyCollection<Connection> Connections => _connections;

    /// <summary>A peer that is connected.</summary>
    public Peer Connect(int receiveBufferBytes = 0)
    {
        Peer peer = scene.Keep(Peer.To(Endpoint, receiveBufferBytes));
        return scene.Transport == Transports.Tls ? peer.SecuredAsClient() : peer;
    }

    /// <summary>A handshake failed; where the first handler is waited for, that is what it comes to.</summary>
    public void Fail(string why) => _first.TrySetException(new IOException(why));

    public async ValueTask RunAsync(Connection connection, ConnectionHandler handler)
    {
        _connections.Enqueue(connection);
        try
        {
            await handler(connection);
            _first.TrySetResult();
        }
        catch (Exception exception)
        {
            _first.TrySetException(exception);
            throw;
        }
        finally
        {
            Interlocked.Increment(ref _done);
        }
    }
}

/// <summary>A directory that is removed at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sockeye-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
