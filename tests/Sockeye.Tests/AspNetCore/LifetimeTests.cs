using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>How requests and their connections end, and what holds while they last.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("pool", true)]
    [InlineData("pool", false)]
    [InlineData("loop", true)]
    [InlineData("loop", false)]
    [InlineData("kestrel", true)]
    [InlineData("kestrel", false)]
    public async Task ApplicationHearsWhenTheClientLeaves(string carrier, bool inOrder)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            CancellationToken token = context.RequestAborted;
            began.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(s_long, token));
            aborted.SetResult();
        });
        using (RawClient client = app.Connect())
        {
            client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await began.Task.WaitAsync(s_long);
            client.Socket.LingerState = new LingerOption(!inOrder, 0);
        }

        await aborted.Task.WaitAsync(s_long);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task ClientThatFinishedSendingGetsTheWholeReply(string carrier)
    {
        const int Bytes = 5_000_000;
        await using WebApp app = await Run(carrier, async context =>
        {
            byte[] piece = new byte[50_000];
            for (int i = 0; i < Bytes / piece.Length; i++)
            {
                await context.Response.Body.WriteAsync(piece);
            }
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.FinishSending();
        Assert.Equal(Bytes, client.Read()!.Content.Length);
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task RequestsThatFollowAreAnsweredAlthoughTheirConnectionWasWatched(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            CancellationToken token = context.RequestAborted;
            await Task.Delay(50, token);
            await context.Response.WriteAsync(context.Request.Path, token);
        });
        using RawClient client = app.Connect();
        client.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        client.Send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"); // Comes while the first is being answered.
        Assert.Equal(["/1", "/2"], [client.Read()!.Text, client.Read()!.Text]);
        client.Send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("/3", client.Read()!.Text);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task AbortEndsTheConnectionAndCancelsTheToken(string carrier)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            context.Abort();
            await aborted.Task;
            await context.Response.WriteAsync("nobody hears this");
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.True(client.IsAtEnd());
        await aborted.Task.WaitAsync(s_long);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task UpgradedConnectionIsAStreamBothWays(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            var upgrade = context.Features.Get<IHttpUpgradeFeature>()!;
            Assert.True(upgrade.IsUpgradableRequest);
            context.Response.Headers.Upgrade = "shout";
            context.Response.Headers["X-Own"] = "1";
            await using Stream stream = await upgrade.UpgradeAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(upgrade.UpgradeAsync);
            byte[] buffer = new byte[100];
            int count;
            while ((count = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                string text = Encoding.ASCII.GetString(buffer, 0, count).ToUpperInvariant();
                await stream.WriteAsync(Encoding.ASCII.GetBytes(text)).ConfigureAwait(false);
            }
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nearly ");
        Reply reply = client.ReadAny()!;
        Assert.Equal((101, "shout", "Upgrade", "1"),
            (reply.Status, reply.Field("Upgrade"), reply.Field("Connection"), reply.Field("X-Own")));
        Assert.Equal("EARLY ", Encoding.ASCII.GetString(client.Take(6)));
        client.Send("bird");
        Assert.Equal("BIRD", Encoding.ASCII.GetString(client.Take(4)));
        client.FinishSending();
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task OrdinaryRequestCannotBeUpgraded(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            var upgrade = context.Features.Get<IHttpUpgradeFeature>()!;
            Assert.False(upgrade.IsUpgradableRequest);
            await Assert.ThrowsAsync<InvalidOperationException>(upgrade.UpgradeAsync);
            await context.Response.WriteAsync("ordinary");
        });
        Assert.Equal("ordinary", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task StopLetsWhatIsUnderWayFinish(string carrier)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            began.SetResult();
            await mayEnd.Task;
            await context.Response.WriteAsync("to the end");
        });
        Task<string> reply = app.Client.GetStringAsync("/");
        await began.Task.WaitAsync(s_long);
        Task stopping = app.App.StopAsync();
        Assert.NotSame(stopping, await Task.WhenAny(stopping, Task.Delay(200)));
        mayEnd.SetResult();
        Assert.Equal("to the end", await reply);
        await stopping.WaitAsync(s_long);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task StopWaitsNoLongerThanTheHostDoes(string carrier)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            began.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        Task<string> reply = app.Client.GetStringAsync("/");
        await began.Task.WaitAsync(s_long);
        using var patience = new CancellationTokenSource(200);
        await app.App.StopAsync(patience.Token).WaitAsync(s_long);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => reply);
    }

    [Fact]
    public async Task BlockedApplicationHoldsNoOtherRequestUpOnTheThreadPool()
    {
        using var release = new ManualResetEventSlim();
        await using WebApp app = await Run("pool", context =>
        {
            if (context.Request.Path == "/blocks")
            {
                release.Wait(s_long);
            }

            return context.Response.WriteAsync("done");
        });
        Task<string> blocked = app.Client.GetStringAsync("/blocks");
        Task<string> free = app.Client.GetStringAsync("/free"); // On the same loop: there is only one.
        Assert.Equal("done", await free.WaitAsync(s_long));
        Assert.False(blocked.IsCompleted);
        release.Set();
        Assert.Equal("done", await blocked);
    }

    [Fact]
    public async Task BlockedApplicationOnTheLoopIsToldInTheLog()
    {
        LogLines? log = null;
        await using WebApp app = await Run("loop", context =>
        {
            long began = Environment.TickCount64;
            SpinWait.SpinUntil(() => Told(), s_long);
            return context.Response.WriteAsync($"{Environment.TickCount64 - began}");
        });
        log = app.Log;
        await app.Client.GetStringAsync("/");
        Assert.True(Told());

        bool Told() => log?.Lines.Any(line => line.Contains("has held the loop", StringComparison.Ordinal)) == true;
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task ApplicationMayAskThatItsConnectionCloses(string carrier)
    {
        await using WebApp app = await Run(carrier, context =>
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
            return context.Response.WriteAsync("last");
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Reply reply = client.Read()!;
        Assert.Equal(("close", "last"), (reply.Field("Connection"), reply.Text));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task WhatThrowsWhenTheClientLeavesIsLoggedAndEndsNothing(string carrier)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            context.RequestAborted.Register(() => told.SetResult());
            context.RequestAborted.Register(() => throw new InvalidOperationException("a bad callback"));
            began.SetResult();
            await told.Task;
        });
        using (RawClient client = app.Connect())
        {
            client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await began.Task.WaitAsync(s_long);
        }

        await told.Task.WaitAsync(s_long);
        Assert.True(SpinWait.SpinUntil(
            () => app.Log.Lines.Any(line => line.Contains("a bad callback", StringComparison.Ordinal)), s_long));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task AWatchedConnectionMayBeFullOfRequests(string carrier)
    {
        const int Requests = 4_000;
        await using WebApp app = await Run(carrier, async context =>
        {
            CancellationToken token = context.RequestAborted;
            await Task.Yield();
            await context.Response.WriteAsync("x", token);
        });
        using RawClient client = app.Connect();
        string request = $"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 100)}\r\n\r\n";
        Task sending = Task.Run(() => client.Send(string.Concat(Enumerable.Repeat(request, Requests))));
        for (int i = 0; i < Requests; i++)
        {
            Assert.Equal("x", client.Read()!.Text);
        }

        await sending;
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ABodyCanBeReadWhileTheResponseWaitsForASlowClient(string carrier)
    {
        byte[] content = new byte[32 << 20];
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.ContentLength = content.Length;
            Task writing = context.Response.Body.WriteAsync(content).AsTask();
            Task<int> reading = context.Request.Body.ReadAsync(new byte[10]).AsTask();
            waits.SetResult();
            Assert.Equal(5, await reading);
            await writing;
        });
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
        await waits.Task.WaitAsync(s_long);
        client.Send("hello");
        Assert.Equal(content.Length, client.Read()!.Content.Length);
        Assert.Empty(app.Log.Lines);
    }

    [Theory]
    [InlineData("uring")]
    [InlineData("epoll")]
    [InlineData("poll")]
    [InlineData("threads")]
    [InlineData("pool")]
    [InlineData("async")]
    public async Task EveryModelServesOnThePoolAndOnItsOwnThread(string model)
    {
        if (IoModel.Parse(model).WhyUnavailable() is not null)
        {
            return; // The matrix of behaviours says why.
        }

        foreach (bool onLoop in (bool[])[false, true])
        {
            await using WebApp app = await WebApp.StartAsync(Carrier.Sockeye(model, model, onLoop), site =>
                site.Run(async context =>
                {
                    using var body = new MemoryStream();
                    await context.Request.Body.CopyToAsync(body);
                    await Task.Delay(1, context.RequestAborted).ConfigureAwait(false);
                    await context.Response.Body.WriteAsync(body.ToArray());
                }));
            byte[] sent = new byte[200_000];
            Task<byte[]>[] replies = [.. Enumerable.Range(0, 8).Select(async _ =>
            {
                using HttpResponseMessage reply = await app.Client.PostAsync("/", new ByteArrayContent(sent));
                return await reply.Content.ReadAsByteArrayAsync();
            })];
            Assert.All(await Task.WhenAll(replies), reply => Assert.Equal(sent.Length, reply.Length));
        }
    }

    private static Task<WebApp> Run(string carrier, RequestDelegate application) =>
        WebApp.StartAsync(Carrier.Of(carrier), site => site.Run(application));
}
