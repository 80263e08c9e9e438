namespace Sockeye.Adapters;

/// <summary>
/// A server in callback style, as Node's <c>net.Server</c> has it: a thin layer over <see cref="Server"/>. Set the
/// callbacks, then <see cref="ListenAsync"/>.
/// </summary>
/// <example><code>
/// await using var server = new CallbackServer(network)
/// {
///     OnListening = endpoint => Log($"listening on {endpoint}"),
///     OnConnection = c => c.OnData = bytes => c.Write(bytes.Span),
/// };
/// await server.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:9999"));
/// </code></example>
public sealed class CallbackServer(Network network) : IAsyncDisposable
{
    private Server? _server;

    /// <summary>It listens, here; on the thread of <see cref="ListenAsync"/>.</summary>
    public Action<Endpoint>? OnListening { get; init; }

    /// <summary>A new connection, on its owner: set its callbacks.</summary>
    public required Action<CallbackConnection> OnConnection { get; init; }

    /// <summary>It cannot listen; without this, <see cref="ListenAsync"/> throws.</summary>
    public Action<NetworkException>? OnError { get; init; }

    /// <summary>It has stopped, and every connection is closed; on the thread of <see cref="CloseAsync"/>.</summary>
    public Action? OnClose { get; init; }

    /// <summary>Whether connections stay open when the peer has finished sending. Default false.</summary>
    public bool AllowHalfOpen { get; init; }

    /// <summary>Limits, TLS and the deadline of the stop.</summary>
    public ServerOptions Options { get; init; } = ServerOptions.Default;

    /// <summary>Where it listens; null before it does.</summary>
    public Endpoint? Endpoint => _server?.Endpoints[0];

    /// <summary>Listens.</summary>
    /// <exception cref="NetworkException">It cannot be bound, and there is no <see cref="OnError"/>.</exception>
    /// <exception cref="InvalidOperationException">It listens already.</exception>
    public async ValueTask ListenAsync(Endpoint endpoint)
    {
        if (_server is not null)
        {
            throw new InvalidOperationException("The server listens already.");
        }

        try
        {
            _server = await Server.StartAsync(
                network, [endpoint], CallbackConnection.Handler(OnConnection, AllowHalfOpen), Options);
        }
        catch (NetworkException exception) when (OnError is not null)
        {
            OnError(exception);
            return;
        }

        OnListening?.Invoke(_server.Endpoints[0]);
    }

    /// <summary>Stops gracefully: see <see cref="Server.StopAsync"/>.</summary>
    public async ValueTask<bool> CloseAsync(TimeSpan? deadline = null)
    {
        bool inTime = _server is null || await _server.StopAsync(deadline);
        OnClose?.Invoke();
        return inTime;
    }

    /// <summary>Stops at once: what is open is reset.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
