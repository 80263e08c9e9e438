using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http;

/// <summary>
/// A request as its handler sees it. The head's spans lie in the connection's own bytes and are valid until the handler
/// is done. Used again for the next request, so not to be kept.
/// </summary>
public sealed partial class HttpRequest
{
    private readonly HttpExchange _exchange;
    private readonly HttpServerOptions _options;

    internal HttpRequest(HttpExchange exchange)
    {
        _exchange = exchange;
        Head = exchange.Head;
        _options = exchange.Options;
        _decoder = new ChunkedDecoder(exchange.Options.Limits, exchange.Options.Profile);
    }

    /// <summary>All of the head.</summary>
    public RequestHead Head { get; }

    /// <summary>The method; another than the registered ones is in <see cref="RequestHead.MethodBytes"/>.</summary>
    public Method Method => Head.Method;

    /// <summary>The path, percent-encoded as it was sent. Use <see cref="TargetPath"/> to decode it.</summary>
    public ReadOnlySpan<byte> Path => Head.Path;

    /// <summary>The query without its question mark; empty also when there is none.</summary>
    public ReadOnlySpan<byte> Query => Head.Query;

    /// <summary>The fields.</summary>
    public HeaderFields Fields => Head.Fields;

    /// <summary>The connection it came on, for its addresses and its owner. Its bytes are the server's.</summary>
    public Connection Connection => _exchange.Connection;

    /// <summary>Whether it came through TLS.</summary>
    public bool IsSecure => Connection is TlsConnection;

    /// <summary>Fires on the owner when the client is gone, or the server gives the connection up.</summary>
    public CancellationToken Aborted => Connection.Lost;

    /// <summary>Whether there is a body, be it empty.</summary>
    public bool HasBody => Head.Body != BodyKind.None;

    /// <summary>The server is stopping: what takes long should come to an end.</summary>
    public bool IsServerStopping => _exchange.IsServerStopping;
}
