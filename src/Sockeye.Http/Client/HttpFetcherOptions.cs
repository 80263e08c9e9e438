using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http.Client;

/// <summary>
/// How an <see cref="HttpFetcher"/> works. Every default is safe towards servers that nobody here knows. Times of
/// <see cref="Timeout.InfiniteTimeSpan"/> switch a time-out off.
/// </summary>
public sealed record HttpFetcherOptions
{
    /// <summary>The defaults.</summary>
    public static HttpFetcherOptions Default { get; } = new();

    /// <summary>How much of a head and of chunk lines is read.</summary>
    public HttpLimits Limits { get; init; } = ClientConnection.DefaultLimits;

    /// <summary>How strictly responses are read. Default strict.</summary>
    public HttpProfile Profile { get; init; } = HttpProfile.Strict;

    /// <summary>Limits and options of the connections; their own read time-outs are not used. Its
    /// <see cref="ConnectOptions.Timeout"/> limits name look-up and connecting: 30 seconds.</summary>
    public ConnectOptions Connect { get; init; } = ConnectOptions.Default;

    /// <summary>How TLS is spoken with servers; its <see cref="TlsClientOptions.HandshakeTimeout"/> is 10
    /// seconds.</summary>
    public TlsClientOptions Tls { get; init; } = TlsClientOptions.Default;

    /// <summary>Connections that one origin (scheme, host and port, by way of one proxy) has at a time. Default
    /// 64.</summary>
    public int ConnectionsPerOriginMax { get; init => field = AtLeastOne(value); } = 64;

    /// <summary>Requests that wait for a connection to one origin; one more fails at once. Default 1,024.</summary>
    public int QueuedPerOriginMax { get; init; } = 1_024;

    /// <summary>How long a request waits for a connection while others have all of them. Default 30 seconds.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an idle connection is kept; less when the server says so (Keep-Alive: timeout). Default 60
    /// seconds: less than most servers keep theirs.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Idle connections to all origins together; of more, that which was used longest ago is closed. Default
    /// 256.</summary>
    public int IdleConnectionsMax { get; init => field = AtLeastOne(value); } = 256;

    /// <summary>How long the head of a response may take once the request is sent. Default 100 seconds.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long each next piece of a body may take. Default 60 seconds.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a proxy may take to reach the server. Default 30 seconds.</summary>
    public TimeSpan ProxyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes from which a body is announced with Expect: 100-continue, so that a server can refuse it before
    /// it is sent. Default 1,048,576.</summary>
    public long ExpectContinueBytesMin { get; init; } = 1_048_576;

    /// <summary>How long the answer to Expect: 100-continue is waited for before the body is sent all the same (RFC
    /// 9110 section 10.1.1: "SHOULD NOT wait for an indefinite period"). Default 1 second.</summary>
    public TimeSpan ContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Interim responses (1xx) before a final one. Default 32.</summary>
    public int InterimResponsesMax { get; init; } = 32;

    /// <summary>How often a request is sent again that got no byte of an answer; only if its method is idempotent and
    /// its body can be had again. 0 never. Default 2.</summary>
    public int RetriesMax { get; init; } = 2;

    /// <summary>Redirects that are followed. 0 follows none. Default 20.</summary>
    public int RedirectsMax { get; init; } = 20;

    /// <summary>Follows a redirect from https to http, which shows to everybody what was private. Default false: the
    /// redirect itself is the response.</summary>
    public bool AllowsInsecureRedirect { get; init; }

    /// <summary>The cookies that are sent and kept; null for none. It is the fetcher's while that is in use.</summary>
    public CookieJar? Cookies { get; init; }

    /// <summary>Asks for content codings that are undone here: gzip, br and deflate. A request that has an
    /// Accept-Encoding of its own gets what the server sends. Default true.</summary>
    public bool Decompresses { get; init; } = true;

    /// <summary>Bytes that a body may have once it is decompressed, so that a small one cannot fill a disk. Default
    /// 1,073,741,824.</summary>
    public long DecompressedBytesMax { get; init; } = 1L << 30;

    /// <summary>Bytes of a body given up that are read so that its connection can be kept; only of what has come
    /// already. Default 65,536.</summary>
    public int SkippedBytesMax { get; init; } = 65_536;

    /// <summary>The proxy for each request; null (default), or null for a URI, is none. Environment variables are not
    /// looked at.</summary>
    public Func<Uri, FetchProxy?>? Proxy { get; init; }

    /// <summary>Connects somewhere else than the URI says, such as to a Unix socket; TLS and Host stay those of the
    /// URI. Null (default), or null for a URI, connects where it says.</summary>
    public Func<Uri, Endpoint?>? ConnectTo { get; init; }

    /// <summary>The User-Agent of requests that have none; null sends none. Default <c>sockeye</c>.</summary>
    public string? UserAgent { get; init; } = "sockeye";

    private static int AtLeastOne(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
