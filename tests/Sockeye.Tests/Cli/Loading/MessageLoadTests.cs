using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Results;
using Sockeye.Http;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Http.Server;
using Sockeye.Tls;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>Messages and their replies over TCP, TLS, Unix sockets, WebSocket and UDP.</summary>
public sealed class MessageLoadTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0", 1)]
    [InlineData("tcp://127.0.0.1:0", 8)]
    [InlineData("unix:@sockeye-load-test", 1)]
    public async Task AnEchoOfEachMessageIsAnswered(string endpoint, int pipeline)
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse(endpoint), Handlers.Echo);
        var choice = new ProtocolChoice($"{listener.Endpoint}") { Pipeline = pipeline };
        LoadResult result = await LoadScene.RunAsync(LoadScene.PlanOf(choice, 2_001));
        LoadScene.AssertAnswered(result, 2_001);
        Assert.Equal(2_001 * result.Settings.MessageBytes, result.BytesIn);
        Assert.Equal(2_001 * result.Settings.MessageBytes, result.BytesOut);
        LoadScene.AssertAnswered(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice with { Close = true, Pipeline = 1 }, 50)), 50);
    }

    [Fact]
    public async Task AMessageLongerThanAnyBufferComesBackWhole()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Handlers.Echo);
        var choice = new ProtocolChoice($"{listener.Endpoint}") { Data = new string('x', 3_000_000) };
        LoadScene.AssertAnswered(await LoadScene.RunAsync(LoadScene.PlanOf(choice, 6, connections: 2)), 6);
    }

    [Fact]
    public async Task TlsIsSpokenWhereItIsAskedFor()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"), TlsLayer.Server(Handlers.Echo, Secured.Server));
        var choice = new ProtocolChoice($"tls://localhost:{listener.Endpoint.Port}") { Insecure = true };
        LoadScene.AssertAnswered(await LoadScene.RunAsync(LoadScene.PlanOf(choice, 300)), 300);
        await Assert.ThrowsAsync<NetworkException>(
            () => LoadScene.RunAsync(LoadScene.PlanOf(choice with { Insecure = false }, 1)));
    }

    [Fact]
    public async Task HttpsIsSpokenToo()
    {
        await using Site site = await Site.StartAsync(Site.CountBody, model: "epoll" + HostsAttribute.Tls);
        var choice = new ProtocolChoice(site.Url) { Insecure = true, Pipeline = 4 };
        LoadScene.AssertAnswered(await LoadScene.RunAsync(LoadScene.PlanOf(choice, 500)), 500);
    }

    [Fact]
    public async Task AReplyThatIsAnotherIsCountedOnceForEachMessage()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Handlers.Echo);
        var choice = new ProtocolChoice($"{listener.Endpoint}") { Data = "PING", Expect = ["PONG"] };
        LoadScene.AssertFailed(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice, 30)), LoadErrorKind.WrongBody, 30);
        LoadScene.AssertFailed(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice with { Expect = ["PO"] }, 30)),
            LoadErrorKind.WrongBody,
            30);
        LoadResult longer = await LoadScene.RunAsync(LoadScene.PlanOf(choice with { Expect = ["PIN"] }, 30));
        LoadScene.AssertFailed(longer, LoadErrorKind.MalformedReply, 30);
        Assert.Equal((0, 30 * "PING".Length), (longer.Requests, longer.BytesIn));
        LoadScene.AssertAnswered(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice with { Expect = [], ReplyBytes = 4 }, 30)), 30);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task AWebSocketThatEchoesIsAnswered(int pipeline)
    {
        await using Site site = await Site.StartAsync(EchoSocketAsync);
        var choice = new ProtocolChoice($"ws://127.0.0.1:{site.Port}/chat") { Data = "ping", Pipeline = pipeline };
        LoadScene.AssertAnswered(await LoadScene.RunAsync(LoadScene.PlanOf(choice, 1_001)), 1_001);
        LoadScene.AssertFailed(
            await LoadScene.RunAsync(LoadScene.PlanOf(choice with { Expect = ["pong"] }, 10)),
            LoadErrorKind.WrongBody, 10);
    }

    [Fact]
    public async Task APageThatIsNoWebSocketIsAFailure()
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            () => LoadScene.RunAsync($"ws://127.0.0.1:{site.Port}/", 1));
        Assert.Contains("it answered 200 OK", refused.Message);
    }

    [Fact]
    public async Task PingsOfTheServerAreAnswered()
    {
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            var options = new WebSocketOptions
            {
                PingInterval = TimeSpan.FromMilliseconds(50),
                SilenceMax = TimeSpan.FromSeconds(20),
            };
            if (await WebSocketConnection.AcceptAsync(request, response, options) is { } socket)
            {
                await EchoAsync(socket);
            }
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice($"ws://127.0.0.1:{site.Port}/"), 60, connections: 2);
        LoadScene.AssertAnswered(await LoadScene.RunAsync(plan with { RatePerSecond = 60 }), 60);
    }

    [Fact]
    public async Task DatagramsAreAnsweredAndThoseThatAreNotAreLost()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        int received = 0;
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("udp://127.0.0.1:0"), async socket =>
        {
            while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    if (++received % 10 != 5)
                    {
                        socket.Send(batch[i].Data, batch[i].Peer);
                    }
                }

                await socket.FlushAsync();
            }
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice($"{listener.Endpoint}"), 99, connections: 10) with
        {
            Timeout = TimeSpan.FromSeconds(1), // Answers on a busy machine must be within it.
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        LoadScene.AssertFailed(result, LoadErrorKind.DatagramLost, 10); // With the probe 100 were sent.
        Assert.Equal(89, result.Requests);
    }

    [Fact]
    public async Task AnAnswerThatComesLateIsNotTakenForTheNextOne()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var end = new CancellationTokenSource();
        Task serving = Task.Run(async () =>
        {
            for (int i = 0; ; i++)
            {
                UdpReceiveResult asked = await server.ReceiveAsync(end.Token);
                byte[] answer = asked.Buffer;
                if (i == 3)
                {
                    await Task.Delay(600, end.Token);
                    answer = [1, 2, 3]; // It would be counted as wrong.
                }

                await server.SendAsync(answer, asked.RemoteEndPoint, end.Token);
            }
        });
        int port = ((IPEndPoint)server.Client.LocalEndPoint!).Port;
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice($"udp://127.0.0.1:{port}"), 20, connections: 1) with
        {
            Timeout = TimeSpan.FromMilliseconds(200),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        Assert.False(result.Errors.ContainsKey(LoadErrorKind.WrongBody));
        Assert.True(result.Errors[LoadErrorKind.DatagramLost] >= 1);
        Assert.Equal(20, result.Requests + result.ErrorCount);
    }

    private static async ValueTask EchoSocketAsync(HttpRequest request, HttpResponse response)
    {
        if (await WebSocketConnection.AcceptAsync(request, response) is { } socket)
        {
            await EchoAsync(socket);
        }
    }

    private static async Task EchoAsync(WebSocketConnection socket)
    {
        while (await socket.ReceiveAsync() is { Kind: not WebSocketKind.Closed } message)
        {
            await socket.SendAsync(message.Kind, message.Payload.Span.ToArray());
        }
    }
}
