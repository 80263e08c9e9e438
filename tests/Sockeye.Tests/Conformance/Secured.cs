using System.Net.Security;
using Sockeye.Tls;

namespace Sockeye.Tests.Conformance;

/// <summary>TLS as both sides of a behaviour speak it: one certificate, which nobody checks.</summary>
internal static class Secured
{
    /// <summary>Our layer as the server.</summary>
    public static TlsServerOptions Server { get; } =
        new() { Certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost") };

    /// <summary>Our layer as the client.</summary>
    public static TlsClientOptions Client { get; } = new() { ValidateServer = (_, _, _, _) => true };

    /// <summary>The runtime as the client.</summary>
    public static SslClientAuthenticationOptions PeerAsClient() =>
        new() { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true };

    /// <summary>The runtime as the server.</summary>
    public static SslServerAuthenticationOptions PeerAsServer() =>
        new() { ServerCertificate = Server.Certificate.Leaf };
}
