namespace Sockeye.Http.Client;

/// <summary>A connection of a pool; used by one exchange at a time.</summary>
internal sealed class PooledConnection(Route route, Connection connection, HttpFetcherOptions options)
{
    public Route Route { get; } = route;

    public Connection Connection { get; } = connection;

    public ClientConnection Http { get; } = new(connection, options.Limits, options.Profile)
    {
        InterimResponsesMax = options.InterimResponsesMax,
    };

    /// <summary>When it became idle, in ticks of the network's clock. Guarded by the pool's lock.</summary>
    public long IdleSince { get; set; }

    /// <summary>How long it may be idle. Written on its owner while it is in use.</summary>
    public TimeSpan IdleTimeout { get; set; } = options.IdleTimeout;

    /// <summary>Completes when the connection ends while idle, or brings what nobody asked for.</summary>
    public Task Word { get; set; } = Task.CompletedTask;
}
