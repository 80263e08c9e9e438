using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sockeye.Cli;
using Sockeye.Cli.Fetching;
using Sockeye.Tests.Http.Client;
using Sockeye.Tls;

namespace Sockeye.Tests.Cli;

/// <summary>The way to the server: proxies, our own certificate, and Ctrl-C on it.</summary>
public sealed class FetchWayTests
{
    [Theory]
    [InlineData(":8080/a", "http://localhost:8080/a")]
    [InlineData("8080/a?b", "http://localhost:8080/a?b")]
    [InlineData("https://:8443", "https://localhost:8443/")]
    [InlineData("http://h/?to=ws://:1", "http://h/?to=ws://:1")]
    [InlineData("example.com", "http://example.com/")]
    public void WhatIsLeftOutOfAUrlIsThisMachineOrHttp(string text, string url) =>
        Assert.Equal(new Uri(url), FetchTarget.Parse(text, null, []).Url);

    [Fact]
    public async Task HttpProxyGetsTheWholeUrl()
    {
        string? head = null;
        await using var proxy = new ScriptedServer(async (peer, _) =>
        {
            head = await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        var result = await CapturedOutput.OfAsync(
            $"fetch http://name.test/x --proxy http://me:secret@127.0.0.1:{proxy.Port}");
        Assert.Equal((0, "ok"), (result.ExitCode, result.Out));
        Assert.StartsWith("GET http://name.test/x HTTP/1.1\r\nHost: name.test\r\n", head);
        Assert.Contains("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n", head);
    }

    [Fact]
    public async Task SocksProxyIsToldTheName()
    {
        byte[] asked = [];
        await using var proxy = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadAsync(3); // RFC 1928 section 3: version 5, one method, none needed.
            await peer.SendAsync([5, 0]);
            asked = await peer.ReadAsync(4 + 1 + "name.test".Length + 2);
            await peer.SendAsync([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        var result = await CapturedOutput.OfAsync($"fetch http://name.test/ --proxy socks5://127.0.0.1:{proxy.Port}");
        Assert.Equal((0, "ok"), (result.ExitCode, result.Out));
        Assert.Equal([5, 1, 0, 3, 9, .. "name.test"u8, 0, 80], asked);
    }

    [Fact]
    public async Task OurCertificateIsShownToAServerThatAsks()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string folder = Directory.CreateTempSubdirectory("sockeye-fetch-").FullName;
        try
        {
            string certificate = Path.Combine(folder, "me.pem");
            string keyFile = Path.Combine(folder, "me.key");
            await File.WriteAllTextAsync(certificate, own.ExportCertificatePem());
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
            await using FetchScene scene = await FetchScene.StartAsync(
                "epoll", FetchScene.ServeAsync, endpoint: "https://127.0.0.1:0", serverOptions: new()
                {
                    Tls = FetchScene.Tls with
                    {
                        ClientCertificates = ClientCertificates.Required,
                        ValidateClient = (_, shown, _, _) => shown?.Subject == "CN=me",
                    },
                });
            string line = $"fetch {scene.Root}/hello --insecure";
            Assert.Equal(ExitCode.Network, (await CapturedOutput.OfAsync(line)).ExitCode);
            var result = await CapturedOutput.OfAsync($"{line} --cert {certificate} --key {keyFile}");
            Assert.Equal((0, "Hello, World!"), (result.ExitCode, result.Out));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task CompressedBodyIsUndone()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(
            packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync("a long text"u8.ToArray());
        }

        await using var server = new ScriptedServer(async (peer, _) =>
        {
            string head = await peer.ReadHeadAsync();
            bool isAsked = head.Contains("\r\nAccept-Encoding: ", StringComparison.Ordinal);
            await peer.SendAsync($"HTTP/1.1 200 OK\r\n{(isAsked ? "Content-Encoding: gzip\r\n" : "")}\r\n");
            await peer.SendAsync(isAsked ? packed.ToArray() : "plain"u8.ToArray());
        });
        Assert.Equal("a long text", (await CapturedOutput.OfAsync($"fetch {server.Root}")).Out);
        Assert.Equal("plain", (await CapturedOutput.OfAsync($"fetch {server.Root} Accept-Encoding:")).Out);
    }

    [Fact]
    public async Task InterruptEndsTheWaitForInputAndForAnAnswer()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        await using var waits = ToolProcess.Start("fetch", server.Root);
        await Eventually.Async(() => server.Connections == 1);
        await waits.InterruptAsync();
        Assert.Equal((130, ""), await waits.ExitAsync());

        await using var reads = ToolProcess.Start("fetch", server.Root, "-");
        await Eventually.Async(() => Waits(reads.Id));
        await reads.InterruptAsync();
        Assert.Equal((130, ""), await reads.ExitAsync());
        Assert.Equal(1, server.Connections);
    }

    /// <summary>Whether one of its threads is in read(2), which is call 0 on x86-64 and 63 on arm64, of standard input
    /// or a duplicate of it.</summary>
    private static bool Waits(int id) => Directory.GetDirectories($"/proc/{id}/task")
        .Select(task => File.ReadAllText(Path.Combine(task, "syscall")).Split(' '))
        .Any(call => call.Length > 1 && (call[0] is "0" or "63") && FileOf(id, Convert.ToInt32(call[1], 16)) is { } file
            && file == FileOf(id, 0));

    private static string? FileOf(int id, int descriptor) =>
        new FileInfo($"/proc/{id}/fd/{descriptor}").LinkTarget;
}
