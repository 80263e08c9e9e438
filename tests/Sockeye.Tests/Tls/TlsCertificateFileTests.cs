using System.Security.Cryptography;
using Sockeye.Tests.Conformance;
using Sockeye.Tls;

namespace Sockeye.Tests.Tls;

/// <summary>Renewing a certificate while a server runs.</summary>
public sealed class TlsCertificateFileTests
{
    [Fact]
    public void ChangedFilesAreReadAgainAndBrokenOnesLeaveTheOldCertificate()
    {
        using var directory = new TemporaryDirectory();
        string certificate = Path.Combine(directory.Path, "cert.pem");
        string key = Path.Combine(directory.Path, "key.pem");
        DateTime written = DateTime.UtcNow.AddHours(-1);
        string first = Write("first.example");
        List<Exception> failures = [];
        var file = new TlsCertificateFile(certificate, key, TimeProvider.System)
        {
            LookInterval = TimeSpan.Zero,
            RenewalFailed = failures.Add,
        };
        Assert.Equal(first, file.Current.Leaf.Thumbprint);
        Assert.Same(file.Current, file.Current);
        string second = Write("second.example");
        Assert.Equal(second, file.Current.Leaf.Thumbprint);

        // A key that is not there yet, then whole again.
        File.Delete(key);
        Assert.Equal(second, file.Current.Leaf.Thumbprint);
        Assert.NotEmpty(failures);
        string third = Write("third.example");
        Assert.Equal(third, file.Current.Leaf.Thumbprint);

        string Write(string host)
        {
            using TlsCertificateOwner made = new(host);
            File.WriteAllText(certificate, made.CertificatePem);
            File.WriteAllText(key, made.KeyPem);
            written = written.AddMinutes(1); // Whatever the resolution of the file system's times is.
            File.SetLastWriteTimeUtc(certificate, written);
            File.SetLastWriteTimeUtc(key, written);
            return made.Thumbprint;
        }
    }

    [Fact]
    public void FilesAreLookedAtOnlyNowAndThen()
    {
        using var directory = new TemporaryDirectory();
        string both = Path.Combine(directory.Path, "both.pem");
        using (TlsCertificateOwner made = new("a.example"))
        {
            File.WriteAllText(both, made.CertificatePem + "\n" + made.KeyPem);
        }

        var file = new TlsCertificateFile(both, null, TimeProvider.System);
        TlsCertificate before = file.Current;
        File.Delete(both);
        Assert.Same(before, file.Current);
        Assert.ThrowsAny<IOException>(() => new TlsCertificateFile(both, null, TimeProvider.System));
    }

    /// <summary>A certificate whose key can be written to a file.</summary>
    private sealed class TlsCertificateOwner : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public TlsCertificateOwner(string host)
        {
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
                $"CN={host}", _key, HashAlgorithmName.SHA256);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            CertificatePem = made.ExportCertificatePem();
            KeyPem = _key.ExportPkcs8PrivateKeyPem();
            Thumbprint = made.Thumbprint;
        }

        public string CertificatePem { get; }

        public string KeyPem { get; }

        public string Thumbprint { get; }

        public void Dispose() => _key.Dispose();
    }
}
