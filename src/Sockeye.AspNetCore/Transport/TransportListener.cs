using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Transport;

/// <summary>One endpoint of Kestrel's. Connections are accepted on every loop and handed over here.</summary>
internal sealed class TransportListener(EndPoint asked, SockeyeTransportOptions options, ILogger logger)
    : IConnectionListener
{
    // Bounded by Limits.ConnectionsMax: the listener counts a connection until its handler ends.
    private readonly Channel<TransportConnection> _accepted = Channel.CreateUnbounded<TransportConnection>();

    /// <summary>The listener beneath; set before the first connection is waited for.</summary>
    public Listener Listener { get; set; } = null!;

    public EndPoint EndPoint => asked is IPEndPoint ip ? new IPEndPoint(ip.Address, Listener.Endpoint.Port) : asked;

    /// <summary>The handler of each connection: carries bytes until Kestrel is done with it.</summary>
    public async ValueTask ServeAsync(Connection connection)
    {
        var transport = new TransportConnection(connection, options, logger);
        if (_accepted.Writer.TryWrite(transport))
        {
            await transport.RunAsync();
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out TransportConnection? connection))
            {
                return connection;
            }
        }

        return null;
    }

    /// <summary>No more are accepted; Kestrel goes on with those that it has, and closes them itself.</summary>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        _accepted.Writer.TryComplete();
        await Listener.DisposeAsync().ConfigureAwait(false);
    }
}
