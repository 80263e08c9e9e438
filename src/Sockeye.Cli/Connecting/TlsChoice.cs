using System.Net.Security;
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
        return idle is null ? null : throw new ToolException(ExitCode.Usage, Text.ConnectOnlyTls.With(idle, endpoint));
    }

    /// <summary>Shakes hands over a connection, on its owner.</summary>
    /// <param name="endpoint">What was asked for.</param>
    /// <param name="beneath">The connection that carries it.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Ctrl-C.</param>
    public async Task<TlsConnection> ClientAsync(
        Endpoint endpoint, Connection beneath, TimeSpan limit, CancellationToken stop)
    {
        SslPolicyErrors found = SslPolicyErrors.None;
        var options = new TlsClientOptions
        {
            ServerName = ServerName,
            ApplicationProtocols = Protocols,
            HandshakeTimeout = limit,
            ValidateServer = (_, _, _, errors) => Insecure || (found = errors) == SslPolicyErrors.None,
        };
        try
        {
            return await TlsLayer.ClientAsync(beneath, options, stop);
        }
        catch (NetworkException) when (found != SslPolicyErrors.None)
        {
            throw new ToolException(ExitCode.Network, Text.ConnectCertificate.With(endpoint, Why(found)));
        }
    }

    private string Why(SslPolicyErrors errors) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? Text.ConnectCertificateMissing
        : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? Text.ConnectCertificateName.With(ServerName)
        : Text.ConnectCertificateChain;
}
