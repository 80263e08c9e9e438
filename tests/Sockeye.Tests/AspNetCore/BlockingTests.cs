using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>An application that blocks, as applications do that were written for threads of the pool, holds up nobody
/// but itself: on one loop, which lends it its thread.</summary>
public sealed class BlockingTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task ShortRequestsRunOnTheLoopsThreadAsNobodys()
    {
        await using WebApp app = await Run(context => context.Response.WriteAsync(
            $"{Thread.CurrentThread.IsThreadPoolThread} {Owner.Current is null} "
            + $"{SynchronizationContext.Current is null}"));
        Assert.Equal("False True True", await app.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task AwaitsGoOnOnTheThreadPool()
    {
        await using WebApp app = await Run(async context =>
        {
            await Task.Yield();
            await context.Response.WriteAsync($"{Thread.CurrentThread.IsThreadPoolThread}");
        });
        Assert.Equal("True", await app.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task SleepersDoNotStopOthers()
    {
        using var release = new ManualResetEventSlim();
        await using WebApp app = await Run(context =>
        {
            if (context.Request.Path == "/sleep")
            {
                Assert.True(release.Wait(s_long));
            }

            return context.Response.WriteAsync("done");
        });

        // On connections that the loop has already, and among others' requests.
        RawClient[] clients = [.. Enumerable.Range(0, 20).Select(_ => app.Connect())];
        foreach (RawClient client in clients)
        {
            client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal("done", client.Read()!.Text);
        }

        foreach (RawClient sleeper in clients[..3])
        {
            sleeper.Send("GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        for (int round = 0; round < 20; round++)
        {
            foreach (RawClient client in clients[3..])
            {
                client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            }

            foreach (RawClient client in clients[3..])
            {
                Assert.Equal("done", client.Read()!.Text);
            }
        }

        release.Set();
        foreach (RawClient sleeper in clients[..3])
        {
            Assert.Equal("done", sleeper.Read()!.Text);
        }

        foreach (RawClient client in clients)
        {
            client.Dispose();
        }

        Assert.Empty(app.Log.Lines);
    }

    [Fact]
    public async Task WaitingForARequestToTheSameServerEnds()
    {
        WebApp? self = null;
        await using WebApp app = await Run(context =>
        {
            string path = context.Request.Path!;
            int depth = int.Parse(path.AsSpan(1), null);
            return context.Response.WriteAsync(
                depth == 0 ? "bottom" : depth + self!.Client.GetStringAsync($"/{depth - 1}").Result);
        });
        self = app;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("321bottom", await app.Client.GetStringAsync("/3").WaitAsync(s_long));
        }
    }

    [Fact]
    public async Task WaitingForATaskOfItsOwnEnds()
    {
        await using WebApp app = await Run(context =>
        {
            Task<string> later = LaterAsync();
            return context.Response.WriteAsync(later.Result); // Its await resumes elsewhere.

            async Task<string> LaterAsync()
            {
                await Task.Delay(50);
                return "later";
            }
        });
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("later", await app.Client.GetStringAsync("/").WaitAsync(s_long));
        }
    }

    [Fact]
    public async Task SynchronousReadsAndWritesThatWaitForTheClientEnd()
    {
        const int Bytes = 20_000_000;
        await using WebApp app = await WebApp.StartAsync(
            Carrier.Pool.With(options => options.AllowSynchronousIO = true),
            site => site.Run(context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                string text = reader.ReadToEnd();
                byte[] piece = new byte[100_000];
                for (int i = 0; i < Bytes / piece.Length; i++)
                {
                    context.Response.Body.Write(piece);
                }

                context.Response.Body.Write(new byte[text.Length]);
                return Task.CompletedTask;
            }));
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
        using RawClient other = app.Connect();
        other.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(Bytes, other.Read()!.Content.Length);
        client.Send("world");
        Assert.Equal(Bytes + 10, client.Read()!.Content.Length);
    }

    [Fact]
    public async Task HostStopsWhileAnApplicationBlocks()
    {
        using var began = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        await using WebApp app = await Run(context =>
        {
            began.Set();
            release.Wait(s_long);
            return context.Response.WriteAsync("late");
        });
        Task<string> reply = app.Client.GetStringAsync("/");
        Assert.True(began.Wait(s_long));
        using var patience = new CancellationTokenSource(200);
        await app.App.StopAsync(patience.Token).WaitAsync(s_long);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => reply);
        release.Set();
    }

    private static Task<WebApp> Run(RequestDelegate application) =>
        WebApp.StartAsync(Carrier.Pool, site => site.Run(application));
}
