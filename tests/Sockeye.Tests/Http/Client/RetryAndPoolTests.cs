using Sockeye.Http.Client;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Client;

/// <summary>When a request is sent again, and how connections are shared and closed.</summary>
public sealed class RetryAndPoolTests : IAsyncLifetime
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly Network _network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _network.DisposeAsync().AsTask();

    [Theory]
    [InlineData("GET", 2)]
    [InlineData("PUT", 2)]
    [InlineData("DELETE", 2)]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    public async Task OnlyIdempotentRequestIsSentAgainWhenTheServerClosesWithoutAByte(string method, int connections)
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(number == 0 ? "" : Ok);
        });
        using var fetcher = new HttpFetcher(_network);
        Task<FetchResponse> sending = fetcher.SendAsync(
            new FetchRequest(method, server.Root) { Content = FetchContent.From(method == "GET" ? "" : "x") });
        if (connections == 2)
        {
            await using FetchResponse response = await sending.WaitAsync(FetchScene.TimeOut);
            Assert.Equal("ok", await response.ReadTextAsync());
        }
        else
        {
            FetchException exception = await Assert.ThrowsAsync<FetchException>(
                () => sending.WaitAsync(FetchScene.TimeOut));
            Assert.Equal(HttpRequestError.ResponseEnded, exception.HttpRequestError);
        }

        Assert.Equal(connections, server.Connections);
    }

    [Fact]
    public async Task RequestIsNotSentAgainOnceAByteHasCome()
    {
        await using var server = new ScriptedServer("H");
        using var fetcher = new HttpFetcher(_network);
        await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task RetriesAreBounded()
    {
        await using var server = new ScriptedServer("");
        using var fetcher = new HttpFetcher(_network, HttpFetcherOptions.Default with { RetriesMax = 3 });
        await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(4, server.Connections);
    }

    [Fact]
    public async Task ContentThatCanBeHadOnlyOnceIsNotSentAgain()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            peer.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await peer.ReadToEndAsync();
        });
        using var fetcher = new HttpFetcher(_network);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => fetcher.SendAsync(new FetchRequest("PUT", server.Root)
        {
            Content = FetchContent.From(new OnceStream(100)),
        }).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task ConnectionThatTheServerClosedWhileIdleIsNotUsed()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok); // Without a word of closing, and closes.
        });
        using var fetcher = new HttpFetcher(_network);
        for (int i = 0; i < 3; i++)
        {
            // POST: were the dead connection used, it could not be sent again.
            await using FetchResponse response = await fetcher.SendAsync(
                new FetchRequest("POST", server.Root) { Content = FetchContent.From("") });
            Assert.Equal("ok", await response.ReadTextAsync());
            await Eventually.Async(() => fetcher.ConnectionCount == 0);
        }

        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task IdleConnectionIsClosedAfterItsTime()
    {
        await using FetchScene scene = await FetchScene.StartAsync(
            "epoll", FetchScene.ServeAsync,
            HttpFetcherOptions.Default with { IdleTimeout = TimeSpan.FromMilliseconds(50) });
        await using FetchResponse response = await scene.GetAsync("/hello");
        await response.ReadBytesAsync();
        await Eventually.Async(() => scene.Fetcher.ConnectionCount == 0 && scene.Server.ConnectionCount == 0);
    }

    [Theory]
    [Models]
    public async Task IdleConnectionIsClosedWithoutAResetWhenAllEnds(string model)
    {
        var ended = new TaskCompletionSource<Exception?>();
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok);
            ended.SetResult(await Record.ExceptionAsync(peer.ReadToEndAsync));
        });
        await using (Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 }))
        {
            using var fetcher = new HttpFetcher(network);
            await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
            Assert.Equal("ok", await response.ReadTextAsync());
        }

        Assert.Null(await ended.Task.WaitAsync(FetchScene.TimeOut));
    }

    [Theory]
    [InlineData("timeout=5", 60, 4)]
    [InlineData("max=100, Timeout=5", 60, 4)]
    [InlineData("timeout=1", 60, 0.5)]
    [InlineData("timeout=500", 60, 60)]
    [InlineData("timeout=x", 60, 60)]
    [InlineData(null, 60, 60)]
    public void ServerMayShortenTheIdleTime(string? keepAlive, double ours, double expected) => Assert.Equal(
        TimeSpan.FromSeconds(expected), FetchExchange.IdleTimeoutOf(keepAlive, TimeSpan.FromSeconds(ours)));

    [Fact]
    public async Task IdleConnectionsOfAllOriginsAreBounded()
    {
        Func<ScriptedServer.Peer, int, Task> script = async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 })
            {
                await peer.SendAsync(Ok);
            }
        };
        await using var one = new ScriptedServer(script);
        await using var two = new ScriptedServer(script);
        await using var three = new ScriptedServer(script);
        using var fetcher = new HttpFetcher(_network, HttpFetcherOptions.Default with { IdleConnectionsMax = 2 });
        foreach (ScriptedServer server in (ScriptedServer[])[one, two, three, two, three])
        {
            await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
            Assert.Equal("ok", await response.ReadTextAsync());
        }

        Assert.Equal(2, fetcher.ConnectionCount);
        Assert.Equal((1, 1, 1), (one.Connections, two.Connections, three.Connections));
    }

    [Fact]
    public async Task RequestWaitsItsTurnAndNotForEver()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 })
            {
                await peer.SendAsync(Ok);
            }
        });
        using var fetcher = new HttpFetcher(_network, HttpFetcherOptions.Default with
        {
            ConnectionsPerOriginMax = 1,
            QueuedPerOriginMax = 1,
            QueueTimeout = TimeSpan.FromSeconds(1), // What is asked meanwhile must find it still waiting.
        });
        FetchResponse first = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        Task<FetchResponse> second = fetcher.SendAsync(new FetchRequest("GET", server.Root));
        FetchException full = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)));
        Assert.Equal(FetchPhase.Queue, full.Phase);
        Assert.False(full.IsTimeout);
        FetchException late = await Assert.ThrowsAsync<FetchException>(() => second.WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Queue, late.Phase);
        Assert.True(late.IsTimeout);

        Task<FetchResponse> third = fetcher.SendAsync(new FetchRequest("GET", server.Root));
        Assert.Equal("ok", await first.ReadTextAsync());
        await using FetchResponse response = await third.WaitAsync(FetchScene.TimeOut);
        Assert.True(response.Timings.IsReused);
        Assert.Equal("ok", await response.ReadTextAsync());
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task ResponseThatIsGivenUpFreesItsPlace()
    {
        await using FetchScene scene = await FetchScene.StartAsync(
            "epoll", FetchScene.ServeAsync, HttpFetcherOptions.Default with { ConnectionsPerOriginMax = 1 });
        for (int i = 0; i < 3; i++)
        {
            await using FetchResponse response = await scene.GetAsync("/large");
            Assert.Equal(10, await response.Body.ReadAtLeastAsync(new byte[10], 10));
        }

        await using FetchResponse last = await scene.GetAsync("/hello");
        Assert.Equal("Hello, World!", await last.ReadTextAsync());
    }

    [Fact]
    public async Task SmallBodyThatNobodyReadsDoesNotCostTheConnection()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        for (int i = 0; i < 3; i++)
        {
            await using FetchResponse response = await scene.GetAsync("/hello");
            Assert.Equal(i > 0, response.Timings.IsReused);
        }
    }

    [Fact]
    public async Task DisposedFetcherEndsWhatIsUnderWay()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        var fetcher = new HttpFetcher(_network);
        Task<FetchResponse> under = fetcher.SendAsync(new FetchRequest("GET", server.Root));
        await Eventually.Async(() => fetcher.ConnectionCount == 1);
        fetcher.Dispose();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => under.WaitAsync(FetchScene.TimeOut));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)));
    }

    [Fact]
    public async Task RefusedConnectionSaysWhereAndWhy()
    {
        using var fetcher = new HttpFetcher(_network);
        int port;
        await using (var server = new ScriptedServer(""))
        {
            port = server.Port;
        }

        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", $"http://127.0.0.1:{port}/")));
        Assert.Equal(FetchPhase.Connect, exception.Phase);
        Assert.Equal(HttpRequestError.ConnectionError, exception.HttpRequestError);
        Assert.Equal(0, fetcher.ConnectionCount);
    }

    [Fact]
    public async Task TimingsAreInTheOrderOfThePhases()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        string root = scene.Root.Replace("127.0.0.1", "localhost");
        await using FetchResponse response = await scene.SendAsync(new FetchRequest("GET", root + "/hello"));
        await response.ReadBytesAsync();
        FetchTimings timings = response.Timings;
        TimeSpan?[] phases =
        [
            timings.Queued, timings.NameLookup, timings.Connect, timings.RequestSent, timings.FirstByte, timings.End,
        ];
        Assert.All(phases, phase => Assert.NotNull(phase));
        Assert.Equal(phases.Order(), phases);
        Assert.Null(timings.Tls);
    }

    [Fact]
    public async Task TranscriptHasTheExactBytes()
    {
        await using var server = new ScriptedServer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        using var fetcher = new HttpFetcher(
            _network, new HttpFetcherOptions { UserAgent = null, Decompresses = false });
        string sent = "";
        string received = "";
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("POST", server.Root + "/a?b")
        {
            Content = FetchContent.From("hello"),
            Transcript = (direction, bytes) =>
            {
                string text = System.Text.Encoding.Latin1.GetString(bytes.Span);
                sent += direction == TranscriptDirection.Sent ? text : "";
                received += direction == TranscriptDirection.Received ? text : "";
            },
        });
        Assert.Equal("ok", await response.ReadTextAsync());
        Assert.Equal(
            $"POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\nContent-Length: 5\r\n\r\nhello", sent);
        Assert.Equal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", received);
    }
}
