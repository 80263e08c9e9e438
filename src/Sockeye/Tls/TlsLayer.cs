using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Adapters;

namespace Sockeye.Tls;

/// <summary>
/// TLS as a layer between a network and a handler. The network carries bytes and knows nothing of it; the handler gets
/// a <see cref="TlsConnection"/>, on the same owner.
/// </summary>
public static class TlsLayer
{
    // RFC 8446 section 5.1, and RFC 6520 for the last one: every record begins with one of these.
    private const byte RecordTypeFirst = 20;
    private const byte RecordTypeLast = 24;

    private const string NotTls = "the peer does not speak TLS.";

    /// <summary>Wraps a server's handler: it runs once the handshake is done.</summary>
    /// <example><code>
    /// var tls = new TlsServerOptions { Certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost") };
    /// await using var listener = await network.ListenAsync(
    ///     Endpoint.Parse("tcp://127.0.0.1:0"), TlsLayer.Server(Echo, tls));
    /// </code></example>
    public static ConnectionHandler Server(ConnectionHandler handler, TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        return async beneath =>
        {
            if (await AcceptAsync(beneath, options) is { } connection)
            {
                await RunAsync(handler, connection);
            }
        };
    }

    /// <summary>
    /// Connects, and speaks TLS. From a handler the connection has the handler's owner; from elsewhere one is chosen,
    /// and the await goes on there.
    /// </summary>
    /// <exception cref="NetworkException">It could not be connected, or the handshake failed.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static ValueTask<Connection> ConnectAsync(
        Network network,
        Endpoint endpoint,
        TlsClientOptions? options = null,
        ConnectOptions? connect = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(endpoint);
        return network.ComeHomeAsync(
            () => ConnectHereAsync(network, endpoint, options ?? TlsClientOptions.Default, connect, cancellationToken));
    }

    /// <summary>Speaks TLS as a client on a connection that is open; on its owner, which it keeps. If it fails, the
    /// connection is reset.</summary>
    /// <exception cref="NetworkException">The handshake failed; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public static async ValueTask<TlsConnection> ClientAsync(
        Connection beneath, TlsClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(beneath);
        ArgumentNullException.ThrowIfNull(options);
        var carrier = new ConnectionStream(beneath);
        var stream = new SslStream(carrier, leaveInnerStreamOpen: true);
        var authentication = new SslClientAuthenticationOptions
        {
            TargetHost = options.ServerName ?? beneath.RemoteEndpoint.Host,
            ApplicationProtocols = ListOf(options.ApplicationProtocols),
            RemoteCertificateValidationCallback = options.ValidateServer,
            EnabledSslProtocols = options.Protocols,
            ClientCertificateContext = options.Certificate?.Context,
        };
        Task Authenticate(CancellationToken both) => stream.AuthenticateAsClientAsync(authentication, both);
        HandshakeFailure? failure;
        try
        {
            failure = await ShakeHandsAsync(
                beneath, carrier, options.HandshakeTimeout, Authenticate, cancellationToken);
        }
        catch
        {
            stream.Dispose();
            beneath.Abort();
            throw;
        }

        if (failure is not null)
        {
            stream.Dispose();
            beneath.Abort();
            throw new NetworkException(
                NetworkOperation.Connect,
                beneath.RemoteEndpoint.AsTls(),
                failure.Error,
                $"The TLS handshake with {beneath.RemoteEndpoint.AsTls()} failed: {failure.Reason}");
        }

        return Wrap(beneath, carrier, stream);
    }

    private static async ValueTask<TlsConnection?> AcceptAsync(Connection beneath, TlsServerOptions options)
    {
        var carrier = new ConnectionStream(beneath);
        var stream = new SslStream(carrier, leaveInnerStreamOpen: true);
        async Task Authenticate(CancellationToken both)
        {
            await RefusePlainTextAsync(beneath, both);
            await stream.AuthenticateAsServerAsync(
                (_, hello, _, _) => ValueTask.FromResult(OptionsFor(options, hello.ServerName)), null, both);
        }

        HandshakeFailure? failure;
        try
        {
            failure = await ShakeHandsAsync(
                beneath, carrier, options.HandshakeTimeout, Authenticate, CancellationToken.None);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // One of the callbacks threw, which is the server's bug: the listener reports it too, and resets this
            // connection, as it does with every handler that throws.
            stream.Dispose();
            Tell(beneath, options, $"a callback of TlsServerOptions threw {exception.GetType().Name}: "
                + exception.Message);
            throw;
        }

        if (failure is null)
        {
            return Wrap(beneath, carrier, stream);
        }

        // Closed, not reset: the alert that says why must reach the peer.
        stream.Dispose();
        Tell(beneath, options, failure.Reason);
        return null;
    }

    /// <summary>Waits for the first bytes. A record of TLS begins with its type, from 20 to 24 (RFC 8446 section 5.1):
    /// a letter begins text, such as a request of HTTP, which is left unconsumed for whoever is told.</summary>
    private static async Task RefusePlainTextAsync(Connection beneath, CancellationToken cancellationToken)
    {
        End end = End.None;
        while (beneath.Unconsumed.IsEmpty && end is End.None or End.Shutdown)
        {
            end = (await beneath.ReadAsync(cancellationToken)).End;
        }

        if (beneath.Unconsumed.Span is [byte first, ..] && char.IsAsciiLetter((char)first))
        {
            throw new AuthenticationException(NotTls);
        }
    }

    private static void Tell(Connection beneath, TlsServerOptions options, string reason) =>
        options.HandshakeFailed?.Invoke(
            beneath, $"The TLS handshake with {beneath.RemoteEndpoint.AsTls()} failed: {reason}");

    private static async ValueTask RunAsync(ConnectionHandler handler, TlsConnection connection)
    {
        try
        {
            await handler(connection);
        }
        catch
        {
            connection.Abort(); // The listener reports it, as it does for every handler.
            throw;
        }

        await connection.DisposeAsync();

        // It may have been disposed of before, and what it wrote is still leaving: the server closes what is beneath
        // when this returns.
        await connection.Closed;
    }

    private static async Task<Connection> ConnectHereAsync(
        Network network,
        Endpoint endpoint,
        TlsClientOptions options,
        ConnectOptions? connect,
        CancellationToken cancellationToken)
    {
        Connection beneath;
        try
        {
            beneath = await network.ConnectAsync(endpoint.AsTcp(), connect, cancellationToken);
        }
        catch (NetworkException exception) when (exception.Endpoint is not null)
        {
            throw exception.Naming(endpoint);
        }

        TlsClientOptions named = options.ServerName is null && endpoint.Host.Length > 0
            ? options with { ServerName = endpoint.Host }
            : options;
        return await ClientAsync(beneath, named, cancellationToken);
    }

    /// <summary>Runs a handshake within its time; why it failed, or null.</summary>
    private static async Task<HandshakeFailure?> ShakeHandsAsync(
        Connection beneath,
        ConnectionStream carrier,
        TimeSpan limit,
        Func<CancellationToken, Task> authenticate,
        CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, beneath.Network.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await authenticate(both.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HandshakeFailure(
                NetworkError.TimedOut, $"it took longer than HandshakeTimeout ({limit.TotalSeconds:0.###} s).");
        }
        catch (Exception exception) when (
            exception is AuthenticationException or IOException
            && carrier.FirstByte is < RecordTypeFirst or > RecordTypeLast)
        {
            return new HandshakeFailure(NetworkError.NotTls, NotTls);
        }
        catch (AuthenticationException exception)
        {
            return new HandshakeFailure(
                NetworkError.Refused,
                exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message);
        }
        catch (IOException exception)
        {
            return new HandshakeFailure(NetworkError.Reset, exception.Message);
        }
    }

    private static TlsConnection Wrap(Connection beneath, ConnectionStream carrier, SslStream stream)
    {
        var connection = new TlsConnection(beneath, stream);
        carrier.Stopping = connection.NoticeStop;
        return connection;
    }

    private static SslServerAuthenticationOptions OptionsFor(TlsServerOptions options, string serverName)
    {
        TlsCertificate certificate = options.SelectCertificate?.Invoke(serverName) ?? options.Certificate;
        bool asks = options.ClientCertificates != ClientCertificates.Ignored;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Context,
            ApplicationProtocols = ListOf(options.ApplicationProtocols),
            EnabledSslProtocols = options.Protocols,
            ClientCertificateRequired = asks,
            RemoteCertificateValidationCallback = asks
                ? (sender, shown, chain, errors) => Judge(options, sender, shown, chain, errors)
                : null,
        };
    }

    private static bool Judge(
        TlsServerOptions options, object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (shown is null)
        {
            return options.ClientCertificates == ClientCertificates.Asked;
        }

        return options.ValidateClient?.Invoke(sender, shown, chain, errors) ?? errors == SslPolicyErrors.None;
    }

    private static List<SslApplicationProtocol>? ListOf(IReadOnlyList<SslApplicationProtocol> protocols) =>
        protocols.Count == 0 ? null : [.. protocols];

    private sealed record HandshakeFailure(NetworkError Error, string Reason);
}
