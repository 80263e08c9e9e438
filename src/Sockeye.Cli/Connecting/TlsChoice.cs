using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli.Resources;
using Sockeye.Tls;

namespace Sockeye.Cli.Connecting;

/// <summary>How to speak TLS with <c>tls://</c>.</summary>
/// <param name="Insecure">Take any certificate.</param>
/// <param name="Protocols">Protocols for ALPN, the best first.</param>
/// <param name="ServerName">The name to ask for.</param>
internal sealed record TlsChoice(bool Insecure, IReadOnlyList<SslApplicationProtocol> Protocols, string ServerName)
{
    /// <summary>What the options ask for; null where no TLS is spoken.</summary>
    public static TlsChoice? Of(Endpoint endpoint, bool insecure, string? alpn, string? sni)
    {
        if (endpoint.Scheme == EndpointScheme.Tls)
        {
            string[] names = (alpn ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
            return new TlsChoice(
                insecure, [.. names.Select(name => new SslApplicationProtocol(name))], sni ?? endpoint.Host);
        }

        string? idle = insecure ? "--insecure" : alpn is not null ? "--alpn" : sni is not null ? "--sni" : null;
        return idle is null ? null : throw new ToolException(ExitCode.Usage, ConnectText.OnlyTls.With(idle, endpoint));
    }

    /// <summary>Shakes hands over a connection, on its owner.</summary>
    /// <param name="endpoint">What was asked for.</param>
    /// <param name="beneath">The connection that carries it.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Ctrl-C.</param>
    public async Task<TlsConnection> ClientAsync(
        Endpoint endpoint, Connection beneath, TimeSpan limit, CancellationToken stop)
    {
        string? wrong = null;
        var options = new TlsClientOptions
        {
            ServerName = ServerName,
            ApplicationProtocols = Protocols,
            HandshakeTimeout = limit,
            ValidateServer = (_, certificate, chain, errors) =>
            {
                wrong = Insecure || errors == SslPolicyErrors.None
                    ? null
                    : Why(errors, certificate, chain, beneath.Network.Time);
                return wrong is null;
            },
        };
        try
        {
            return await TlsLayer.ClientAsync(beneath, options, stop);
        }
        catch (NetworkException) when (wrong is not null)
        {
            throw new ToolException(ExitCode.Network, ConnectText.Certificate.With(endpoint, wrong));
        }
        catch (NetworkException exception) when (exception.Error == NetworkError.NotTls)
        {
            throw new NetworkException(exception.Operation, exception.Endpoint, exception.Error,
                ConnectText.NotTls.With(endpoint, endpoint.AsTcp()));
        }
        catch (NetworkException exception) when (exception.Error == NetworkError.TimedOut)
        {
            throw new NetworkException(exception.Operation, exception.Endpoint, exception.Error,
                ConnectText.HandshakeTimedOut.With(endpoint, limit.TotalSeconds));
        }
    }

    private string Why(SslPolicyErrors errors, X509Certificate? shown, X509Chain? chain, TimeProvider time)
    {
        if (shown is not X509Certificate2 certificate || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return ConnectText.CertificateMissing;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return ConnectText.CertificateName.With(ServerName);
        }

        DateTime now = time.GetUtcNow().LocalDateTime; // As a certificate gives its own times.
        return now > certificate.NotAfter ? ConnectText.CertificateExpired.With(certificate.NotAfter)
            : now < certificate.NotBefore ? ConnectText.CertificateEarly.With(certificate.NotBefore)
            : chain?.ChainElements.Count == 1 && certificate.Subject == certificate.Issuer
                ? ConnectText.CertificateSelfSigned
                : ConnectText.CertificateChain;
    }
}
