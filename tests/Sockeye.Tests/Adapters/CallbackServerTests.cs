using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Adapters;

namespace Sockeye.Tests.Adapters;

public sealed class CallbackServerTests
{
    private static readonly Endpoint s_anyPort = Endpoint.Parse("tcp://127.0.0.1:0");

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task EventsComeInTheOrderThatNodeGivesThem(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model));
        var log = new ConcurrentQueue<string>();
        var closed = new TaskCompletionSource();
        await using var server = new CallbackServer(network)
        {
            OnListening = endpoint => log.Enqueue($"listening {endpoint.Port > 0}"),
            OnConnection = c =>
            {
                log.Enqueue("connection");
                c.OnData = bytes =>
                {
                    log.Enqueue($"data {Encoding.ASCII.GetString(bytes.Span)} {c.Connection.Owner.IsCurrent}");
                    c.Write(bytes.Span);
                };
                c.OnEnd = () => log.Enqueue("end");
                c.OnClose = hadError =>
                {
                    log.Enqueue($"close {hadError}");
                    closed.SetResult();
                };
            },
            OnClose = () => log.Enqueue("server close"),
        };
        await server.ListenAsync(s_anyPort);
        using (Socket client = await ConnectAsync(server))
        {
            await Served.SendAsync(client, "one");
            Assert.Equal("one", await Served.ReadAsync(client, 3));
            client.Shutdown(SocketShutdown.Send);
            Assert.Empty(await Served.ReadToEndAsync(client));
        }

        await closed.Task.WaitAsync(Served.TimeOut);
        Assert.True(await server.CloseAsync());
        Assert.Equal(["listening True", "connection", "data one True", "end", "close False", "server close"], log);
    }

    [Fact]
    public async Task WriteSaysWhenToStopAndDrainWhenToGoOn()
    {
        const int Pieces = 60;
        byte[] piece = new byte[100_000];
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        int drained = 0;
        int written = 0;
        await using var server = new CallbackServer(network)
        {
            OnConnection = c =>
            {
                void Fill()
                {
                    while (written < Pieces)
                    {
                        written++;
                        if (!c.Write(piece))
                        {
                            return;
                        }
                    }

                    c.End();
                }

                c.OnDrain = () =>
                {
                    drained++;
                    Fill();
                };
                Fill();
            },
        };
        await server.ListenAsync(s_anyPort);
        using Socket client = await ConnectAsync(server);
        byte[] all = await Served.ReadToEndAsync(client);
        Assert.Equal(Pieces * piece.Length, all.Length);
        Assert.Equal(Pieces, drained);
    }

    [Fact]
    public async Task EverythingWrittenWhileAFlushWaitsIsSent()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        byte[] piece = new byte[300_000];
        await using var server = new CallbackServer(network)
        {
            OnConnection = c =>
            {
                Assert.False(c.Write(piece));
                Assert.False(c.Write(piece));
                Assert.False(c.Write(piece));
                c.End();
                Assert.Throws<InvalidOperationException>(() => c.Write("x"u8));
            },
        };
        await server.ListenAsync(s_anyPort);
        using Socket client = await ConnectAsync(server);
        Assert.Equal(3 * piece.Length, (await Served.ReadToEndAsync(client)).Length);
    }

    [Fact]
    public async Task HalfOpenConnectionStaysUntilWeEndIt()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        CallbackConnection? connection = null;
        var ended = new TaskCompletionSource();
        await using var server = new CallbackServer(network)
        {
            AllowHalfOpen = true,
            OnConnection = c =>
            {
                connection = c;
                c.OnEnd = ended.SetResult;
            },
        };
        await server.ListenAsync(s_anyPort);
        using Socket client = await ConnectAsync(server);
        client.Shutdown(SocketShutdown.Send);
        await ended.Task.WaitAsync(Served.TimeOut);
        connection!.Connection.Post(
            _ =>
            {
                connection.Write("late reply"u8);
                connection.End();
            },
            null);
        Assert.Equal("late reply", Encoding.ASCII.GetString(await Served.ReadToEndAsync(client)));
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task PausedConnectionDeliversNothingUntilItResumes(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model));
        CallbackConnection? connection = null;
        var all = new StringBuilder();
        await using var server = new CallbackServer(network)
        {
            OnConnection = c =>
            {
                connection = c;
                c.OnData = bytes =>
                {
                    Assert.False(c.IsPaused);
                    all.Append(Encoding.ASCII.GetString(bytes.Span));
                    c.Pause();
                    c.Write("paused"u8);
                };
            },
        };
        await server.ListenAsync(s_anyPort);
        using Socket client = await ConnectAsync(server);
        await Served.SendAsync(client, "one");
        Assert.Equal("paused", await Served.ReadAsync(client, 6));
        await Served.SendAsync(client, "two");
        connection!.Connection.Post(_ => connection.Resume(), null);
        Assert.Equal("paused", await Served.ReadAsync(client, 6));
        Assert.Equal("onetwo", all.ToString());
    }

    [Fact]
    public async Task ResetIsAnErrorAndThenAClose()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        var log = new ConcurrentQueue<string>();
        var closed = new TaskCompletionSource();
        await using var server = new CallbackServer(network)
        {
            OnConnection = c =>
            {
                c.OnData = _ => c.Pause(); // Also while nobody reads.
                c.OnError = end => log.Enqueue(end.ToString());
                c.OnClose = hadError =>
                {
                    log.Enqueue($"close {hadError}");
                    closed.SetResult();
                };
                c.Write("?"u8);
            },
        };
        await server.ListenAsync(s_anyPort);
        Socket client = await ConnectAsync(server);
        Assert.Equal("?", await Served.ReadAsync(client, 1));
        await Served.SendAsync(client, "x");
        Served.Reset(client);
        await closed.Task.WaitAsync(Served.TimeOut);
        Assert.Equal(["Reset", "close True"], log);
    }

    [Fact]
    public async Task ServerThatCannotListenSaysSoInAnEvent()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var taken = Endpoint.From((IPEndPoint)busy.LocalEndpoint, EndpointScheme.Tcp);
        NetworkException? error = null;
        await using var server = new CallbackServer(network) { OnConnection = _ => { }, OnError = e => error = e };
        await server.ListenAsync(taken);
        Assert.Equal(NetworkError.AddressInUse, error!.Error);
        Assert.Null(server.Endpoint);
    }

    [Fact]
    public async Task StoppingEndsConnectionsPolitely()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        await using var server = new CallbackServer(network)
        {
            OnConnection = c =>
            {
                c.Write("hi"u8);
            },
        };
        await server.ListenAsync(s_anyPort);
        using Socket client = await ConnectAsync(server);
        Assert.Equal("hi", await Served.ReadAsync(client, 2));
        ValueTask<bool> closing = server.CloseAsync(Served.TimeOut);
        Assert.Empty(await Served.ReadToEndAsync(client));
        client.Dispose();
        Assert.True(await closing);
    }

    private static async Task<Socket> ConnectAsync(CallbackServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Endpoint!.Port).WaitAsync(Served.TimeOut);
        return socket;
    }
}
