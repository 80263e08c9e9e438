using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sockeye.AspNetCore.Requests;
using Sockeye.Http;
using Sockeye.Tls;

namespace Sockeye.AspNetCore;

/// <summary>Sockeye as the server of an ASP.NET Core application.</summary>
internal sealed class SockeyeServer : IServer, IAsyncDisposable
{
    private readonly SockeyeServerOptions _options;
    private readonly ILogger _logger;
    private readonly ServerAddresses _addresses = new();
    private Network? _network;
    private readonly List<HttpServer> _servers = [];

    public SockeyeServer(IOptions<SockeyeServerOptions> options, ILoggerFactory loggers)
    {
        _options = options.Value;
        _logger = loggers.CreateLogger("Sockeye.AspNetCore");
        Features.Set<IServerAddressesFeature>(_addresses);
    }

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        if (_network is not null)
        {
            throw new InvalidOperationException("The server has already started.");
        }

        IReadOnlyList<Endpoint> endpoints = _addresses.Choose(_options.Endpoints);
        var hosted = new HostedApplication<TContext>(application, new HostedServing(_options, _logger));
        HttpServerOptions http = _options.Http with
        {
            Tls = _options.Http.Tls ?? SelfSignedFor(endpoints),
            HandlerFailed = static (_, _) => { }, // It is in the log already.
        };
        if (http.Tls is null && endpoints.FirstOrDefault(one => one.IsTls) is { } secure)
        {
            throw new InvalidOperationException(
                $"Cannot listen on {secure} without a certificate: in UseSockeye(options => …), give options.Http a "
                + "Tls with one, or set options.SelfSigned to try things out. Kestrel's configuration is not read.");
        }

        _network = Network.Open(Model, _options.Network with { Observe = Observe });
        try
        {
            await ListenAsync(endpoints, hosted.HandleAsync, http, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _addresses.Tell(_servers.SelectMany(server => server.Endpoints));
    }

    /// <summary>Unless the application runs on the loop for good, a model that lends it the loop's thread costs less
    /// than one that is faster by itself: 0.65 to 0.74 of the thread pool's CPU (docs/decisions/0004).</summary>
    private IoModel Model => _options.Model == IoModel.Auto && !_options.RunApplicationOnLoop
        ? IoModel.All.FirstOrDefault(model => model.Lends && model.WhyUnavailable() is null) ?? IoModel.Auto
        : _options.Model;

    /// <summary>Lets the requests under way finish, until the host loses patience.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task<bool[]> stopping = Task.WhenAll(
            _servers.Select(server => server.StopAsync(TimeSpan.FromDays(1)).AsTask()));
        try
        {
            await stopping.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            foreach (HttpServer server in _servers)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_network is { } network)
        {
            foreach (HttpServer server in _servers)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }

            await network.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(
        IReadOnlyList<Endpoint> endpoints, HttpHandler handler, HttpServerOptions http, CancellationToken cancellation)
    {
        foreach (Endpoint endpoint in endpoints)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                _servers.Add(await HttpServer.StartAsync(_network!, [endpoint], handler, http).ConfigureAwait(false));
            }
            catch (NetworkException exception) when (exception.Error == NetworkError.AddressInUse)
            {
                // The type by which hosts recognise a taken port.
                throw new IOException($"Failed to bind to address {endpoint}: address already in use.",
                    new AddressInUseException(exception.Message, exception));
            }
            catch (NetworkException exception)
                when (exception.Error == NetworkError.AddressNotAvailable && endpoints.Count > 1
                    && IPAddress.IPv6Loopback.Equals(endpoint.Address))
            {
                _logger.LogInformation("{Message}", exception.Message); // localhost on a machine without IPv6.
            }
        }
    }

    private TlsServerOptions? SelfSignedFor(IReadOnlyList<Endpoint> endpoints)
    {
        if (!_options.SelfSigned)
        {
            return null;
        }

        string[] hosts = [.. endpoints.Where(one => one.IsTls && !one.IsEveryAddress).Select(one => one.Host)
            .Append("localhost").Distinct()];
        return new TlsServerOptions { Certificate = TlsCertificate.SelfSigned(TimeProvider.System, hosts) };
    }

    /// <summary>What the network reports goes to whoever asked for it, and what an operator must know to the
    /// log.</summary>
    private void Observe(NetworkEvent report)
    {
        switch (report.Kind)
        {
            case NetworkEventKind.LoopHeld or NetworkEventKind.AcceptPaused or NetworkEventKind.Refused:
                _logger.LogWarning("{Message}", report.Message);
                break;
            case NetworkEventKind.HandlerFailed:
                _logger.LogError(report.Exception, "{Message}", report.Message);
                break;
            case NetworkEventKind.LoopFailed:
                _logger.LogCritical("{Message}", report.Message);
                break;
        }

        _options.Network.Observe?.Invoke(report);
    }
}
