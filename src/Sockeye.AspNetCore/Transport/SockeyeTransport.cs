using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sockeye.AspNetCore.Transport;

/// <summary>Kestrel's transport over Sockeye's engines: one network for all of its endpoints.</summary>
internal sealed class SockeyeTransport
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IAsyncDisposable
{
    private readonly SockeyeTransportOptions _options;
    private readonly ILogger _logger;
    private readonly Lazy<Network> _network;

    public SockeyeTransport(IOptions<SockeyeTransportOptions> options, ILoggerFactory loggers)
    {
        _options = options.Value;
        _logger = loggers.CreateLogger("Sockeye.AspNetCore");
        _network = new Lazy<Network>(() => Network.Open(_options.Model, _options.Network));
    }

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Endpoint where = ToEndpoint(endpoint);
        var listener = new TransportListener(endpoint, _options, _logger);
        var options = new ListenOptions { Limits = _options.Limits, Socket = SocketOptionsFor(endpoint) };
        try
        {
            listener.Listener = await _network.Value.ListenAsync(where, listener.ServeAsync, options)
                .ConfigureAwait(false);
        }
        catch (NetworkException exception) when (exception.Error == NetworkError.AddressInUse)
        {
            // The type by which Kestrel and its hosts recognise a taken port.
            throw new AddressInUseException(exception.Message, exception);
        }

        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        if (_network.IsValueCreated)
        {
            await _network.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Endpoint ToEndpoint(EndPoint endpoint) => endpoint switch
    {
        UnixDomainSocketEndPoint unix => Endpoint.Parse($"unix:{unix}"),
        IPEndPoint ip => Endpoint.Parse($"tcp://{ip}"),
        _ => throw new NotSupportedException(
            $"Sockeye cannot listen on a {endpoint.GetType().Name}: use an address with a port, or a path."),
    };

    // Kestrel's ListenAnyIP means both families by one socket: [::] with IPv4 mapped into it.
    private SocketOptions SocketOptionsFor(EndPoint endpoint) =>
        endpoint is IPEndPoint { Address: { } address } && address.Equals(IPAddress.IPv6Any)
            ? _options.Socket with { IPv6Only = false }
            : _options.Socket;
}
