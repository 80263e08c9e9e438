using System.Net.Security;
using System.Text;
using Sockeye.Cli.Resources;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Cli.Serving;

/// <summary>Protocols that are a handler of HTTP requests.</summary>
internal static class Sites
{
    /// <summary>Where HTTP is spoken; <c>tcp://</c> and <c>tls://</c> say the same.</summary>
    public static EndpointScheme[] Schemes { get; } =
        [EndpointScheme.Http, EndpointScheme.Https, EndpointScheme.Tcp, EndpointScheme.Tls, EndpointScheme.Unix];

    /// <summary>How a server of such a protocol starts.</summary>
    public static Func<ServeStart, ValueTask<RunningServer>> Server(Func<ServeSettings, HttpHandler> site) =>
        async start =>
        {
            ServeSettings settings = start.Settings;
            HttpServer server = await HttpServer.StartAsync(
                start.Network, start.Endpoints, site(settings), new HttpServerOptions
                {
                    Listen = start.Listen,
                    Tls = start.Tls is { } tls
                        ? tls with { ApplicationProtocols = [SslApplicationProtocol.Http11] }
                        : null,
                    Limits = HttpLimits.Default with { BodyBytesMax = settings.BodyBytesMax },
                    HeadTimeout = settings.HeadTimeout,
                    KeepAliveTimeout = start.Listen.Limits.IdleTimeout,
                    StopDeadline = start.StopDeadline,
                    AccessLog = settings.AccessLog is { } log ? log.Add : null,
                    HandlerFailed = (request, exception) => settings.Note(ServeText.RequestFailed.With(
                        Encoding.Latin1.GetString(request.Head.Target), exception.Message)),
                });
            IEnumerable<Endpoint> endpoints = start.Endpoints.Zip(server.Endpoints, AsUrl);
            return new RunningServer(
                server, [.. endpoints], () => server.ConnectionCount, () => server.StopAsync());
        };

    /// <summary>The endpoint that was asked for as a URL, with the port that it got.</summary>
    private static Endpoint AsUrl(Endpoint asked, Endpoint got)
    {
        if (asked.Scheme == EndpointScheme.Unix)
        {
            return got;
        }

        string tcp = asked.WithPort(got.Port).AsTcp().ToString();
        return Endpoint.Parse((asked.IsTls ? "https" : "http") + tcp[tcp.IndexOf(':', StringComparison.Ordinal)..]);
    }
}
