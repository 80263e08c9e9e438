using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http;

/// <summary>What an HTTP server is besides its endpoints and its handler. Every limit is on by default.</summary>
public sealed record HttpServerOptions
{
    /// <summary>The defaults.</summary>
    public static HttpServerOptions Default { get; } = new();

    /// <summary>Limits of the messages.</summary>
    public HttpLimits Limits { get; init; } = HttpLimits.Default;

    /// <summary>How strictly requests are read. Default <see cref="HttpProfile.Strict"/>.</summary>
    public HttpProfile Profile { get; init; } = HttpProfile.Strict;

    /// <summary>Limits and socket options of the connections. Their time-outs for reading are replaced by those
    /// here.</summary>
    public ListenOptions Listen { get; init; } = ListenOptions.Default;

    /// <summary>How TLS is spoken on <c>https://</c> endpoints; null (default) refuses them.</summary>
    public TlsServerOptions? Tls { get; init; }

    /// <summary>What the Server field of responses says (RFC 9110 section 10.2.4); null leaves it out. Default
    /// <c>Sockeye</c>.</summary>
    /// <exception cref="ArgumentException">It has a character that a field's value cannot have.</exception>
    public string? ServerName
    {
        get;
        init
        {
            FieldRules.CheckValue(value ?? "");
            field = value;
        }
    } = "Sockeye";

    /// <summary>How long the whole head of a request may take, from its first byte or, for the first request, from the
    /// beginning of the connection; then 408. Default 30 seconds.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may wait for the next request; then it is closed. Default 130 seconds: longer
    /// than the proxies and clients in front of it wait, so that they close first.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>Bytes in a second that a body must bring on average, while the handler waits for it; then 408. 0 does
    /// not limit it. Default 240.</summary>
    public int BodyBytesPerSecondMin { get; init; } = 240;

    /// <summary>For how long a body may come more slowly than that. Default 5 seconds.</summary>
    public TimeSpan BodyGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests that one connection may make; the last reply says <c>close</c>. Default 1,000,000.</summary>
    public int RequestsPerConnectionMax { get; init; } = 1_000_000;

    /// <summary>Bytes of a body that a handler left unread and that are skipped, so that the connection can go on;
    /// beyond them it is closed. Default 131,072.</summary>
    public int SkippedBytesMax { get; init; } = 131_072;

    /// <summary>
    /// Bytes of a response that are held back to learn its length. A longer one whose
    /// <see cref="HttpResponse.ContentLength"/> was not set goes out in chunks. Default 16,384.
    /// </summary>
    public int ResponseBytesHeld { get; init; } = 16_384;

    /// <summary>How long requests have to finish when the server stops. Default 10 seconds.</summary>
    public TimeSpan StopDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told of each request that was answered or rejected, when its response is complete, on the owner; null
    /// (default) tells nobody. It must be quick; what it throws goes to
    /// <see cref="System.Diagnostics.Trace"/>.</summary>
    public AccessLog? AccessLog { get; init; }

    /// <summary>
    /// Shapes the reply to a request that broke a rule: status and <c>Connection: close</c> are set already, and it may
    /// add fields and content. Null (default) sends the rule's sentence as text. When this throws, or writes what
    /// cannot be sent, that text is sent too, and <see cref="HandlerFailed"/> is told.
    /// </summary>
    public BadRequestHandler? OnBadRequest { get; init; }

    /// <summary>Told, on the owner, when a handler threw; the client gets 500, or, if the response had begun, one that
    /// ends before its length or its last chunk. Null (default), or one that throws itself, writes to
    /// <see cref="System.Diagnostics.Trace"/>.</summary>
    public Action<HttpRequest, Exception>? HandlerFailed { get; init; }
}

/// <summary>Shapes the reply to a request that broke a rule.</summary>
public delegate void BadRequestHandler(HttpRule rule, HttpResponse response);
