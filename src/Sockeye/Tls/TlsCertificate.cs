using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Tls;

/// <summary>A certificate with its private key and the certificates between it and its root. Immutable.</summary>
public sealed class TlsCertificate
{
    /// <summary>Days that a self-signed certificate is valid.</summary>
    public const int SelfSignedDays = 30;

    private TlsCertificate(X509Certificate2 leaf, X509Certificate2Collection? chain)
    {
        Leaf = leaf;

        // Offline: a server must not wait for somebody else's server when it starts.
        Context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    /// <summary>The certificate itself.</summary>
    public X509Certificate2 Leaf { get; }

    internal SslStreamCertificateContext Context { get; }

    /// <summary>Reads a certificate and its key in PEM (RFC 7468), as ACME clients write them.</summary>
    /// <param name="certificateFile">The certificate, and after it those between it and its root.</param>
    /// <param name="keyFile">The private key, without a password; null when it is in the same file.</param>
    /// <exception cref="CryptographicException">It is not PEM, or the key is another certificate's.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TlsCertificate FromPem(string certificateFile, string? keyFile = null)
    {
        X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        return new TlsCertificate(leaf, chain);
    }

    /// <summary>Reads a PFX file (PKCS #12, RFC 7292) with one certificate that has a key.</summary>
    /// <exception cref="CryptographicException">It is no such file, or the password is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TlsCertificate FromPfx(string file, string? password = null)
    {
        X509Certificate2Collection all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        X509Certificate2 leaf = all.FirstOrDefault(one => one.HasPrivateKey)
            ?? throw new CryptographicException($"{file} has no certificate with a private key.");
        return new TlsCertificate(leaf, all);
    }

    /// <summary>Wraps a certificate that has its private key.</summary>
    public static TlsCertificate From(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.HasPrivateKey
            ? new TlsCertificate(certificate, null)
            : throw new ArgumentException("The certificate has no private key.", nameof(certificate));
    }

    /// <summary>
    /// Makes a certificate on the spot that nobody else vouches for, for trying things out: valid from a day ago for
    /// <see cref="SelfSignedDays"/>.
    /// </summary>
    /// <param name="time">The clock.</param>
    /// <param name="hosts">Names and addresses that it is for; at least one.</param>
    public static TlsCertificate SelfSigned(TimeProvider time, params ReadOnlySpan<string> hosts)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfZero(hosts.Length, nameof(hosts));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        DateTimeOffset from = time.GetUtcNow().AddDays(-1); // The peer's clock may be behind.
        return new TlsCertificate(request.CreateSelfSigned(from, from.AddDays(SelfSignedDays)), null);
    }
}
