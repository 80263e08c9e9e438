using Sockeye.Tls;

namespace Sockeye.Cli.Loading.Protocols;

/// <summary>Requests and replies over a byte stream.</summary>
/// <param name="name">Its name in results.</param>
/// <param name="endpoint">The peer.</param>
internal abstract class StreamProtocol(string name, Endpoint endpoint) : LoadProtocol(name, endpoint)
{
    /// <summary>Copies of a request that are written at once take at most this room.</summary>
    private const int CopiedBytesMax = 65_536;

    private ReadOnlyMemory<byte> _request;

    /// <summary>A request as it goes over the wire.</summary>
    public ReadOnlyMemory<byte> Request
    {
        get => _request;
        protected init
        {
            _request = value;
            Copies = Math.Clamp(CopiedBytesMax / Math.Max(1, value.Length), 1, LoadPlan.PipelineMax);
            byte[] all = new byte[Copies * value.Length];
            for (int i = 0; i < Copies; i++)
            {
                value.Span.CopyTo(all.AsSpan(i * value.Length));
            }

            Requests = all;
        }
    }

    /// <summary>The request, several times.</summary>
    public ReadOnlyMemory<byte> Requests { get; private init; }

    /// <summary>How often.</summary>
    public int Copies { get; private init; }

    /// <summary>How TLS is spoken, if the endpoint asks for it. The name is the endpoint's, although a lane knows the
    /// address.</summary>
    public TlsClientOptions Tls
    {
        get;
        init => field = value with { ServerName = value.ServerName ?? Endpoint.Host };
    } = TlsClientOptions.Default with { ServerName = endpoint.Host };

    /// <summary>Makes what finds the replies of one connection.</summary>
    public abstract ReplyReader CreateReader(Lane lane);

    public sealed override LoadClient CreateClient(Lane lane, int index) => new StreamClient(this, lane, index);

    /// <summary>Connects, on a lane's owner, up to where the first request can be sent.</summary>
    /// <exception cref="NetworkException">It could not be connected.</exception>
    public virtual async Task<Connection> ConnectAsync(Lane lane, CancellationToken stop)
    {
        ConnectOptions options = OptionsOf(lane.Plan);
        return Endpoint.IsTls
            ? await TlsLayer.ConnectAsync(lane.Network, lane.Peer, Tls with { HandshakeTimeout = lane.Plan.Timeout },
                options, stop)
            : await lane.Network.ConnectAsync(lane.Peer, options, stop);
    }

    /// <summary>How to connect. The lane looks after answers that are late; a connection that is idle may be.</summary>
    private ConnectOptions OptionsOf(LoadPlan plan) => new()
    {
        Timeout = plan.Timeout,
        Limits = Limits.Default with
        {
            IdleTimeout = Timeout.InfiniteTimeSpan,
            ReadTimeout = Timeout.InfiniteTimeSpan,
            OutputBytesMax = (int)Math.Clamp((long)plan.Pipeline * Request.Length * 2, 1_048_576, Limits.Most),
        },
    };
}
