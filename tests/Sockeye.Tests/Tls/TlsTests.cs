using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sockeye.Tests.Adapters;
using Sockeye.Tls;

namespace Sockeye.Tests.Tls;

public sealed class TlsTests
{
    private static readonly TlsCertificate s_certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost");

    private static readonly TlsServerOptions s_options = new() { Certificate = s_certificate };

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task HandlerHasTheSameContractInsideTls(string model)
    {
        await using Served served = await StartAsync(
            async c =>
            {
                Assert.IsType<TlsConnection>(c);
                while (await c.ReadAsync() is { IsEmpty: false } received)
                {
                    Assert.True(c.Owner.IsCurrent);
                    await Task.Yield();
                    Assert.True(c.Owner.IsCurrent);
                    c.Write(received.Span);
                    c.Consume(received.Length);
                    await c.FlushAsync();
                }

                Assert.Equal(End.Finished, c.Ended);
                c.Write("bye"u8);
            },
            model);
        await using SslStream client = await ConnectAsync(served);
        foreach (string text in new[] { "a", "hello", new('x', 40_000) })
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes(text));
            Assert.Equal(text, await ReadAsync(client, text.Length));
        }

        await client.ShutdownAsync();
        Assert.Equal("bye", await ReadToEndAsync(client));
        await served.Done;
    }

    [Fact]
    public async Task OurShutdownIsACloseNotifyAndReadingStaysOpen()
    {
        await using Served served = await StartAsync(async c =>
        {
            c.Write("all I say"u8);
            Assert.Equal(End.None, await c.ShutdownAsync());
            Received received = await c.ReadAsync();
            Assert.Equal("reply", Encoding.ASCII.GetString(received.Span));
        });
        await using SslStream client = await ConnectAsync(served);
        Assert.Equal("all I say", await ReadToEndAsync(client));
        await client.WriteAsync("reply"u8.ToArray());
        await served.Done;
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task LargeDataGoesBothWaysWithBackpressure(string model)
    {
        byte[] large = new byte[2_000_000];
        new Random(1).NextBytes(large);
        await using Served served = await StartAsync(
            async c =>
            {
                while (await c.ReadAsync() is { IsEmpty: false } received)
                {
                    c.Write(received.Span);
                    c.Consume(received.Length);
                    await c.FlushAsync();
                }
            },
            model,
            new Limits { OutputBytesHighWater = 10_000 });
        await using SslStream client = await ConnectAsync(served);
        Task sending = Task.Run(async () =>
        {
            await client.WriteAsync(large);
            await client.ShutdownAsync();
        });
        var all = new MemoryStream();
        await client.CopyToAsync(all).WaitAsync(Served.TimeOut);
        await sending.WaitAsync(Served.TimeOut);
        Assert.Equal(large, all.ToArray());
        await served.Done;
    }

    [Fact]
    public async Task CancelledReadLosesNothingInsideTls()
    {
        await using Served served = await StartAsync(async c =>
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<Received> reading = c.ReadAsync(cancellation.Token);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.AsTask());
            c.Write("?"u8);
            await c.FlushAsync();
            Assert.Equal("!", Encoding.ASCII.GetString((await c.ReadAsync()).Span));
        });
        await using SslStream client = await ConnectAsync(served);
        Assert.Equal("?", await ReadAsync(client, 1));
        await client.WriteAsync("!"u8.ToArray());
        await served.Done;
    }

    [Fact]
    public async Task ResetInsideTlsIsAnEndAndFiresLost()
    {
        var lost = new TaskCompletionSource();
        await using Served served = await StartAsync(async c =>
        {
            c.Lost.Register(lost.SetResult);
            await c.ReadAsync();
            c.Consume(1);
            Assert.Equal(End.Reset, (await c.ReadAsync()).End);
            await lost.Task;
        });
        Socket socket = await served.ConnectAsync();
        var client = new SslStream(new NetworkStream(socket));
        await client.AuthenticateAsClientAsync(Anyone());
        await client.WriteAsync("x"u8.ToArray());
        Served.Reset(socket);
        await served.Done;
    }

    [Fact]
    public async Task IdleTimeoutIsAnEndInsideTls()
    {
        await using Served served = await StartAsync(
            async c => Assert.Equal(End.IdleTimeout, (await c.ReadAsync()).End),
            limits: new Limits { IdleTimeout = TimeSpan.FromSeconds(1) }); // The handshake must fit in it.
        await using SslStream client = await ConnectAsync(served);
        await served.Done;
    }

    [Fact]
    public async Task StopIsToldInsideTls()
    {
        await using Served served = await StartAsync(async c =>
        {
            c.Write("hi"u8);
            await c.FlushAsync();
            Assert.Equal(End.Shutdown, (await c.ReadAsync()).End);
            c.Write("bye"u8);
        });
        await using SslStream client = await ConnectAsync(served);
        Assert.Equal("hi", await ReadAsync(client, 2));
        ValueTask<bool> stopping = served.Listener.StopAsync(Served.TimeOut);
        Assert.Equal("bye", await ReadToEndAsync(client));
        await client.DisposeAsync();
        Assert.True(await stopping);
    }

    [Fact]
    public async Task HandshakeThatTakesTooLongIsGivenUp()
    {
        string? failure = null;
        await using Served served = await Served.StartAsync(TlsLayer.Server(
            _ => throw new InvalidOperationException("never"),
            s_options with
            {
                HandshakeTimeout = TimeSpan.FromMilliseconds(200),
                HandshakeFailed = (_, reason) => failure = reason,
            }));
        using Socket client = await served.ConnectAsync();
        Assert.Empty(await Served.ReadToEndAsync(client));
        await served.Done;
        Assert.Contains("HandshakeTimeout", failure);
    }

    [Fact]
    public async Task PeerThatSpeaksNoTlsNeverReachesTheHandler()
    {
        string? failure = null;
        await using Served served = await Served.StartAsync(TlsLayer.Server(
            _ => throw new InvalidOperationException("never"),
            s_options with { HandshakeFailed = (_, reason) => failure = reason }));
        using Socket client = await served.ConnectAsync();
        await Served.SendAsync(client, "GET / HTTP/1.1\r\n\r\n");
        await Served.ReadToEndAsync(client);
        await served.Done;
        Assert.EndsWith("failed: the peer does not speak TLS.", failure);
    }

    [Fact]
    public async Task ServerThatSpeaksNoTlsIsSaidToSpeakNone()
    {
        await using Served served = await Served.StartAsync(async c =>
        {
            c.Write("220 mail.example ESMTP\r\n"u8);
            await c.FlushAsync();
            await c.ReadAsync();
        });
        Endpoint endpoint = Endpoint.Parse($"tls://127.0.0.1:{served.Listener.Endpoint.Port}");
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(
            async () => await TlsLayer.ConnectAsync(served.Listener.Network, endpoint));
        Assert.Equal((NetworkError.NotTls, endpoint), (error.Error, error.Endpoint));
        Assert.Equal($"The TLS handshake with {endpoint} failed: the peer does not speak TLS.", error.Message);
    }

    [Theory]
    [InlineData("tls")]
    [InlineData("https")]
    public async Task EndpointThatWasAskedForIsNamedWhenWhatCarriesItFails(string scheme)
    {
        await using Network network = Network.Open();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        Endpoint endpoint = Endpoint.Parse($"{scheme}://{taken.LocalEndpoint}");
        NetworkException listening = await Assert.ThrowsAsync<NetworkException>(
            async () => await Server.StartAsync(network, [endpoint], _ => default, new() { Tls = s_options }));
        taken.Stop();
        NetworkException connecting = await Assert.ThrowsAsync<NetworkException>(
            async () => await TlsLayer.ConnectAsync(network, endpoint));
        Assert.Equal((endpoint, NetworkError.AddressInUse), (listening.Endpoint, listening.Error));
        Assert.StartsWith($"Cannot listen on {endpoint}: ", listening.Message);
        Assert.Equal((endpoint, NetworkError.Refused), (connecting.Endpoint, connecting.Error));
        Assert.StartsWith($"Cannot connect to {endpoint}: ", connecting.Message);
    }

    [Fact]
    public async Task CallbackThatThrowsEndsItsOwnHandshakeAndIsReported()
    {
        List<string> failures = [];
        await using Served served = await StartAsync(
            _ => default,
            options: s_options with
            {
                SelectCertificate = name => name == "bad.example" ? throw new FormatException("as asked") : null,
                HandshakeFailed = (_, reason) => failures.Add(reason),
            });
        SslClientAuthenticationOptions ask = Anyone();
        ask.TargetHost = "bad.example";
        await Assert.ThrowsAnyAsync<IOException>(async () => await ConnectAsync(served, ask));

        // The listener hears of the exception as it is.
        FormatException thrown = await Assert.ThrowsAsync<FormatException>(() => served.Done);
        Assert.Equal("as asked", thrown.Message);
        Assert.Contains("threw FormatException: as asked", Assert.Single(failures), StringComparison.Ordinal);
        await using SslStream good = await ConnectAsync(served);
        Assert.Equal("", await ReadToEndAsync(good));
        Assert.Single(failures);
    }

    [Fact]
    public async Task NameAndProtocolAreNegotiated()
    {
        TlsCertificate other = TlsCertificate.SelfSigned(TimeProvider.System, "other.example");
        string seen = "";
        await using Served served = await StartAsync(
            c =>
            {
                var tls = (TlsConnection)c;
                seen = $"{tls.ServerName} {tls.ApplicationProtocol}";
                return default;
            },
            options: s_options with
            {
                SelectCertificate = name => name == "other.example" ? other : null,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            });
        SslClientAuthenticationOptions ask = Anyone();
        ask.TargetHost = "other.example";
        ask.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        await using SslStream client = await ConnectAsync(served, ask);
        Assert.Equal(other.Leaf.Thumbprint, client.RemoteCertificate!.GetCertHashString());
        await served.Done;
        Assert.Equal("other.example http/1.1", seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequiredClientCertificateDecidesWhoComesIn(bool shows)
    {
        TlsCertificate mine = TlsCertificate.SelfSigned(TimeProvider.System, "client");
        string? who = null;
        string? failure = null;
        await using Served served = await StartAsync(
            c =>
            {
                who = ((TlsConnection)c).PeerCertificate?.Subject;
                return default;
            },
            options: s_options with
            {
                ClientCertificates = ClientCertificates.Required,
                ValidateClient = (_, _, _, _) => true,
                HandshakeFailed = (_, reason) => failure = reason,
            });
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        try
        {
            await using Connection client = await TlsLayer.ConnectAsync(
                network,
                served.Listener.Endpoint,
                new TlsClientOptions { ValidateServer = (_, _, _, _) => true, Certificate = shows ? mine : null });
            Assert.True((await client.ReadAsync()).IsEmpty);
        }
        catch (NetworkException) when (!shows)
        {
            // TLS 1.2 tells within the handshake, 1.3 after it.
        }

        await served.Done;
        Assert.Equal(shows ? "CN=client" : null, who);
        Assert.Equal(shows, failure is null);
    }

    [Fact]
    public async Task CertificateThatNobodyVouchesForIsRefusedByDefault()
    {
        await using Served served = await StartAsync(_ => default);
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            async () => await TlsLayer.ConnectAsync(network, served.Listener.Endpoint));
        Assert.Contains("certificate", refused.Message);
    }

    [Fact]
    public void CertificatesAreReadFromPemAndPfx()
    {
        string folder = Directory.CreateTempSubdirectory("sockeye-tls").FullName;
        try
        {
            X509Certificate2 leaf = s_certificate.Leaf;
            string key = leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
            File.WriteAllText($"{folder}/cert.pem", leaf.ExportCertificatePem());
            File.WriteAllText($"{folder}/key.pem", key);
            File.WriteAllText($"{folder}/both.pem", leaf.ExportCertificatePem() + "\n" + key);
            File.WriteAllBytes($"{folder}/both.pfx", leaf.Export(X509ContentType.Pfx, "secret"));
            Assert.Equal(leaf, TlsCertificate.FromPem($"{folder}/cert.pem", $"{folder}/key.pem").Leaf);
            Assert.Equal(leaf, TlsCertificate.FromPem($"{folder}/both.pem").Leaf);
            Assert.Equal(leaf, TlsCertificate.FromPfx($"{folder}/both.pfx", "secret").Leaf);
            Assert.ThrowsAny<CryptographicException>(() => TlsCertificate.FromPfx($"{folder}/both.pfx", "wrong"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Served> StartAsync(
        ConnectionHandler handler, string model = "epoll", Limits? limits = null, TlsServerOptions? options = null) =>
        Served.StartAsync(TlsLayer.Server(handler, options ?? s_options), model, limits);

    private static SslClientAuthenticationOptions Anyone() => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
    };

    private static async Task<SslStream> ConnectAsync(Served served, SslClientAuthenticationOptions? options = null)
    {
        var stream = new SslStream(new NetworkStream(await served.ConnectAsync(), ownsSocket: true));
        await stream.AuthenticateAsClientAsync(options ?? Anyone()).WaitAsync(Served.TimeOut);
        return stream;
    }

    private static async Task<string> ReadAsync(SslStream stream, int count)
    {
        byte[] buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(Served.TimeOut);
        return Encoding.ASCII.GetString(buffer);
    }

    private static async Task<string> ReadToEndAsync(SslStream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Served.TimeOut);
        return Encoding.ASCII.GetString(all.ToArray());
    }
}
