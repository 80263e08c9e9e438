using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Conversations over TLS.</summary>
public sealed class ConnectTlsTests
{
    [Fact]
    public void AVersionIsNamedAsPeopleWriteIt() =>
        Assert.Equal("TLS 1.3", TextFormat.VersionOf(System.Security.Authentication.SslProtocols.Tls13));

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    [InlineData("async")]
    public async Task TlsCarriesTheSameConversation(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start(
            "connect", $"tls://{peer.Endpoint}", "--io", model, "-k", "-v", "--alpn", "h2,echo", "--sni", "name.test");
        await tool.WriteAsync("question");
        tool.Input.Close();
        using SslStream tls = await ServeTlsAsync(peer);
        Assert.Equal(("echo", "name.test"), (tls.NegotiatedApplicationProtocol.ToString(), tls.TargetHostName));
        using var reader = new StreamReader(tls);
        Assert.Equal("question", await reader.ReadToEndAsync().WaitAsync(ToolProcess.TimeOut));
        await tls.WriteAsync("answer"u8.ToArray());
        await tls.ShutdownAsync();
        peer.Finish();
        Assert.Equal("answer", await tool.ReadTextAsync());
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith($"connected to tls://{peer.Endpoint} from tls://127.0.0.1:", error);
        Assert.Contains($"\nclosed tls://{peer.Endpoint}: the peer finished; 6 B in, 8 B out, ", error);
    }

    [Fact]
    public async Task CertificateThatNobodyVouchesForIsRefused()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", $"tls://localhost:{peer.Port}", "-4");
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using SslStream tls = await ServeTlsAsync(peer);
            Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(ToolProcess.TimeOut));
            throw new IOException("closed");
        });
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, code);
        Assert.StartsWith($"sockeye: the certificate of tls://localhost:{peer.Port} ", error);
        Assert.EndsWith("; --insecure connects all the same\n", error);
    }

    [Fact]
    public async Task PeerThatSpeaksNoTlsIsSaidToSpeakNone()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", $"tls://{peer.Endpoint}");
        await peer.AcceptAsync();
        peer.Socket.Send("220 mail.example ESMTP\r\n"u8);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, code);
        Assert.Equal($"sockeye: tls://{peer.Endpoint} does not speak TLS, at least not first; "
            + $"tcp://{peer.Endpoint} connects without it\n", error);
    }

    private static async Task<SslStream> ServeTlsAsync(TestPeer peer)
    {
        await peer.AcceptAsync();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=name.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var tls = new SslStream(new NetworkStream(peer.Socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [new SslApplicationProtocol("echo")],
        }).WaitAsync(ToolProcess.TimeOut);
        return tls;
    }
}
