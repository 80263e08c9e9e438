using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Sockeye.Http;
using Sockeye.Http.Protocol;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>WebSockets over real connections: our server with the runtime's client and the other way round.</summary>
public sealed class WebSocketTests
{
    private static readonly TimeSpan s_time = Patience.Time;

    private static async ValueTask Echo(HttpRequest request, HttpResponse response) =>
        await EchoAsync(request, response, WebSocketOptions.Default);

    private static async ValueTask EchoAsync(HttpRequest request, HttpResponse response, WebSocketOptions options)
    {
        if (await WebSocketConnection.AcceptAsync(request, response, options) is { } socket)
        {
            while (await socket.ReceiveAsync() is { Kind: not WebSocketKind.Closed } message)
            {
                await socket.SendAsync(message.Kind, message.Payload);
            }
        }
    }

    [Theory]
    [Models]
    public async Task TheRuntimesClientIsEchoed(string model)
    {
        await using Site site = await Site.StartAsync(Echo, model: model);
        using var client = new ClientWebSocket();
        using var limit = new CancellationTokenSource(s_time);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{site.Port}/"), limit.Token);
        foreach (int length in (int[])[0, 1, 125, 126, 65_535, 65_536, 300_000])
        {
            byte[] sent = new byte[length];
            new Random(length).NextBytes(sent);
            await client.SendAsync(sent, WebSocketMessageType.Binary, true, limit.Token);
            Assert.Equal(sent, await ReceiveAsync(client, limit.Token));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", limit.Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MessagesAreCompressedWhenBothWant(bool forgets)
    {
        var options = new WebSocketOptions { Compress = true, ForgetContext = forgets };
        await using Site site = await Site.StartAsync((request, response) => EchoAsync(request, response, options));
        using var client = new ClientWebSocket();
        client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        using var limit = new CancellationTokenSource(s_time);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{site.Port}/"), limit.Token);
        for (int i = 0; i < 5; i++)
        {
            byte[] sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"again and again {i} ", 5_000)));
            await client.SendAsync(sent, WebSocketMessageType.Text, true, limit.Token);
            Assert.Equal(sent, await ReceiveAsync(client, limit.Token));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OurClientTalksToOurServer(bool compress)
    {
        var options = new WebSocketOptions { Compress = compress, Protocols = ["b", "a"] };
        await using Site site = await Site.StartAsync((request, response) => EchoAsync(request, response, options));
        await using var network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            await using WebSocketConnection socket = await WebSocketConnection.ConnectAsync(
                network, Endpoint.Parse($"ws://127.0.0.1:{site.Port}/chat?x=1"), options);
            Assert.Equal("b", socket.Protocol);
            Assert.Equal(compress, socket.IsCompressed);
            foreach (int length in (int[])[0, 1, 200, 70_000, 900_000])
            {
                string sent = new('\u00e9', length / 2);
                await socket.SendAsync(sent);
                WebSocketMessage message = await socket.ReceiveAsync();
                Assert.Equal(WebSocketKind.Text, message.Kind);
                Assert.Equal(sent, message.Text);
            }

            await socket.CloseAsync(WebSocketCloseCode.Normal, "done");
            Assert.Equal(WebSocketCloseCode.Normal, socket.CloseCode);
            Assert.False(socket.IsOpen);
        }).WaitAsync(s_time);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 12", 426)]
    [InlineData("Sec-WebSocket-Key: short", 400)]
    [InlineData("Origin: http://elsewhere", 403)]
    public async Task ARequestThatIsNoHandshakeIsRefused(string field, int status)
    {
        await using Site site = await Site.StartAsync(Echo);
        using RawClient client = site.Connect();
        string[] fields =
        [
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://h",
        ];
        string name = field[..field.IndexOf(':', StringComparison.Ordinal)];
        client.Send(
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + string.Join("\r\n", fields.Select(one => one.StartsWith(name, StringComparison.Ordinal) ? field : one))
            + "\r\n\r\n");
        Assert.Equal(status, client.Read()!.Status);

        // It is an ordinary reply, and the connection goes on.
        client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(426, client.Read()!.Status);
    }

