using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sockeye.AspNetCore;
using Sockeye.AspNetCore.Transport;
using Sockeye.Tests.Http.Server;
using Sockeye.Tls;
using KestrelListening = Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions;

namespace Sockeye.Tests.AspNetCore;

/// <summary>Kestrel over Sockeye's engines, where connections are of another kind or end in another way.</summary>
public sealed class TransportEdgeTests
{
    private const int LargeBytes = 5_000_000;

    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Models =>
        [.. ((string[])["uring", "epoll", "threads", "async"])
            .Where(model => IoModel.Parse(model).WhyUnavailable() is null)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task UnixSocketCarriesRequestsOfClientsWithoutAName(string model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}.sock");
        await using (WebApp app = await Run(model, Http1, async context =>
        {
            var ends = context.Features.Get<IConnectionEndPointFeature>()!;
            Assert.Equal(path, ends.LocalEndPoint!.ToString());
            Assert.Null(ends.RemoteEndPoint);
            Assert.Null(context.Connection.RemoteIpAddress);
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        }, $"http://unix:{path}"))
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
            byte[] sent = new byte[LargeBytes];
            new Random(7).NextBytes(sent);
            for (int i = 0; i < 2; i++)
            {
                using HttpResponseMessage reply = await client.PostAsync("http://unix/", new ByteArrayContent(sent));
                Assert.Equal(sent, await reply.Content.ReadAsByteArrayAsync());
            }

            Assert.Empty(app.Log.Lines);
        }

