using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>A connection over a socket of the kernel that the engine owns.</summary>
internal abstract class SocketConnection : Connection
{
    private readonly LoopListener? _listener;
    private readonly UInt128 _host;
    private SocketAddress _peer;
    private Endpoint? _local;
    private Endpoint? _remote;

    protected SocketConnection(
        Loop loop, int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits)
        : base(loop, loop.Network, limits)
    {
        Loop = loop;
        Descriptor = descriptor;
        _peer = peer;
        _host = peer.HostKey;
        _listener = listener;
    }

    public sealed override Endpoint LocalEndpoint
    {
        get
        {
            if (_local is null && !IsClosed && Interop.Getsockname(Descriptor, out SocketAddress address).Ok)
            {
                _local = address.ToEndpoint(EndpointScheme.Tcp, EndpointScheme.Unix);
            }

            return _local ?? _listener?.Endpoint ?? RemoteEndpoint;
        }
    }

    public sealed override Endpoint RemoteEndpoint =>
        _remote ??= _peer.ToEndpoint(EndpointScheme.Tcp, EndpointScheme.Unix);

    /// <summary>The handler that serves it, for people.</summary>
    public string HandlerName => _listener?.HandlerName ?? "of a client";

    /// <summary>The peer's address without its port; zero for a Unix peer.</summary>
    public UInt128 Host => _host;

    protected Loop Loop { get; }

    protected int Descriptor { get; }

    private protected override void ReportFailure(Exception exception)
    {
        if (_listener is null)
        {
            base.ReportFailure(exception);
        }
        else
        {
            _listener.ReportFailed(this, exception);
        }
    }

    /// <summary>SIOCOUTQ, tcp(7): "the amount of unsent data in the socket send queue", and what is sent and not
    /// acknowledged.</summary>
    protected internal override long OutputInKernel =>
        !IsClosed && Interop.Ioctl(Descriptor, IoctlRequest.BytesUnsent) is { Ok: true, Value: int count } ? count : 0;

    public sealed override TcpInfo? ReadTcpInfo()
    {
        Span<byte> written = stackalloc byte[TcpInfo.BytesMax];
        return !IsClosed
            && Interop.Getsockopt(Descriptor, SocketLevel.Tcp, (int)TcpOption.Info, written) is { Ok: true } read
                ? TcpInfo.Parse(written[..read.Value])
                : null;
    }

    /// <summary>What a send is told of what comes after it.</summary>
    protected MessageFlags MoreFollows => HasFilePiece || FinFollows ? MessageFlags.More : MessageFlags.None;

    protected override bool CloseSendsFin => true;

    protected override void FinishOutput() => Interop.Shutdown(Descriptor, ShutdownHow.Write);

    /// <summary>Closes the descriptor, and tells the listener.</summary>
    protected void CloseDescriptor(bool reset)
    {
        if (reset)
        {
            Sockets.ResetOnClose(Descriptor);
        }

        Interop.Close(Descriptor);
        Leave();
    }

    /// <summary>Tells the listener that the descriptor is closed, or as good as closed.</summary>
    protected void Leave() => _listener?.Left(this, _host);
}
