using System.Buffers;
using System.Text;
using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>HTTP/1.1, over TCP, TLS or a Unix socket: the same request again and again.</summary>
internal sealed class HttpProtocol : StreamProtocol
{
    private readonly HttpRequestPlan _request;

    /// <param name="request">What is asked.</param>
    public HttpProtocol(HttpRequestPlan request)
        : base(request.Endpoint.Scheme == EndpointScheme.Https ? "https" : "http", request.Dial ?? request.Endpoint)
    {
        Method = Enum.TryParse(request.Method, ignoreCase: true, out Method known) ? known : Method.Other;
        Expectation = request.Expectation;
        _request = request;
        Request = BytesOf(request);
        Tls = request.Tls with { ServerName = request.Endpoint.Host };
    }

    /// <summary>The method, which decides whether a reply has a body.</summary>
    public Method Method { get; }

    /// <summary>What a good reply is.</summary>
    public HttpExpectation Expectation { get; }

    public override long MessageBytes => _request.Body.Length;

    public override Rehearsed Rehearse(Endpoint stage) => new(
        new HttpProtocol(_request with { Dial = stage }),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

    public override ReplyReader CreateReader(Lane lane) => new HttpReplies(this, lane.HeadSeen);

    private static byte[] BytesOf(HttpRequestPlan request)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var head = new HeadWriter(bytes);
        head.RequestLine(Encoding.Latin1.GetBytes(request.Method), Encoding.ASCII.GetBytes(request.Endpoint.Path));
        if (!Has("Host"))
        {
            head.Field(KnownField.Host, Encoding.ASCII.GetBytes(request.Endpoint.Authority));
        }

        foreach ((string name, string value) in request.Fields)
        {
            head.Field(name, value);
        }

        if (request.Body.Length > 0 || request.Method is "POST" or "PUT" or "PATCH")
        {
            head.Field(KnownField.ContentLength, request.Body.Length);
        }

        if (request.Close && !Has("Connection"))
        {
            head.Field(KnownField.Connection, "close"u8);
        }

        head.End();
        bytes.Write(request.Body.Span);
        return bytes.WrittenSpan.ToArray();

        bool Has(string name) => request.Fields.Any(one => one.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>What is asked of an HTTP server.</summary>
/// <param name="Endpoint">The URL.</param>
internal sealed record HttpRequestPlan(Endpoint Endpoint)
{
    /// <summary>Where to connect instead of the URL's host; null for there.</summary>
    public Endpoint? Dial { get; init; }

    /// <summary>How TLS is spoken, if the URL asks for it.</summary>
    public TlsClientOptions Tls { get; init; } = TlsClientOptions.Default;

    /// <summary>The method; case matters.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Fields beside Host and Content-Length.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The connection is for this request alone.</summary>
    public bool Close { get; init; }

    /// <summary>What a good reply is.</summary>
    public HttpExpectation Expectation { get; init; } = HttpExpectation.Success;
}

/// <summary>What a good reply is.</summary>
/// <param name="Status">Its status; null for any below 400.</param>
/// <param name="Text">What its body contains; empty for anything.</param>
internal sealed record HttpExpectation(int? Status, ReadOnlyMemory<byte> Text)
{
    /// <summary>Any status below 400, and any body.</summary>
    public static HttpExpectation Success { get; } = new(null, default);

    /// <summary>Whether a status is good.</summary>
    public bool Takes(int status) => Status is { } wanted ? status == wanted : status < 400;
}
