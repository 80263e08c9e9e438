using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Adapters;

namespace Sockeye.Tls;

/// <summary>
/// A connection inside TLS. Limits, ends and time-outs are those of every connection: the peer's close_notify is
/// <see cref="End.Finished"/>, and our own goes before our FIN (RFC 8446 section 6.1). A handler that wants to know
/// what was negotiated asks: <c>connection is TlsConnection tls</c>.
/// </summary>
/// <remarks>A FIN without a close_notify before it counts as <see cref="End.Finished"/> too, since many peers never
/// send one: a protocol that must notice being cut short has to mark its own end, as HTTP does.</remarks>
public sealed class TlsConnection : StreamConnection
{
    private readonly Connection _beneath;
    private readonly SslStream _stream;
    private readonly TaskCompletionSource _closed = new();
    private CancellationTokenRegistration _watch;

    internal TlsConnection(Connection beneath, SslStream stream)
        : base(beneath.Owner, beneath.Network, WithoutLinger(beneath.Limits), stream)
    {
        _beneath = beneath;
        _beneath.IsBeneathAnother = true;
        _stream = stream;
    }

    /// <inheritdoc/>
    protected internal override long OutputInKernel => _beneath.OutputInKernel;

    /// <inheritdoc/>
    public override Endpoint LocalEndpoint => _beneath.LocalEndpoint.AsTls();

    /// <inheritdoc/>
    public override Endpoint RemoteEndpoint => _beneath.RemoteEndpoint.AsTls();

    /// <inheritdoc/>
    public override TcpInfo? ReadTcpInfo() => _beneath.ReadTcpInfo();

    /// <summary>The version of TLS.</summary>
    public SslProtocols Protocol => _stream.SslProtocol;

    /// <summary>The cipher suite.</summary>
    public TlsCipherSuite CipherSuite => _stream.NegotiatedCipherSuite;

    /// <summary>The protocol chosen by ALPN (RFC 7301); empty when none was.</summary>
    public SslApplicationProtocol ApplicationProtocol => _stream.NegotiatedApplicationProtocol;

    /// <summary>The host that the client asked for (SNI, RFC 6066 section 3); empty when it named none.</summary>
    public string ServerName => _stream.TargetHostName;

    /// <summary>The peer's certificate; null when it showed none.</summary>
    public X509Certificate2? PeerCertificate => (X509Certificate2?)_stream.RemoteCertificate;

    /// <summary>Completes on the owner once nothing is left to be given to the connection beneath.</summary>
    internal Task Closed => _closed.Task;

    /// <inheritdoc/>
    protected override bool FinishesAtOnce => false;

    /// <inheritdoc/>
    protected override End EndOf(Exception exception) =>
        _beneath.Ended is End.None or End.Finished ? End.Reset : _beneath.Ended;

    /// <inheritdoc/>
    protected override void FinishOutput() => _ = FinishAsync();

    /// <inheritdoc/>
    protected override void CloseStream(bool reset)
    {
        _watch.Unregister();
        if (reset)
        {
            // What the server reports is the end of the connection beneath: it is told which.
            _beneath.Lose(Ended == End.WriteTimeout ? End.WriteTimeout : End.Aborted);
            _stream.Dispose();
        }
        else
        {
            _ = CloseAsync();
        }

        _closed.SetResult();
    }

    /// <inheritdoc/>
    protected override void SendNowIfPossible() => _beneath.SendNow();

    /// <inheritdoc/>
    protected override void WatchForLoss() => _watch = _beneath.Lost.UnsafeRegister(
        static state =>
        {
            var connection = (TlsConnection)state!;
            connection.LoseOutput(connection._beneath.Ended); // What came before it may still be read.
        },
        this);

    /// <summary>The connection beneath lingers; once is enough.</summary>
    private static Limits WithoutLinger(Limits limits) => limits with { CloseLinger = TimeSpan.Zero };

    private async Task FinishAsync()
    {
        End end;
        try
        {
            await _stream.ShutdownAsync().ConfigureAwait(false);
            await Home();
            end = await _beneath.ShutdownAsync();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            end = EndOf(exception);
        }

        await Home();
        if (!Owner.IsCurrent)
        {
            return;
        }

        if (end == End.None)
        {
            CompleteFinish();
        }
        else if (!IsClosed)
        {
            Lose(end);
        }
    }

    private async Task CloseAsync()
    {
        await _beneath.DisposeAsync();
        _stream.Dispose();
    }
}
