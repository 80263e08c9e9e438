using Sockeye.Tls;

namespace Sockeye.Cli.Serving;

/// <summary>What <c>sockeye serve</c> was asked for, as far as the handlers care.</summary>
/// <param name="Delay">How long <c>greet</c> waits before it replies.</param>
/// <param name="Command">The command of <c>exec</c>, with its arguments.</param>
/// <param name="Note">Writes a line of the log; may be called from any thread.</param>
/// <param name="Datagrams">Counts datagrams.</param>
internal sealed record ServeSettings(
    TimeSpan Delay, IReadOnlyList<string> Command, Action<string> Note, DatagramCounts Datagrams)
{
    /// <summary>The folder whose files are served; null when none was named.</summary>
    public string? Root { get; init; }

    /// <summary>Whether folders are listed.</summary>
    public bool ListFolders { get; init; }

    /// <summary>Bytes that the body of a request may have.</summary>
    public long BodyBytesMax { get; init; }

    /// <summary>How long the head of a request may take.</summary>
    public TimeSpan HeadTimeout { get; init; }

    /// <summary>Where requests are logged; null for nowhere.</summary>
    public AccessLogFile? AccessLog { get; init; }
}

/// <summary>Everything that a server is made of.</summary>
/// <param name="Network">The network.</param>
/// <param name="Endpoints">Where it listens.</param>
/// <param name="Listen">Limits of the connections.</param>
/// <param name="Tls">How TLS is spoken; null when no endpoint does.</param>
/// <param name="StopDeadline">How long it may take to stop.</param>
/// <param name="Settings">What its handler is told.</param>
internal sealed record ServeStart(
    Network Network,
    IReadOnlyList<Endpoint> Endpoints,
    ListenOptions Listen,
    TlsServerOptions? Tls,
    TimeSpan StopDeadline,
    ServeSettings Settings);

/// <summary>A server that runs, of whatever class.</summary>
/// <param name="Server">The server.</param>
/// <param name="Endpoints">Where it listens, as people would write it.</param>
/// <param name="CountConnections">Counts its connections.</param>
/// <param name="StopAsync">Stops it gracefully.</param>
internal sealed record RunningServer(
    IAsyncDisposable Server,
    IReadOnlyList<Endpoint> Endpoints,
    Func<int> CountConnections,
    Func<ValueTask<bool>> StopAsync) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Something that <c>sockeye serve</c> serves. To add one: a file with its handler, and its row in the
/// table.</summary>
/// <param name="Name">The word people type.</param>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Schemes">The schemes of the endpoints that it can be served at.</param>
/// <param name="Takes">The options that are for it and not for every protocol.</param>
/// <param name="StartAsync">Starts a server of it.</param>
internal sealed record Protocol(
    string Name,
    string Summary,
    IReadOnlyList<EndpointScheme> Schemes,
    IReadOnlyList<string> Takes,
    Func<ServeStart, ValueTask<RunningServer>> StartAsync);
