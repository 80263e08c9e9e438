using System.Net.Security;
using System.Security.Authentication;

namespace Sockeye.Tls;

/// <summary>Whether a server asks its clients for a certificate.</summary>
public enum ClientCertificates : byte
{
    /// <summary>It does not ask.</summary>
    Ignored = 0,

    /// <summary>It asks, and takes clients without one.</summary>
    Asked,

    /// <summary>It asks, and turns clients without one away.</summary>
    Required,
}

/// <summary>How a server speaks TLS.</summary>
public sealed record TlsServerOptions
{
    /// <summary>The certificate that it shows.</summary>
    public required TlsCertificate Certificate { get; init; }

    /// <summary>Chooses another by the host that the client asked for (SNI, RFC 6066 section 3; empty when it named
    /// none); when it returns null, and by default, it is <see cref="Certificate"/>. If it throws, that handshake has
    /// failed, and the listener reports it as it reports a handler that throws.</summary>
    public Func<string, TlsCertificate?>? SelectCertificate { get; init; }

    /// <summary>Protocols for ALPN (RFC 7301), the best first; none (default) leaves it out.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>Whether clients show a certificate. Default: they are not asked.</summary>
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>Judges a client's certificate; null (default) takes those that lead to a root of this system.</summary>
    public RemoteCertificateValidationCallback? ValidateClient { get; init; }

    /// <summary>The versions spoken. Default TLS 1.2 and 1.3; those before must not be used (RFC 8996).</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>How long a handshake may take before the connection is closed. Default 10 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told, on the owner, of each handshake that failed, in one sentence; null (default) tells nobody. The
    /// handler never hears of such a connection: on the open internet they are ordinary. Of a client that speaks plain
    /// text the bytes are there (<see cref="Connection.Unconsumed"/>), and it may be answered in kind.</summary>
    public Action<Connection, string>? HandshakeFailed { get; init; }
}

/// <summary>How a client speaks TLS.</summary>
public sealed record TlsClientOptions
{
    /// <summary>The defaults.</summary>
    public static TlsClientOptions Default { get; } = new();

    /// <summary>The host that the server's certificate must be for, also sent as SNI; null (default) is the
    /// endpoint's.</summary>
    public string? ServerName { get; init; }

    /// <summary>Our certificate, for servers that ask for one; null for none.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>Protocols for ALPN (RFC 7301), the best first; none (default) leaves it out.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>Judges the server's certificate; null (default) takes those for its name that lead to a root of this
    /// system.</summary>
    public RemoteCertificateValidationCallback? ValidateServer { get; init; }

    /// <summary>The versions spoken. Default TLS 1.2 and 1.3; those before must not be used (RFC 8996).</summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>How long the handshake may take. Default 10 seconds.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