    [Theory]
    [InlineData("http://h", "h", 101)]
    [InlineData("http://h", "h:80", 101)]
    [InlineData("http://h:80", "H", 101)]
    [InlineData("HTTP://H:8080", "h:8080", 101)]
    [InlineData("https://h", "h:443", 101)]
    [InlineData("https://h:443", "h", 101)]
    [InlineData("http://[::1]:80", "[::1]", 101)]
    [InlineData("https://h", "h:80", 403)]
    [InlineData("http://h", "h:443", 403)]
    [InlineData("http://h", "h:8080", 403)]
    [InlineData("http://h.evil", "h", 403)]
    [InlineData("http://h/", "h", 403)]
    [InlineData("http://x@h", "h", 403)]
    [InlineData("ftp://h", "h", 403)]
    [InlineData("h", "h", 403)]
    [InlineData("null", "null", 403)]
    [InlineData("", "h", 403)]
    public async Task AnOriginIsTheHostWhenSchemeAndPortSaySo(string origin, string host, int status)
    {
        await using Site site = await Site.StartAsync(Echo);
        using RawClient client = site.Connect();
        client.Send(HandshakeOf(origin, host));
        Assert.Equal(status, client.ReadAny()!.Status);
    }

    [Theory]
    [InlineData("https://h", "h", 101)]
    [InlineData("https://h", "h:443", 101)]
    [InlineData("http://h", "h", 403)] // A page that came without TLS may be anybody's.
    public async Task AnOriginBehindTlsIsOneOfHttps(string origin, string host, int status)
    {
        await using Site site = await Site.StartAsync("epoll" + HostsAttribute.Tls, Echo);
        using RawClient client = site.Connect();
        client.Send(HandshakeOf(origin, host));
        Assert.Equal(status, client.ReadAny()!.Status);
    }

    [Theory]
    [Models]
    public async Task AMessageOfEmptyFragmentsDoesNotGoOnForEver(string model)
    {
        await using Site site = await Site.StartAsync(
            model,
            (request, response) => EchoAsync(
                request, response, new WebSocketOptions { Limits = new() { OverheadBytesMax = 10_000 } }));
        using RawClient client = Shake(site);
        client.Send([0x01, 0x80, 0, 0, 0, 0]);
        byte[] empty = [.. Enumerable.Repeat((byte[])[0x00, 0x80, 0, 0, 0, 0], 100).SelectMany(one => one)];
        for (int i = 0; i < 100; i++)
        {
            client.TrySend(empty);
        }

        // 1008, and why.
        Assert.StartsWith("\u0088\u0014\u0003\u00F0too many fragments", client.ReadToEnd(), StringComparison.Ordinal);
    }

    private static string HandshakeOf(string origin, string host) =>
        $"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {origin}\r\n\r\n";

    [Fact]
    public async Task TheExampleOfTheRfcIsAnsweredWithItsKey()
    {
        await using Site site = await Site.StartAsync(Echo);
        using RawClient client = Shake(site);

        // RFC 6455 section 5.7: a masked "Hello", and what comes back without a mask.
        client.Send([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        Assert.Equal("\u0081\u0005Hello", Take(client, 7));

        // A ping between fragments is answered at once, and the close echoed.
        client.Send([0x01, 0x80, 0, 0, 0, 0, 0x89, 0x81, 0, 0, 0, 0, (byte)'p', 0x80, 0x81, 0, 0, 0, 0, (byte)'x']);
        Assert.Equal("\u008a\u0001p\u0081\u0001x", Take(client, 6));
        client.Send([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
        Assert.Equal("\u0088\u0002\u0003\u00e8", client.ReadToEnd());
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x01, (byte)'x' }, 1002)]                        // Not masked.
    [InlineData(new byte[] { 0x83, 0x80, 0, 0, 0, 0 }, 1002)]                       // A reserved opcode.
    [InlineData(new byte[] { 0xc1, 0x80, 0, 0, 0, 0 }, 1002)]                       // RSV1 without compression.
    [InlineData(new byte[] { 0x80, 0x80, 0, 0, 0, 0 }, 1002)]                       // A continuation of nothing.
    [InlineData(new byte[] { 0x09, 0x80, 0, 0, 0, 0 }, 1002)]                       // A ping in fragments.
    [InlineData(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0xff }, 1007)]                 // No UTF-8.
    [InlineData(new byte[] { 0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 1009)] // 4 GB.
    public async Task APeerThatBreaksARuleIsToldWhich(byte[] frame, int code)
    {
        var ended = new TaskCompletionSource<WebSocketCloseCode>();
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            WebSocketConnection socket = (await WebSocketConnection.AcceptAsync(request, response))!;
            Assert.Equal(WebSocketKind.Closed, (await socket.ReceiveAsync()).Kind);
            ended.SetResult(socket.CloseCode);
        });
        using RawClient client = Shake(site);
        client.Send(frame);
        string close = client.ReadToEnd();
        Assert.Equal(0x88, close[0]);
        Assert.Equal(code, (close[2] << 8) | close[3]);
        Assert.Equal(code, (int)await ended.Task.WaitAsync(s_time));
    }

