using System.Net;
using System.Net.Http.Headers;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>
/// Runs <see cref="HttpClient"/> on Sockeye. It speaks HTTP/1.1 and does by itself what
/// <see cref="HttpFetcherOptions"/> say; cookies and proxies are those options', not
/// <see cref="HttpClientHandler"/>'s.
/// </summary>
/// <example><code>
/// await using var network = Network.Open();
/// using var client = new HttpClient(new SockeyeHttpHandler(network));
/// string text = await client.GetStringAsync("http://example.com/");
/// </code></example>
public sealed class SockeyeHttpHandler : HttpMessageHandler
{
    private readonly HttpFetcher _fetcher;
    private bool _isDisposed;

    /// <summary>Makes a handler.</summary>
    /// <param name="network">The network that it works over, which is not its own.</param>
    /// <param name="options">How it works; when null what users of HttpClient expect: cookies are kept, and neither
    /// User-Agent nor Accept-Encoding is sent.</param>
    public SockeyeHttpHandler(Network network, HttpFetcherOptions? options = null) =>
        _fetcher = new HttpFetcher(network, options ?? new HttpFetcherOptions
        {
            UserAgent = null,
            Decompresses = false,
            Cookies = new CookieJar(),
        });

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Version.Major > 1 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower)
        {
            throw new HttpRequestException(
                HttpRequestError.VersionNegotiationError, "Sockeye speaks HTTP/1.1: let VersionPolicy go lower.");
        }

        FetchResponse response = await _fetcher.SendAsync(RequestOf(request), cancellationToken);
        if (response.Steps.Count > 0)
        {
            request.RequestUri = response.Uri;
        }

        return MessageOf(request, response);
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Owner.Current is not null)
        {
            throw new InvalidOperationException("This would block a loop for ever: use SendAsync.");
        }

        // Without the caller's context, which may be the very thread that waits here.
        return Task.Run(() => SendAsync(request, cancellationToken), cancellationToken).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _fetcher.Dispose();
        }

        base.Dispose(disposing);
    }

    private static FetchRequest RequestOf(HttpRequestMessage message)
    {
        if (message.RequestUri is null)
        {
            throw new InvalidOperationException("The request has no URI.");
        }

        var fields = new FetchFields();
        try
        {
            AddAll(fields, message.Headers);
            if (message.Content is not null)
            {
                AddAll(fields, message.Content.Headers);
            }

            return new FetchRequest(message.Method.Method, WithoutWebSocket(message.RequestUri))
            {
                Fields = fields,
                ExpectsContinue = message.Headers.ExpectContinue ?? false,
                Content = message.Content is null
                    ? null
                    : new MessageContent(message.Content, message.Headers.TransferEncodingChunked == true),
            };
        }
        catch (ArgumentException exception)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    /// <summary>RFC 6455 section 3: ws is http to begin with, and wss https.</summary>
    private static Uri WithoutWebSocket(Uri uri)
    {
        string? scheme = uri.Scheme switch
        {
            "ws" => Uri.UriSchemeHttp,
            "wss" => Uri.UriSchemeHttps,
            _ => null,
        };
        return scheme is null
            ? uri
            : new UriBuilder(uri) { Scheme = scheme, Port = uri.IsDefaultPort ? -1 : uri.Port }.Uri;
    }

    private static void AddAll(FetchFields fields, HttpHeaders headers)
    {
        foreach (KeyValuePair<string, HeaderStringValues> field in headers.NonValidated)
        {
            if (!FetchHop.IsFraming(field.Key))
            {
                fields.Add(field.Key, field.Value.ToString());
            }
        }
    }

    private static HttpResponseMessage MessageOf(HttpRequestMessage request, FetchResponse response)
    {
        var message = new HttpResponseMessage((HttpStatusCode)response.Status)
        {
            RequestMessage = request,
            ReasonPhrase = response.Reason,
            Version = response.Version == ProtocolVersion.Http10 ? HttpVersion.Version10 : HttpVersion.Version11,
            Content = new ResponseContent(response),
        };
        foreach (KeyValuePair<string, string> field in response.Fields)
        {
            // These tell of the body as it came, and not as it is read.
            bool isOfCoding = response.IsDecompressed
                && (field.Key.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)
                    || field.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase));
            if (!isOfCoding && !message.Headers.TryAddWithoutValidation(field.Key, field.Value))
            {
                message.Content.Headers.TryAddWithoutValidation(field.Key, field.Value);
            }
        }

        response.Ended = () =>
        {
            foreach (KeyValuePair<string, string> field in response.Trailers)
            {
                message.TrailingHeaders.TryAddWithoutValidation(field.Key, field.Value);
            }
        };
        return message;
    }

    /// <summary>The content of a message, on its way out.</summary>
    private sealed class MessageContent(HttpContent content, bool isChunked) : FetchContent
    {
        public override long? Length { get; } = isChunked ? null : content.Headers.ContentLength;

        // Nobody can tell. Content that was used up says so when it is wanted again.
        public override bool IsRepeatable => true;

        public override Task WriteToAsync(Stream output, CancellationToken cancellationToken) =>
            content.CopyToAsync(output, cancellationToken);
    }

    /// <summary>The content of a message that came.</summary>
    private sealed class ResponseContent(FetchResponse response) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            response.Body.CopyToAsync(stream);

        protected override Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            response.Body.CopyToAsync(stream, cancellationToken);

        protected override void SerializeToStream(
            Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            response.Body.CopyTo(stream);

        protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => response.Body;

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(response.Body);

        protected override bool TryComputeLength(out long length)
        {
            length = response.Length ?? 0;
            return response.Length is not null && !response.IsDecompressed;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                response.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
