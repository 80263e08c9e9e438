using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.AspNetCore;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>Kestrel over Sockeye's engines.</summary>
public sealed class TransportTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    public static TheoryData<string, bool> Models
    {
        get
        {
            var models = new TheoryData<string, bool>();
            foreach (string model in (string[])["uring", "epoll", "threads", "async"])
            {
                if (IoModel.Parse(model).WhyUnavailable() is null)
                {
                    models.Add(model, false);
                    models.Add(model, true);
                }
            }

            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task LargeBodiesGoBothWays(string model, bool onLoop)
    {
        await using WebApp app = await Run(model, onLoop, HttpProtocols.Http1, async context =>
        {
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        byte[] sent = new byte[3_000_000];
        new Random(5).NextBytes(sent);
        using HttpResponseMessage reply = await app.Client.PostAsync("/", new ByteArrayContent(sent));
        Assert.Equal(sent, await reply.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Http2RunsManyStreamsOnOneConnection(string model, bool onLoop)
    {
        var connections = new HashSet<string>();
        await using WebApp app = await Run(model, onLoop, HttpProtocols.Http2, async context =>
        {
            Assert.Equal(HttpProtocol.Http2, context.Request.Protocol);
            lock (connections)
            {
                connections.Add(context.Connection.Id);
            }

            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        });
        Task[] requests = [.. Enumerable.Range(1, 20).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(new byte[i * 5_000]),
            };
            using HttpResponseMessage reply = await app.Client.SendAsync(request);
            Assert.Equal(i * 5_000, (await reply.Content.ReadAsByteArrayAsync()).Length);
        })];
        await Task.WhenAll(requests);
        Assert.Single(connections);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task KestrelHearsOfAResetAndOfAFin(string model, bool onLoop)
    {
        var began = new SemaphoreSlim(0);
        var aborted = new SemaphoreSlim(0);
        await using WebApp app = await Run(model, onLoop, HttpProtocols.Http1, async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(() => aborted.Release());
            began.Release();
            await Task.Delay(s_long, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        foreach (bool inOrder in (bool[])[true, false])
        {
            using (RawClient client = app.Connect())
            {
                client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                Assert.True(await began.WaitAsync(s_long));
                client.Socket.LingerState = new LingerOption(!inOrder, 0);
            }

            Assert.True(await aborted.WaitAsync(s_long), inOrder ? "FIN" : "RST");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task AbortOfTheApplicationEndsTheConnection(string model, bool onLoop)
    {
        await using WebApp app = await Run(model, onLoop, HttpProtocols.Http1, context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task SlowReaderHoldsTheApplicationBackAndLosesNothing(string model, bool onLoop)
    {
        const int Bytes = 20_000_000;
        await using WebApp app = await Run(model, onLoop, HttpProtocols.Http1, async context =>
        {
            byte[] piece = new byte[100_000];
            for (int i = 0; i < Bytes / piece.Length; i++)
            {
                await context.Response.Body.WriteAsync(piece);
            }
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await Task.Delay(300);
        Assert.Equal(Bytes, (await reply.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task StopLetsWhatIsUnderWayFinish()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run("epoll", false, HttpProtocols.Http1, async context =>
        {
            began.SetResult();
            await mayEnd.Task;
            await context.Response.WriteAsync("to the end");
        });
        Task<string> reply = app.Client.GetStringAsync("/");
        await began.Task.WaitAsync(s_long);
        Task stopping = app.App.StopAsync();
        mayEnd.SetResult();
        Assert.Equal("to the end", await reply);
        await stopping.WaitAsync(s_long);
    }

    private static Task<WebApp> Run(string model, bool onLoop, HttpProtocols protocols, RequestDelegate application) =>
        WebApp.StartAsync(
            new Carrier(model, host => host
                .UseKestrel(options => options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols))
                .UseSockeyeTransport(options =>
                {
                    options.Model = IoModel.Parse(model);
                    options.RunApplicationOnLoop = onLoop;
                })),
            site => site.Run(application));
}
