using System.Text;
using Sockeye.Http;
using Sockeye.Http.Client;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Client;

/// <summary>The fetcher against our own server, both on each model.</summary>
public sealed class FetchOnEveryModelTests
{
    [Theory]
    [Models]
    public async Task ManyRequestsUseOneConnection(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        for (int i = 0; i < 20; i++)
        {
            await using FetchResponse response = await scene.GetAsync("/hello");
            Assert.Equal(200, response.Status);
            Assert.Equal("Hello, World!", await response.ReadTextAsync());
            Assert.Equal(i > 0, response.Timings.IsReused);
        }

        Assert.Equal(1, scene.Fetcher.ConnectionCount);
        Assert.Equal(1, scene.Fetcher.IdleConnectionCount);
    }

    [Theory]
    [Models]
    public async Task BodyInChunksComesBackAsItWas(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        byte[] content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        long uploaded = 0;
        await using FetchResponse response = await scene.SendAsync(
            new FetchRequest("POST", scene.Root + "/echo")
            {
                Content = FetchContent.From(new Unseekable(content)),
                Uploaded = progress => uploaded = progress.Bytes,
            });
        Assert.Equal(content, await response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
        Assert.Equal(content.Length, uploaded);
    }

    [Theory]
    [Models]
    public async Task LargeBodyIsAnnouncedAndSentWhenItMay(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        List<int> interim = [];
        await using FetchResponse response = await scene.SendAsync(
            new FetchRequest("PUT", scene.Root + "/count")
            {
                Content = FetchContent.From(new byte[2_000_000]),
                Interim = (status, _) => interim.Add(status),
            });
        Assert.Equal("2000000", await response.ReadTextAsync());
        Assert.Equal([100], interim);
        Assert.NotNull(response.Timings.RequestSent);
    }

    [Theory]
    [Models]
    public async Task LargeResponseIsStreamed(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        long downloaded = 0;
        FetchResponse response = await scene.SendAsync(
            new FetchRequest("GET", scene.Root + "/large") { Downloaded = progress => downloaded = progress.Bytes });
        Assert.Equal(10 << 20, (await response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut)).Length);
        Assert.Equal(10 << 20, downloaded);
        Assert.NotNull(response.Timings.End);
        Assert.Equal(1, scene.Fetcher.IdleConnectionCount);
    }

    [Theory]
    [Models]
    public async Task ResponseWithoutBodyLeavesTheConnectionReady(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        FetchResponse head = await scene.SendAsync(new FetchRequest("HEAD", scene.Root + "/hello"));
        Assert.Equal("13", head.Fields["Content-Length"]);
        Assert.Empty(await head.ReadBytesAsync());
        FetchResponse empty = await scene.GetAsync("/empty");
        Assert.Equal(204, empty.Status);
        Assert.True(empty.Timings.IsReused);
        Assert.Equal(1, scene.Fetcher.ConnectionCount);
    }

    [Theory]
    [Models]
    public async Task TrailersAndInterimResponsesAreTold(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        FetchResponse response = await scene.GetAsync("/trailers");
        Assert.Equal("body", await response.ReadTextAsync());
        Assert.Equal("42", response.Trailers["X-Sum"]);
        int seen = 0;
        FetchResponse early = await scene.SendAsync(
            new FetchRequest("GET", scene.Root + "/early") { Interim = (status, _) => seen = status });
        Assert.Equal(103, seen);
        Assert.Equal("after", await early.ReadTextAsync());
    }

    [Theory]
    [Models]
    public async Task ManyAtOnceShareFewConnections(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(
            model, FetchScene.ServeAsync, HttpFetcherOptions.Default with { ConnectionsPerOriginMax = 4 });
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await using FetchResponse response = await scene.GetAsync("/hello");
            return await response.ReadTextAsync();
        })).WaitAsync(FetchScene.TimeOut);
        Assert.All(texts, text => Assert.Equal("Hello, World!", text));
        Assert.InRange(scene.Fetcher.ConnectionCount, 1, 4);
    }

    [Theory]
    [Models]
    public async Task FetchesFromWithinAHandler(string model)
    {
        await using FetchScene back = await FetchScene.StartAsync(model, FetchScene.ServeAsync);
        HttpFetcher? fetcher = null;
        await using FetchScene front = await FetchScene.StartAsync(model, async (_, response) =>
        {
            Owner owner = Owner.Current!;
            await using FetchResponse inner = await fetcher!.SendAsync(new FetchRequest("GET", back.Root + "/hello"));
            Assert.Same(owner, Owner.Current);
            response.Write(await inner.ReadBytesAsync());
            Assert.Same(owner, Owner.Current);
        });
        using (fetcher = new HttpFetcher(front.Network))
        {
            for (int i = 0; i < 5; i++)
            {
                await using FetchResponse response = await front.GetAsync("/");
                Assert.Equal("Hello, World!", await response.ReadTextAsync());
            }

            Assert.Equal(1, fetcher.ConnectionCount);
        }
    }

    [Theory]
    [Models]
    public async Task SpeaksTlsWithServersItTrusts(string model)
    {
        var options = HttpFetcherOptions.Default with
        {
            Tls = new Sockeye.Tls.TlsClientOptions { ValidateServer = (_, _, _, _) => true },
        };
        await using FetchScene scene = await FetchScene.StartAsync(
            model, FetchScene.ServeAsync, options, "https://127.0.0.1:0",
            new HttpServerOptions { Tls = FetchScene.Tls });
        for (int i = 0; i < 3; i++)
        {
            await using FetchResponse response = await scene.GetAsync("/hello");
            Assert.Equal("Hello, World!", await response.ReadTextAsync());
            Assert.Equal(i == 0, response.Timings.Tls is not null);
        }

        using var strict = new HttpFetcher(scene.Network);
        FetchException refused = await Assert.ThrowsAsync<FetchException>(
            () => strict.SendAsync(new FetchRequest("GET", scene.Root + "/hello")).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(FetchPhase.Tls, refused.Phase);
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
    }

    [Theory]
    [Models]
    public async Task UnixSocketStandsInForTheHost(string model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}.sock");
        await using FetchScene scene = await FetchScene.StartAsync(
            model, FetchScene.ServeAsync,
            HttpFetcherOptions.Default with { ConnectTo = _ => Endpoint.Parse($"unix:{path}") }, $"unix:{path}");
        await using FetchResponse response = await scene.SendAsync(new FetchRequest("GET", "http://example.test/head"));
        Assert.Contains("Host: example.test\r\n", await response.ReadTextAsync());
    }

    [Theory]
    [Models]
    public async Task CancelledFetchEndsAtOnceAndTheNextOneWorks(string model)
    {
        await using FetchScene scene = await FetchScene.StartAsync(model, async (request, response) =>
        {
            if (Encoding.ASCII.GetString(request.Path) == "/never")
            {
                await Task.Delay(Timeout.Infinite, request.Aborted).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            response.Write("ok"u8);
        });
        using var cancellation = new CancellationTokenSource();
        Task<FetchResponse> never = scene.Fetcher.SendAsync(
            new FetchRequest("GET", scene.Root + "/never"), cancellation.Token);
        await using (FetchResponse other = await scene.GetAsync("/"))
        {
            Assert.Equal("ok", await other.ReadTextAsync());
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never.WaitAsync(FetchScene.TimeOut));
        Assert.Equal(1, scene.Fetcher.ConnectionCount);
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
