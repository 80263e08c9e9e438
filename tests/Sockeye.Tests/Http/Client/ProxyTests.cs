using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Http;
using Sockeye.Http.Client;
using Sockeye.Tests.Conformance;
using Sockeye.Tls;

namespace Sockeye.Tests.Http.Client;

/// <summary>Proxies of HTTP and SOCKS, scripted over sockets of the runtime; a server of ours is behind them.</summary>
public sealed class ProxyTests
{
    [Theory]
    [Models]
    public async Task HttpsGoesThroughATunnel(string model)
    {
        string seen = "";
        await using var proxy = new ScriptedServer(async (peer, _) =>
        {
            seen = await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            await CarryAsync(peer, int.Parse(seen.Split(' ')[1].Split(':')[1]));
        });
        var options = HttpFetcherOptions.Default with
        {
            Proxy = _ => new FetchProxy(FetchProxyKind.Http, Endpoint.Parse(proxy.Root))
            {
                Credentials = new NetworkCredential("user", "pass"),
            },
            Tls = new TlsClientOptions { ValidateServer = (_, _, _, _) => true },
        };
        await using FetchScene scene = await FetchScene.StartAsync(
            model, FetchScene.ServeAsync, options, "https://127.0.0.1:0",
            new HttpServerOptions { Tls = FetchScene.Tls });
        await using FetchResponse response = await scene.GetAsync("/head");
        string head = await response.ReadTextAsync();
        int port = scene.Server.Endpoints[0].Port;
        Assert.StartsWith("GET /head HTTP/1.1\r\n", head);
        Assert.DoesNotContain("Proxy-Authorization", head);
        Assert.StartsWith($"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n", seen);
        Assert.Contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n", seen);
        Assert.NotNull(response.Timings.Proxy);
        Assert.True(response.Timings.Tls > response.Timings.Proxy);
    }

    [Fact]
    public async Task HttpGoesToTheProxyWhole()
    {
        List<string> heads = [];
        await using var proxy = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 } head)
            {
                heads.Add(head);
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with
        {
            Proxy = ProxyOf(FetchProxyKind.Http, proxy),
        });
        (await fetcher.SendAsync(new FetchRequest("GET", "http://one.test/a?b"))).Dispose();
        (await fetcher.SendAsync(new FetchRequest("GET", "http://two.test:81/"))).Dispose();
        Assert.StartsWith("GET http://one.test/a?b HTTP/1.1\r\nHost: one.test\r\n", heads[0]);
        Assert.StartsWith("GET http://two.test:81/ HTTP/1.1\r\nHost: two.test:81\r\n", heads[1]);
        Assert.Equal(1, proxy.Connections); // One connection is good for any host.
    }

    [Fact]
    public async Task ProxyThatRefusesIsQuoted()
    {
        await using var proxy = new ScriptedServer(
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with
        {
            Proxy = ProxyOf(FetchProxyKind.HttpTunnel, proxy),
        });
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", "http://one.test/")).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Proxy, exception.Phase);
        Assert.Equal(HttpRequestError.ProxyTunnelError, exception.HttpRequestError);
        Assert.Contains("407 Proxy Authentication Required", exception.Message);
        Assert.Equal(0, fetcher.ConnectionCount);
    }

    [Theory]
    [InlineData(FetchProxyKind.HttpTunnel)]
    [InlineData(FetchProxyKind.Socks5)]
    public async Task SilentProxyIsGivenUpInTime(FetchProxyKind kind)
    {
        await using var proxy = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with
        {
            Proxy = ProxyOf(kind, proxy),
            ProxyTimeout = TimeSpan.FromMilliseconds(100),
        });
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", "http://one.test/")).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Proxy, exception.Phase);
        Assert.True(exception.IsTimeout);
    }

    [Theory]
    [Models]
    public async Task SocksProxyIsGivenTheName(string model)
    {
        string user = "";
        string host = "";
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        int port = scene.Server.Endpoints[0].Port;
        await using var proxy = new ScriptedServer(async (peer, _) =>
        {
            Assert.Equal([5, 2, 0, 2], await peer.ReadAsync(4));
            await peer.SendAsync([5, 2]);
            byte[] login = await peer.ReadAsync(2 + 3 + 1 + 4);
            user = Encoding.ASCII.GetString(login[2..5]) + ":" + Encoding.ASCII.GetString(login[6..]);
            await peer.SendAsync([1, 0]);
            byte[] request = await peer.ReadAsync(5);
            Assert.Equal([5, 1, 0, 3], request[..4]);
            host = Encoding.ASCII.GetString(await peer.ReadAsync(request[4]));
            await peer.ReadAsync(2);
            await peer.SendAsync([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
            await CarryAsync(peer, port);
        });
        using var fetcher = new HttpFetcher(scene.Network, HttpFetcherOptions.Default with
        {
            Proxy = _ => new FetchProxy(FetchProxyKind.Socks5, Endpoint.Parse($"tcp://127.0.0.1:{proxy.Port}"))
            {
                Credentials = new NetworkCredential("ada", "love"),
            },
        });
        for (int i = 0; i < 2; i++)
        {
            await using FetchResponse response = await fetcher.SendAsync(
                new FetchRequest("GET", "http://name.test/hello")).WaitAsync(FetchScene.TimeOut);
            Assert.Equal("Hello, World!", await response.ReadTextAsync());
        }

        Assert.Equal("ada:love", user);
        Assert.Equal("name.test", host);
        Assert.Equal(1, proxy.Connections);
    }

    [Theory]
    [InlineData(new byte[] { 5, 0xFF }, "authentication")]
    [InlineData(new byte[] { 4, 0 }, "SOCKS 5")]
    [InlineData(new byte[] { 5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0 }, "the connection was refused")]
    [InlineData(new byte[] { 5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0 }, "its rules do not allow it")]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 9, 0, 0, 0, 0, 0, 0 }, "unknown type")]
    [InlineData(new byte[] { 5, 0, 5 }, "ended the connection")]
    public async Task SocksProxyThatRefusesIsQuoted(byte[] answer, string reason)
    {
        await using var proxy = new ScriptedServer(async (peer, _) => await peer.SendAsync(answer));
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with
        {
            Proxy = ProxyOf(FetchProxyKind.Socks5, proxy),
        });
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", "http://one.test/")).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Proxy, exception.Phase);
        Assert.Contains(reason, exception.Message);
    }

    private static Func<Uri, FetchProxy?> ProxyOf(FetchProxyKind kind, ScriptedServer proxy)
    {
        var one = new FetchProxy(kind, Endpoint.Parse($"tcp://127.0.0.1:{proxy.Port}"));
        return _ => one;
    }

    /// <summary>Carries bytes both ways until one side ends.</summary>
    private static async Task CarryAsync(ScriptedServer.Peer peer, int port)
    {
        using var behind = new TcpClient();
        await behind.ConnectAsync(IPAddress.Loopback, port, peer.End);
        using var front = new NetworkStream(peer.Socket, ownsSocket: false);
        Task there = front.CopyToAsync(behind.GetStream(), peer.End);
        Task back = behind.GetStream().CopyToAsync(front, peer.End);
        await Task.WhenAny(there, back);
    }
}
