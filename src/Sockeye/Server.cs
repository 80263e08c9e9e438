using Sockeye.Tls;

namespace Sockeye;

/// <summary>What a server is besides its endpoints and its handler.</summary>
public sealed record ServerOptions
{
    /// <summary>The defaults.</summary>
    public static ServerOptions Default { get; } = new();

    /// <summary>Limits and socket options of every endpoint. The limits count for each endpoint by itself.</summary>
    public ListenOptions Listen { get; init; } = ListenOptions.Default;

    /// <summary>How TLS is spoken on <c>tls://</c>, <c>https://</c> and <c>wss://</c> endpoints; null (default) refuses
    /// them.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>Serves <c>udp://</c> and <c>unixgram:</c> endpoints; null (default) refuses them.</summary>
    public DatagramHandler? Datagrams { get; init; }

    /// <summary>How long handlers have to finish before they are reset when the server stops; as for
    /// <see cref="Listener.StopAsync"/>. Default 10 s.</summary>
    public TimeSpan StopDeadline { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// One handler on any number of endpoints, with or without TLS. It owns its listeners, not the network. Its members may
/// be used from any thread.
/// </summary>
/// <example><code>
/// await using var network = Network.Open();
/// await using var server = await Server.StartAsync(
///     network, [Endpoint.Parse("tcp://127.0.0.1:9999"), Endpoint.Parse("unix:/run/greet")], Greet);
/// await stop.Task;
/// await server.StopAsync();
/// </code></example>
public sealed class Server : IAsyncDisposable
{
    private readonly List<Listener> _listeners = [];
    private readonly List<Endpoint> _endpoints = [];
    private readonly ServerOptions _options;

    private Server(Network network, ServerOptions options)
    {
        Network = network;
        _options = options;
    }

    /// <summary>The network it listens on.</summary>
    public Network Network { get; }

    /// <summary>Where it listens, in the order asked for; with the kernel's choice for port 0.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>Connections that it holds now, those that are closing included.</summary>
    public int ConnectionCount => _listeners.Sum(listener => listener.ConnectionCount);

    /// <summary>Listens on every endpoint, or on none: if one cannot be bound, those before it are closed.</summary>
    /// <exception cref="NetworkException">One cannot be bound: <see cref="NetworkException.Endpoint"/>.</exception>
    public static async ValueTask<Server> StartAsync(
        Network network, IEnumerable<Endpoint> endpoints, ConnectionHandler handler, ServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        var server = new Server(network, options ?? ServerOptions.Default);
        try
        {
            foreach (Endpoint endpoint in endpoints)
            {
                await server.ListenAsync(endpoint, handler).ConfigureAwait(false);
            }
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return server;
    }

    /// <summary>
    /// Stops gracefully: accepts no more, tells each handler once (<see cref="End.Shutdown"/>), and waits for them. At
    /// the deadline (null: <see cref="ServerOptions.StopDeadline"/>) what is still open is reset. True when nothing had
    /// to be.
    /// </summary>
    public async ValueTask<bool> StopAsync(TimeSpan? deadline = null)
    {
        TimeSpan time = deadline ?? _options.StopDeadline;
        bool[] inTime = await Task.WhenAll(_listeners.Select(listener => listener.StopAsync(time).AsTask()))
            .ConfigureAwait(false);
        return Array.TrueForAll(inTime, one => one);
    }

    /// <summary>Stops at once: what is open is reset. For a graceful stop call <see cref="StopAsync"/> first.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    private async Task ListenAsync(Endpoint endpoint, ConnectionHandler handler)
    {
        Listener listener = endpoint.Scheme is EndpointScheme.Udp or EndpointScheme.UnixDatagram
            ? await Network.ListenAsync(endpoint, DatagramsFor(endpoint), _options.Listen).ConfigureAwait(false)
            : await ListenBeneathAsync(endpoint, HandlerFor(endpoint, handler)).ConfigureAwait(false);
        _listeners.Add(listener);
        _endpoints.Add(endpoint.IsTls ? endpoint.WithPort(listener.Endpoint.Port) : listener.Endpoint);
    }

    /// <summary>Listens on what carries an endpoint's connections. It fails in the words of who asked for the
    /// endpoint.</summary>
    private async Task<Listener> ListenBeneathAsync(Endpoint endpoint, ConnectionHandler handler)
    {
        Endpoint carrier = endpoint.IsTls ? endpoint.AsTcp() : endpoint;
        try
        {
            return await Network.ListenAsync(carrier, handler, _options.Listen).ConfigureAwait(false);
        }
        catch (NetworkException exception) when (exception.Endpoint is not null)
        {
            throw exception.Naming(endpoint);
        }
    }

    private ConnectionHandler HandlerFor(Endpoint endpoint, ConnectionHandler handler)
    {
        if (!endpoint.IsTls)
        {
            return handler;
        }

        return _options.Tls is { } tls ? TlsLayer.Server(handler, tls) : throw new NetworkException(
            NetworkOperation.Listen, endpoint, NetworkError.BadEndpoint,
            $"Cannot listen on {endpoint} without a certificate: set ServerOptions.Tls.");
    }

    private DatagramHandler DatagramsFor(Endpoint endpoint) => _options.Datagrams ?? throw new NetworkException(
        NetworkOperation.Listen, endpoint, NetworkError.BadEndpoint,
        $"Cannot listen on {endpoint}: the server has no handler for datagrams; use a stream such as tcp://host:port.");
}