        File.Delete(path);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task ClientThatFinishedSendingGetsTheWholeReplyWhereThatIsAllowed(string model)
    {
        await using WebApp app = await Run(model, Http1, async context =>
        {
            byte[] piece = new byte[50_000];
            context.Response.ContentLength = LargeBytes;
            for (int i = 0; i < LargeBytes / piece.Length; i++)
            {
                await context.Response.Body.WriteAsync(piece, CancellationToken.None);
            }

            Assert.False(context.RequestAborted.IsCancellationRequested);
        }, allowHalfOpen: true);
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.FinishSending();
        Assert.Equal(LargeBytes, client.Read()!.Content.Length);
        Assert.True(client.IsAtEnd());
        Assert.Empty(app.Log.Lines);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task WhatKestrelRefusesArrivesBeforeTheEnd(string model)
    {
        await using WebApp app = await Run(model, Http1, context => context.Response.WriteAsync("fine"));
        using RawClient client = app.Connect();
        client.TrySend("GET / HTTP/9.9\r\nHost: a\r\n\r\n"u8);
        Assert.Equal(505, client.Read()!.Status); // Kestrel aborts the connection right after it wrote that.
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Http2RunsInTls(string model)
    {
        var certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost");
        await using WebApp app = await WebApp.StartAsync(
            new Carrier(model, host => host
                .UseKestrel(options => options.Listen(
                    IPAddress.Loopback,
                    0,
                    listen =>
                    {
                        listen.Protocols = HttpProtocols.Http1AndHttp2;
                        listen.UseHttps(certificate.Leaf);
                    }))
                .UseSockeyeTransport(options => options.Model = IoModel.Parse(model))),
            site => site.Run(async context =>
            {
                Assert.True(context.Request.IsHttps);
                Assert.NotNull(context.Features.Get<ITlsHandshakeFeature>());
                context.Response.Headers["X-Protocol"] = context.Request.Protocol;
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                await context.Response.Body.WriteAsync(body.ToArray());
            }));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
        Task[] requests = [.. Enumerable.Range(1, 10).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"https://localhost:{app.Address.Port}/")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(new byte[i * 30_000]),
            };
            using HttpResponseMessage reply = await client.SendAsync(request);
            Assert.Equal("HTTP/2", Assert.Single(reply.Headers.GetValues("X-Protocol")));
            Assert.Equal(i * 30_000, (await reply.Content.ReadAsByteArrayAsync()).Length);
        })];
        await Task.WhenAll(requests);
    }

    [Fact]
    public async Task EarlyHintsAreNotSentAndSaySo()
    {
        await using WebApp app = await Run("epoll", Http1, async context =>
        {
            bool sent = await context.Response.SendEarlyHintsAsync("</a.css>; rel=preload");
            await context.Response.WriteAsync($"{sent}");
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Reply reply = client.ReadAny()!;
        Assert.Equal((200, "False"), (reply.Status, reply.Text));
    }

    [Fact]
    public async Task WhatThrowsWhenAConnectionClosesIsLoggedAndEndsNothing()
    {
        await using WebApp app = await WebApp.StartAsync(
            new Carrier("transport", host => host
                .UseKestrel(options => options.ConfigureEndpointDefaults(listen => listen.Use(next => connection =>
                {
                    connection.ConnectionClosed.Register(() => throw new InvalidOperationException("a bad callback"));
                    return next(connection);
                })))
                .UseSockeyeTransport(options => options.Model = IoModel.Parse("epoll"))),
            site => site.Run(context => context.Response.WriteAsync("fine")));
        using (RawClient client = app.Connect())
        {
            client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal("fine", client.Read()!.Text);
        }

        Assert.True(SpinWait.SpinUntil(
            () => app.Log.Lines.Any(line => line.Contains("a bad callback", StringComparison.Ordinal)), s_long));
        Assert.Equal("fine", await app.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task ReceivingThatFailsIsToldToKestrel()
    {
        var log = new LogLines();
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        Endpoint anyPort = Endpoint.Parse("tcp://127.0.0.1:0");
        await using Listener listener = await network.ListenAsync(anyPort, async connection =>
        {
            _ = connection.ReadAsync(); // A second reader is a mistake, which the transport's own read is told.
            var transport = new TransportConnection(connection, new SockeyeTransportOptions(), log);
            _ = ReadAsync(transport);
            await transport.RunAsync();
        });
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync("127.0.0.1", listener.Endpoint.Port);
        Assert.IsType<InvalidOperationException>(await told.Task.WaitAsync(s_long));
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(s_long));

        async Task ReadAsync(TransportConnection transport)
        {
            try
            {
                await transport.Transport.Input.ReadAsync();
            }
            catch (Exception exception)
            {
                told.SetResult(exception);
            }

            await transport.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhatWasWrittenBeforeAnAbortArrives()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        var holdsAll = new Sockeye.ListenOptions
        {
            Limits = Limits.Default with { OutputBytesHighWater = 4 * LargeBytes, OutputBytesMax = 8 * LargeBytes },
        };
        await using Listener listener = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"),
            async connection =>
            {
                var transport = new TransportConnection(connection, new SockeyeTransportOptions(), new LogLines());
                _ = WriteAndAbortAsync(transport);
                await transport.RunAsync();
            },
            holdsAll);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.ReceiveBufferSize = 65_536; // Most of it waits in the connection.
        await client.ConnectAsync("127.0.0.1", listener.Endpoint.Port);
        await aborted.Task.WaitAsync(s_long);
        byte[] piece = new byte[65_536];
        int all = 0;
        int count;
        while ((count = await client.ReceiveAsync(piece).WaitAsync(s_long)) > 0)
        {
            all += count;
        }

        Assert.Equal(2 * LargeBytes, all);

        async Task WriteAndAbortAsync(TransportConnection transport)
        {
            await transport.Transport.Output.WriteAsync(new byte[2 * LargeBytes]);
            transport.Abort(new Microsoft.AspNetCore.Connections.ConnectionAbortedException());
            ValueTask letGo = transport.DisposeAsync();
            aborted.SetResult();
            await letGo;
        }
    }

    private static void Http1(KestrelListening listen) => listen.Protocols = HttpProtocols.Http1;

    private static Task<WebApp> Run(
        string model,
        Action<KestrelListening> endpoint,
        RequestDelegate application,
        string? address = null,
        bool allowHalfOpen = false) =>
        WebApp.StartAsync(
            new Carrier(model, host => host
                .UseKestrel(options => options.ConfigureEndpointDefaults(endpoint))
                .UseSockeyeTransport(options =>
                {
                    options.Model = IoModel.Parse(model);
                    options.AllowHalfOpen = allowHalfOpen;
                })),
            site => site.Run(application),
            builder =>
            {
                if (address is not null)
                {
                    builder.WebHost.UseUrls(address);
                }
            });
}
