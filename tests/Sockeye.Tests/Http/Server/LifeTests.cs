using System.Diagnostics;
using System.Text;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>How long connections live, and how they end: keep-alive, time-outs, the stop of the server.</summary>
public sealed class LifeTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    /// <summary>Soon over, and long enough for a request that is sent at once, on a busy machine too.</summary>
    private static readonly TimeSpan s_headTimeout = TimeSpan.FromMilliseconds(500);

    [Theory]
    [Hosts]
    public async Task KeepAliveIsWhatTheVersionAndTheFieldsSay(string on)
    {
        await using Site site = await Site.StartAsync(on, Site.CountBody);
        string close = site.Ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        Assert.Contains("\r\nConnection: close\r\n", close, StringComparison.Ordinal);
        string old = site.Ask("GET / HTTP/1.0\r\n\r\n");
        Assert.Contains("\r\nConnection: close\r\n", old, StringComparison.Ordinal);
        using RawClient client = site.Connect();
        for (int i = 0; i < 3; i++)
        {
            client.Send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
            Assert.Equal("keep-alive", client.Read()!.Field("Connection"));
        }

        client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n");
        Assert.Equal("close", client.Read()!.Field("Connection"));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AHandlerMayCloseAfterItsResponse(string on)
    {
        await using Site site = await Site.StartAsync(on, (request, response) =>
        {
            if (request.Path.SequenceEqual("/a"u8))
            {
                response.CloseAfter();
            }
            else
            {
                response.Add("Connection"u8, "close"u8);
            }

            return default;
        });
        Assert.Contains("Connection: close", site.Ask("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains("Connection: close", site.Ask("GET /b HTTP/1.1\r\nHost: h\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [Models]
    public async Task NobodyWaitsForMoreFromAClientThatSaidItSendsNoMore(string model)
    {
        Limits patient = Limits.Default with { CloseLinger = TimeSpan.FromMinutes(10) };
        await using Site site = await Site.StartAsync(
            model,
            Site.CountBody,
            new HttpServerOptions { Listen = ListenOptions.Default with { Limits = patient } });
        using RawClient last = site.Connect();
        last.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, last.Read()!.Status);
        Assert.True(last.IsAtEnd());
        var clock = Stopwatch.StartNew();
        while (site.Server.ConnectionCount > 0 && clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(10);
        }

        Assert.Equal(0, site.Server.ConnectionCount);

        // Who sends more all the same must not lose the reply to a reset.
        using RawClient more = site.Connect();
        more.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nmore");
        Assert.Equal(200, more.Read()!.Status);
        Assert.True(more.IsAtEnd());
        Assert.Equal(1, site.Server.ConnectionCount);
    }

    [Theory]
    [Hosts]
    public async Task AConnectionHasItsNumberOfRequests(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody, new HttpServerOptions { RequestsPerConnectionMax = 3 });
        using RawClient client = site.Connect();
        client.Send(Get + Get + Get + Get);
        Assert.Null(client.Read()!.Field("Connection"));
        Assert.Null(client.Read()!.Field("Connection"));
        Assert.Equal("close", client.Read()!.Field("Connection"));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AHeadThatComesTooSlowlyIsAnsweredWith408(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody, new HttpServerOptions { HeadTimeout = s_headTimeout });
        using RawClient first = site.Connect();
        first.Send("GET / HT");

        // The second of a connection has its own time.
        using RawClient second = site.Connect();
        second.Send(Get + "GET");

        // Each byte in time, and the whole too late.
        using RawClient steady = site.Connect();
        var answered = new TaskCompletionSource();
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 1_000 && !answered.Task.IsCompleted; i++)
            {
                steady.TrySend([(byte)(i < Get.Length - 2 ? Get[i] : 'x')]);
                await Task.WhenAny(answered.Task, Task.Delay(20));
            }
        });
        Assert.Equal(408, steady.Read()!.Status);
        answered.SetResult();
        await sending;
        Reply reply = first.Read()!;
        Assert.Equal(408, reply.Status);
        Assert.Equal("close", reply.Field("Connection"));
        Assert.True(first.IsAtEnd());
        Assert.Equal(200, second.Read()!.Status);
        Assert.Equal(408, second.Read()!.Status);
    }

    [Theory]
    [Hosts]
    public async Task AnIdleConnectionIsClosedWithoutAWord(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions
            {
                HeadTimeout = s_headTimeout,
                KeepAliveTimeout = TimeSpan.FromMilliseconds(50),
            });
        using RawClient silent = site.Connect();
        using RawClient idle = site.Connect();
        idle.Send(Get);
        Assert.Equal(200, idle.Read()!.Status);
        Assert.True(idle.IsAtEnd());
        Assert.True(silent.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AStopClosesWhatIsIdleAndLetsWhatHasBegunFinishWithTheLastWord(string on)
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            if (request.Path.SequenceEqual("/slow"u8))
            {
                begun.SetResult();
                await go.Task;
                Assert.True(request.IsServerStopping);
            }

            response.Write("whole"u8);
        });
        using RawClient idle = site.Connect();
        idle.Send(Get);
        Assert.Equal(200, idle.Read()!.Status);
        using RawClient busy = site.Connect();
        busy.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
        await begun.Task;
        Task<bool> stopping = site.Server.StopAsync(TimeSpan.FromSeconds(20)).AsTask();
        Assert.True(idle.IsAtEnd());
        Assert.False(stopping.IsCompleted);
        go.SetResult();
        Reply reply = busy.Read()!;
        Assert.Equal("whole", reply.Text);
        Assert.Equal("close", reply.Field("Connection"));
        Assert.True(busy.IsAtEnd());
        idle.Dispose();
        busy.Dispose();
        Assert.True(await stopping);
    }

    [Theory]
    [Hosts]
    public async Task AStopAtItsDeadlineResets(string on)
    {
        var begun = new TaskCompletionSource();
        await using Site site = await Site.StartAsync(on, async (request, _) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, request.Aborted);
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        await begun.Task;
        Assert.False(await site.Server.StopAsync(TimeSpan.FromMilliseconds(100)));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AHandlerIsToldWhenItsClientIsGone(string on)
    {
        var begun = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using Site site = await Site.StartAsync(on, async (request, _) =>
        {
            request.Aborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        });
        RawClient client = site.Connect();
        client.Send(Get);
        await begun.Task;
        client.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        client.Dispose();
        await aborted.Task.WaitAsync(Patience.Time);
    }

    [Theory]
    [Hosts]
    public async Task AClientThatFinishedSendingGetsItsReply(string on)
    {
        await using Site site = await Site.StartAsync(on, async (_, response) =>
        {
            await Task.Delay(50);
            response.Write("still here"u8);
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        client.FinishSending();
        Assert.Equal("still here", client.Read()!.Text);
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task EveryRequestIsInTheAccessLogAndARejectedOneWithItsRule(string on)
    {
        List<string> lines = [];
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions
            {
                AccessLog = (in entry) => lines.Add(
                    $"{entry.Head?.MethodText} {Encoding.ASCII.GetString(entry.Head!.Target)} {entry.Status} "
                    + $"{entry.ContentBytes} {entry.Rule} {entry.Duration >= TimeSpan.Zero}"),
            });
        using (RawClient client = site.Connect())
        {
            client.Send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n");
            Assert.Equal(200, client.Read()!.Status);
            Assert.Equal(400, client.Read()!.Status);
            Assert.True(client.IsAtEnd());
        }

        Assert.Equal("GET /a 200 5 None True", lines[0]);
        Assert.StartsWith("GET /b 400 ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("SpaceBeforeColon True", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [Hosts]
    public async Task TheReplyToABadRequestCanBeShaped(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions
            {
                OnBadRequest = (rule, response) =>
                {
                    response.Add("Content-Type"u8, "application/problem+json"u8);
                    response.Write($"{{\"rule\":\"{rule}\"}}");
                },
            });
        using RawClient client = site.Connect();
        client.Send("GET / HTTP/1.1\r\n\r\n");
        Reply reply = client.Read()!;
        Assert.Equal(400, reply.Status);
        Assert.Equal("{\"rule\":\"MissingHost\"}", reply.Text);
        Assert.Equal("close", reply.Field("Connection"));
    }
}
