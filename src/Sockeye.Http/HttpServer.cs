using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Http;

/// <summary>
/// An HTTP/1.1 server (RFC 9110, RFC 9112): one handler on any number of endpoints, on any I/O model. It owns its
/// listeners, not the network. Its members may be used from any thread.
/// </summary>
/// <example><code>
/// await using var network = Network.Open();
/// await using var server = await HttpServer.StartAsync(
///     network, [Endpoint.Parse("http://127.0.0.1:8080")], (request, response) =>
///     {
///         response.Write("Hello, World!"u8);
///         return default;
///     });
/// </code></example>
public sealed class HttpServer : IAsyncDisposable
{
    private readonly Server _server;
    private readonly HttpServing _serving;

    private HttpServer(Server server, HttpServing serving)
    {
        _server = server;
        _serving = serving;
    }

    /// <summary>Where it listens, in the order asked for; with the kernel's choice for port 0.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _server.Endpoints;

    /// <summary>Connections that it holds now, those that are closing included.</summary>
    public int ConnectionCount => _server.ConnectionCount;

    /// <summary>Listens on every endpoint, or on none. <c>http://</c>, <c>https://</c> and <c>unix:</c> endpoints are
    /// served, and <c>tcp://</c> and <c>tls://</c> mean the same.</summary>
    /// <exception cref="ArgumentException">The limits of the messages need more than
    /// <see cref="Limits.InputBytesMax"/>.</exception>
    /// <exception cref="NetworkException">One cannot be bound: <see cref="NetworkException.Endpoint"/>.</exception>
    public static async ValueTask<HttpServer> StartAsync(
        Network network, IEnumerable<Endpoint> endpoints, HttpHandler handler, HttpServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= HttpServerOptions.Default;
        if (HttpServing.WhatIsWrong(options.Limits, options.Listen.Limits) is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        var serving = new HttpServing(handler, options);
        Server server = await Server.StartAsync(network, endpoints, serving.ServeAsync, new ServerOptions
        {
            Listen = options.Listen with { Limits = WithoutReadTimeouts(options.Listen.Limits) },
            Tls = options.Tls is { } tls ? AnsweringPlainText(tls) : null,
            StopDeadline = options.StopDeadline,
        }).ConfigureAwait(false);
        return new HttpServer(server, serving);
    }

    /// <summary>HTTP as a handler of connections, for a listener of one's own or behind a layer: it serves requests
    /// until the connection is to be closed.</summary>
    public static ConnectionHandler Handler(HttpHandler handler, HttpServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return new HttpServing(handler, options ?? HttpServerOptions.Default).ServeAsync;
    }

    /// <summary>
    /// Stops gracefully: accepts no more, closes what is idle, lets the requests under way finish, each with the word
    /// that it is the last. At the deadline (null: <see cref="HttpServerOptions.StopDeadline"/>) what is still open is
    /// reset. True when nothing had to be.
    /// </summary>
    public ValueTask<bool> StopAsync(TimeSpan? deadline = null)
    {
        _serving.Stop();
        return _server.StopAsync(deadline);
    }

    /// <summary>Stops at once: what is open is reset.</summary>
    public async ValueTask DisposeAsync()
    {
        _serving.Stop();
        await _server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A client that speaks plain HTTP where TLS is spoken reads so, in plain HTTP.</summary>
    private static TlsServerOptions AnsweringPlainText(TlsServerOptions tls) => tls with
    {
        HandshakeFailed = (beneath, reason) =>
        {
            // Nothing was read of it, for no record of TLS begins with a letter.
            if (beneath.Unconsumed.Length == beneath.BytesReceived && beneath.Unconsumed.Span is [var first, ..]
                && Octets.IsLetter(first))
            {
                ReadOnlySpan<byte> content = "This port speaks HTTPS: ask for https://.\n"u8;
                var head = new HeadWriter(beneath);
                head.StatusLine(StatusCode.BadRequest);
                head.Lines("Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"u8);
                head.Field(KnownField.ContentLength, content.Length);
                head.End();
                beneath.Write(content);
            }

            tls.HandshakeFailed?.Invoke(beneath, reason);
        },
    };

    /// <summary>How long a read may wait depends on what it waits for, which the connections know.</summary>
    private static Limits WithoutReadTimeouts(Limits limits) => limits with
    {
        IdleTimeout = Timeout.InfiniteTimeSpan,
        ReadTimeout = Timeout.InfiniteTimeSpan,
    };
}