    [Fact]
    public async Task APingIsAnsweredAlthoughAMessageWaitsForASlowPeer()
    {
        byte[] message = new byte[32 << 20];
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            WebSocketConnection socket = (await WebSocketConnection.AcceptAsync(request, response))!;
            Task<End> sending = socket.SendAsync(WebSocketKind.Binary, message).AsTask();
            Assert.False(sending.IsCompleted);
            slow.SetResult();
            WebSocketMessage received = await socket.ReceiveAsync();
            Assert.Equal("x", received.Text);
            Assert.Equal(End.None, await sending);
        });
        using RawClient client = Shake(site);
        await slow.Task.WaitAsync(s_time);
        client.Send([0x89, 0x81, 0, 0, 0, 0, (byte)'p', 0x81, 0x81, 0, 0, 0, 0, (byte)'x']);
        string all = client.ReadToEnd();
        Assert.Contains("\u008a\u0001p", all, StringComparison.Ordinal);
        Assert.True(all.Length > message.Length);
    }

    [Fact]
    public async Task APeerThatOnlyGoesOnSendingCannotHoldACloseUp()
    {
        var options = new WebSocketOptions { CloseTimeout = TimeSpan.FromSeconds(1) };
        var closed = new TaskCompletionSource<WebSocketCloseCode>();
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            WebSocketConnection socket = (await WebSocketConnection.AcceptAsync(request, response, options))!;
            await socket.CloseAsync();
            closed.SetResult(socket.CloseCode);
        });
        using RawClient client = Shake(site);
        for (var watch = Stopwatch.StartNew(); !closed.Task.IsCompleted && watch.Elapsed < s_time;)
        {
            client.TrySend([0x81, 0x81, 0, 0, 0, 0, (byte)'x']);
            await Task.Delay(10);
        }

        Assert.True(closed.Task.IsCompleted, "It waited as long as something came.");
        Assert.Equal(WebSocketCloseCode.Abnormal, await closed.Task);
    }

    [Fact]
    public async Task AServerThatStopsSaysThatItGoesAway()
    {
        await using Site site = await Site.StartAsync(Echo);
        using var client = new ClientWebSocket();
        using var limit = new CancellationTokenSource(s_time);
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{site.Port}/"), limit.Token);
        Task<bool> stopping = site.Server.StopAsync(s_time).AsTask();
        WebSocketReceiveResult result = await client.ReceiveAsync(new byte[10], limit.Token);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, result.CloseStatus);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", limit.Token);
        Assert.True(await stopping);
    }

    [Fact]
    public async Task ASilentPeerIsPingedAndAtLastGivenUp()
    {
        var ended = new TaskCompletionSource<WebSocketCloseCode>();
        var options = new WebSocketOptions
        {
            PingInterval = TimeSpan.FromMilliseconds(50),
            SilenceMax = TimeSpan.FromSeconds(1),
        };
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            WebSocketConnection socket = (await WebSocketConnection.AcceptAsync(request, response, options))!;
            await socket.ReceiveAsync();
            ended.SetResult(socket.CloseCode);
        });
        using RawClient client = Shake(site);
        Assert.Equal("\u0089\0\u0089\0", Take(client, 4));
        Assert.Equal(WebSocketCloseCode.Abnormal, await ended.Task.WaitAsync(s_time));
    }

    [Fact]
    public async Task OurClientRefusesAServerThatDoesNotUnderstand()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        await using var network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(() => network.RunAsync(async () =>
            await WebSocketConnection.ConnectAsync(network, Endpoint.Parse($"ws://127.0.0.1:{site.Port}/"))));
        Assert.Contains("it answered 200 OK", error.Message, StringComparison.Ordinal);
    }

    private static RawClient Shake(Site site)
    {
        RawClient client = site.Connect();
        client.Send(
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        Reply reply = client.ReadAny()!;
        Assert.Equal(101, reply.Status);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", reply.Field("Sec-WebSocket-Accept"));
        return client;
    }

    private static string Take(RawClient client, int count) => Encoding.Latin1.GetString(client.Take(count));

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket client, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[65_536];
        WebSocketReceiveResult result;
        do
        {
            result = await client.ReceiveAsync(buffer, cancellationToken);
            all.Write(buffer, 0, result.Count);
        }
        while (!result.EndOfMessage);
        return all.ToArray();
    }
}
