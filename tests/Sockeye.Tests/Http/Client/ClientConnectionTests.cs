using System.Text;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Client;

/// <summary>The lower layer by itself, as a proxy uses it.</summary>
public sealed class ClientConnectionTests
{
    [Theory]
    [Models]
    public async Task ExchangesFollowEachOther(string model)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            await peer.SendAsync("5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
            Assert.StartsWith("HEAD", await peer.ReadHeadAsync());
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            string chunks = await peer.ReadHeadAsync() + await peer.ReadHeadAsync();
            Assert.EndsWith("3\r\nabc\r\n0\r\n\r\n", chunks);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast");
        });
        await RunAsync(model, server, async client =>
        {
            Write(client, Method.Get);
            Assert.True((await client.ReadHeadAsync()).IsInterim);
            Assert.Equal(200, (await client.ReadHeadAsync()).Status);
            Assert.Equal("hello", await ReadAsync(client));
            Assert.Equal("42", client.Trailers.TryGet("X-Sum"u8, out ReadOnlySpan<byte> sum) ? Text(sum) : null);
            Assert.True(client.IsReusable);
            Task watching = client.WatchIdle();

            Write(client, Method.Head);
            Assert.Equal(1000, (await client.ReadHeadAsync()).ContentLength);
            Assert.Equal("", await ReadAsync(client));
            Assert.True(client.IsReusable);
            Assert.True(watching.IsCompleted);

            Write(client, Method.Post, BodyKind.Chunked);
            client.WriteBody("abc"u8);
            Assert.False(client.IsRequestWritten);
            client.EndBody();
            await client.FlushAsync();
            await client.ReadHeadAsync();
            Assert.Equal("last", await ReadAsync(client));
            Assert.False(client.IsReusable);
            Assert.Throws<InvalidOperationException>(() => client.Begin(Method.Get));
        });
    }

    [Fact]
    public async Task TunnelBeginsRightBehindTheHead()
    {
        await using var server = new ScriptedServer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: x\r\n\r\nnot HTTP any more");
        await RunAsync("epoll", server, async client =>
        {
            Write(client, Method.Connect);
            await client.ReadHeadAsync();
            Assert.True(client.IsTunnel);
            Assert.False(client.IsReusable);
            while (client.Connection.Unconsumed.Length < 17)
            {
                await client.Connection.ReadAsync();
            }

            Assert.Equal("not HTTP any more", Text(client.Connection.Unconsumed.Span));
        });
    }

    [Fact]
    public async Task ResponseBeforeItsRequestIsRefused()
    {
        await using var server = new ScriptedServer(
            (peer, _) => peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        await RunAsync("epoll", server, async client =>
        {
            await client.Connection.ReadAsync();
            BadResponseException exception = Assert.Throws<BadResponseException>(() => client.Begin(Method.Get));
            Assert.Equal(HttpRule.ResponseBeforeRequest, exception.Rule);
        });
    }

    [Fact]
    public async Task MoreOrLessContentThanStatedIsRefused()
    {
        await using var server = new ScriptedServer("");
        await RunAsync("epoll", server, client =>
        {
            Write(client, Method.Put, BodyKind.Length, 3);
            client.WriteBody("ab"u8);
            Assert.Throws<InvalidOperationException>(() => client.EndBody());
            Assert.Throws<InvalidOperationException>(() => client.WriteBody("cd"u8));
            client.WriteBody("c"u8);
            client.EndBody();
            Assert.True(client.IsRequestWritten);
            return Task.CompletedTask;
        });
    }

    /// <summary>Every cut of a response gives the same.</summary>
    [Fact]
    public async Task ResponseIsTheSameHoweverItArrives()
    {
        const string Answer = "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n";
        int cut = 0;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            peer.Socket.NoDelay = true;
            while (await peer.ReadHeadAsync() is { Length: > 0 })
            {
                int at = cut++;
                await peer.SendAsync(Answer[..at]);
                await Task.Yield();
                await peer.SendAsync(Answer[at..]);
            }
        });
        await RunAsync("epoll", server, async client =>
        {
            for (int i = 0; i <= Answer.Length; i++)
            {
                Write(client, Method.Get);
                Assert.Equal(103, (await client.ReadHeadAsync()).Status);
                Assert.Equal(200, (await client.ReadHeadAsync()).Status);
                Assert.Equal("abcde", await ReadAsync(client));
                Assert.Equal(1, client.Trailers.Count);
                Assert.True(client.IsReusable);
            }
        });
    }

    private static async Task RunAsync(string model, ScriptedServer server, Func<ClientConnection, Task> use)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            await using Connection connection = await network.ConnectAsync(
                Endpoint.Parse($"tcp://127.0.0.1:{server.Port}"));
            await use(new ClientConnection(connection));
        }).WaitAsync(FetchScene.TimeOut);
    }

    private static void Write(ClientConnection client, Method method, BodyKind body = BodyKind.None, long length = 0)
    {
        client.Begin(method, body, length);
        var head = new HeadWriter(client.Output);
        head.RequestLine(method, method == Method.Connect ? "h:1"u8 : "/"u8);
        head.Field(KnownField.Host, "h"u8);
        if (body == BodyKind.Chunked)
        {
            head.Field(KnownField.TransferEncoding, "chunked"u8);
        }

        head.End();
        client.Connection.SendNow();
    }

    private static async Task<string> ReadAsync(ClientConnection client)
    {
        string text = "";
        while (await client.ReadBodyAsync() is { IsEmpty: false } piece)
        {
            text += Text(piece.Span);
        }

        return text;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
