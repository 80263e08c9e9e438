using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Cli;

/// <summary>What is wrong with the files of a certificate, for serve and fetch alike.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CertificateFilesTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var work = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1_000);
        File.WriteAllText(PathOf("cert"), own.ExportCertificatePem());
        File.WriteAllText(PathOf("key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("other"), other.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("locked"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", work));
        File.WriteAllText(PathOf("both"), File.ReadAllText(PathOf("cert")) + "\n" + File.ReadAllText(PathOf("key")));
        File.WriteAllText(PathOf("empty"), "");
    }

    [Theory]
    [InlineData("cert", null, "there is a certificate in 'D/cert', and no private key; name the file of its key")]
    [InlineData("cert", "empty", "there is no private key in 'D/empty'; ")]
    [InlineData("cert", "cert", "there is no private key in 'D/cert'; ")]
    [InlineData("cert", "none", "'D/none' cannot be read: ")]
    [InlineData("cert", ".", "'D/.' is a folder; ")]
    [InlineData("cert", "other", "the private key in 'D/other' is not the one of the certificate in 'D/cert', ")]
    [InlineData("cert", "locked", "the private key in 'D/locked' has a password; ")]
    [InlineData("key", null, "there is no certificate in 'D/key'; ")]
    [InlineData("none", "key", "'D/none' cannot be read: ")]
    [InlineData("empty", "none", "there is no certificate in 'D/empty'; ")]
    public async Task FileThatIsToBlameIsNamed(string certificate, string? key, string sentence)
    {
        string files = $"--cert {PathOf(certificate)}" + (key is null ? "" : $" --key {PathOf(key)}");
        foreach (string command in (string[])["serve echo tls://127.0.0.1:0", "fetch https://127.0.0.1:1"])
        {
            var result = await CapturedOutput.OfAsync($"{command} {files}");
            Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
            string expected = sentence.Replace("D/", PathOf("") + "/", StringComparison.Ordinal);
            Assert.StartsWith($"sockeye: {expected}", result.Error);
            Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
        }
    }

    [Theory]
    [InlineData("both", null)]
    [InlineData("cert", "key")]
    public async Task FilesThatFitAreServed(string certificate, string? key)
    {
        string[] keyWords = key is null ? [] : ["--key", PathOf(key)];
        await using ToolProcess tool = ToolProcess.Start(
            ["serve", "hello", "https://127.0.0.1:0", "--json", "--quiet", "--cert", PathOf(certificate), .. keyWords]);
        var result = await CapturedOutput.OfAsync($"fetch https://127.0.0.1:{await tool.PortAsync()}/plaintext -k");
        Assert.Equal((0, "Hello, World!"), (result.ExitCode, result.Out));
        await tool.StopAsync();
    }

    public void Dispose() => _directory.Dispose();

    private string PathOf(string name) => Path.Combine(_directory.Path, name);
}
