using System.Text;
using Sockeye.Http.Client;

namespace Sockeye.Tests.Http.Client;

/// <summary>Requests with a body: what is announced, what is answered early, and what breaks off.</summary>
public sealed class UploadTests : IAsyncLifetime
{
    private readonly Network _network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _network.DisposeAsync().AsTask();

    [Fact]
    public async Task BodyIsSentWithoutPermissionOnceTheWaitIsOver()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            Assert.Contains("Expect: 100-continue\r\n", await peer.ReadHeadAsync());
            Assert.Equal("hello", Encoding.ASCII.GetString(await peer.ReadAsync(5)));
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var fetcher = new HttpFetcher(
            _network, HttpFetcherOptions.Default with { ContinueTimeout = TimeSpan.FromMilliseconds(50) });
        await using FetchResponse response = await SendAsync(fetcher, server, "hello", expects: true);
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task RefusedBodyIsNeverSent()
    {
        int followed = -1;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
            followed = await peer.ReadToEndAsync();
        });
        using (var fetcher = new HttpFetcher(
            _network, HttpFetcherOptions.Default with { ContinueTimeout = Timeout.InfiniteTimeSpan }))
        {
            await using FetchResponse response = await SendAsync(fetcher, server, "hello", expects: true);
            Assert.Equal(413, response.Status);
            Assert.Equal("no", await response.ReadTextAsync());
            Assert.Equal(0, fetcher.ConnectionCount); // Whether the server waits for a body cannot be known.
        }

        await Eventually.Async(() => followed >= 0);
        Assert.Equal(0, followed);
    }

    [Fact]
    public async Task RequestIsRepeatedWithoutTheExpectationThatWasNotMet()
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            string head = await peer.ReadHeadAsync();
            Assert.Equal(number == 0, head.Contains("Expect:"));
            await peer.SendAsync(number == 0
                ? "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var fetcher = new HttpFetcher(_network);
        await using FetchResponse response = await SendAsync(fetcher, server, "hello", expects: true);
        Assert.Equal(200, response.Status);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task AnswerBeforeTheRequestIsWholeEndsTheSending()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        });
        using var fetcher = new HttpFetcher(_network);
        var endless = new EndlessContent();
        await using FetchResponse response = await fetcher.SendAsync(
            new FetchRequest("POST", server.Root) { Content = endless }).WaitAsync(FetchScene.TimeOut);
        Assert.Equal(403, response.Status);
        Assert.Equal("no", await response.ReadTextAsync());
        await endless.Ended.WaitAsync(FetchScene.TimeOut);
        await Eventually.Async(() => fetcher.ConnectionCount == 0);
    }

    [Fact]
    public async Task AnswerOfAServerThatResetsBehindItIsRead()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
            await Task.Delay(100, peer.End); // So that it arrives before the reset that destroys it.
            peer.Reset();
        });
        using var fetcher = new HttpFetcher(_network);
        await using FetchResponse response = await fetcher.SendAsync(
            new FetchRequest("POST", server.Root) { Content = new EndlessContent() }).WaitAsync(FetchScene.TimeOut);
        Assert.Equal(413, response.Status);
    }

    [Fact]
    public async Task AnswerThatComesWhileSendingIsReadBesideIt()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        var turns = new TurnsContent();
        await using FetchResponse response = await scene.SendAsync(
            new FetchRequest("POST", scene.Root + "/echo") { Content = turns });
        byte[] buffer = new byte[5];
        for (int i = 0; i < 5; i++)
        {
            await response.Body.ReadExactlyAsync(buffer).AsTask().WaitAsync(FetchScene.TimeOut);
            Assert.Equal($"turn{i}", Encoding.ASCII.GetString(buffer));
            turns.Next.Release();
        }

        Assert.Equal(0, await response.Body.ReadAsync(buffer));
        await Eventually.Async(() => scene.Fetcher.IdleConnectionCount == 1);
    }

    [Fact]
    public async Task ContentThatFailsEndsTheRequestWithItsOwnException()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        await Assert.ThrowsAsync<NotSupportedException>(
            () => scene.SendAsync(new FetchRequest("POST", scene.Root + "/count") { Content = new FailingContent() }));
        Assert.Equal(0, scene.Fetcher.ConnectionCount);
    }

    [Theory]
    [InlineData(5, 6)]
    [InlineData(7, 6)]
    public async Task ContentOfAnotherLengthThanStatedIsAnError(int length, int stated)
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(() => scene.SendAsync(
            new FetchRequest("POST", scene.Root + "/count")
            {
                Content = FetchContent.From(new OnceStream(length), stated),
            }));
        Assert.IsType<InvalidOperationException>(exception.InnerException);
    }

    private static Task<FetchResponse> SendAsync(
        HttpFetcher fetcher, ScriptedServer server, string content, bool expects) => fetcher.SendAsync(
            new FetchRequest("POST", server.Root)
            {
                Content = FetchContent.From(content),
                ExpectsContinue = expects,
            }).WaitAsync(FetchScene.TimeOut);

    private sealed class EndlessContent : FetchContent
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public override long? Length => null;

        public override bool IsRepeatable => true;

        public override async Task WriteToAsync(Stream output, CancellationToken cancellationToken)
        {
            try
            {
                while (true)
                {
                    await output.WriteAsync(new byte[10_000], cancellationToken);
                    await Task.Yield();
                }
            }
            finally
            {
                _ended.TrySetResult();
            }
        }
    }

    private sealed class TurnsContent : FetchContent
    {
        public SemaphoreSlim Next { get; } = new(0);

        public override long? Length => null;

        public override bool IsRepeatable => false;

        public override async Task WriteToAsync(Stream output, CancellationToken cancellationToken)
        {
            for (int i = 0; i < 5; i++)
            {
                await output.WriteAsync(Encoding.ASCII.GetBytes($"turn{i}"), cancellationToken);
                await Next.WaitAsync(cancellationToken);
            }
        }
    }

    private sealed class FailingContent : FetchContent
    {
        public override long? Length => null;

        public override bool IsRepeatable => true;

        public override Task WriteToAsync(Stream output, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
