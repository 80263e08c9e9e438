using System.Text;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Client;

/// <summary>Responses that break a rule: each is refused with an exception that names it, and its connection is not
/// used again.</summary>
public sealed class HostileServerTests
{
    public static TheoryData<string, HttpRule> Heads => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", HttpRule.RepeatedContentLength },
        {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            HttpRule.ConflictingFraming
        },
        { "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nabcde", HttpRule.BadContentLength },
        { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", HttpRule.BadContentLength },
        { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HttpRule.TransferEncodingInOldVersion },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", HttpRule.ChunkedNotLast },
        { "HTTP/1.1 200 OK\nX: y\r\n\r\n", HttpRule.BareLineFeed },
        { "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", HttpRule.ObsoleteFold },
        { "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", HttpRule.BadFieldValue },
        { "HTTP/1.1 200 OK\r\nX : a\r\n\r\n", HttpRule.SpaceBeforeColon },
        { "HTTP/1.1 200 OK\r\nNoColon\r\n\r\n", HttpRule.MissingColon },
        { "HTTP/2.0 200 OK\r\n\r\n", HttpRule.UnsupportedVersion },
        { "HTTP/1.1 2000 OK\r\n\r\n", HttpRule.BadStatusLine },
        { $"HTTP/1.1 200 OK\r\nX: {new string('a', 1 << 20)}\r\n\r\n", HttpRule.FieldsTooLong },
        { $"HTTP/1.1 200 {new string('a', 10_000)}\r\n\r\n", HttpRule.StatusLineTooLong },
        { "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", HttpRule.UnaskedSwitch },
        {
            string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 10_000)),
            HttpRule.TooManyInterimResponses
        },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task BadHeadIsRefusedByItsRule(string answer, HttpRule rule)
    {
        await using var server = new ScriptedServer(answer);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)).WaitAsync(FetchScene.TimeOut));
        Assert.Equal(rule, exception.Rule);
        Assert.Contains(rule.Meaning().Sentence, exception.Message);
        Assert.Equal(HttpRequestError.InvalidResponse, exception.HttpRequestError);
        Assert.Equal(1, server.Connections); // A rule that was broken is no reason to try again.
        Assert.Equal(0, fetcher.ConnectionCount);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF0\r\n", HttpRule.BadChunkSize)]
    [InlineData("5\r\nhello!!\r\n", HttpRule.BadChunkEnd)]
    [InlineData("5\nhello\r\n", HttpRule.BareLineFeed)]
    [InlineData("0\r\nContent-Length: 5\r\n\r\n", HttpRule.ForbiddenTrailer)]
    public async Task BadChunkBreaksTheBody(string body, HttpRule rule)
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        HttpIOException exception = await Assert.ThrowsAsync<HttpIOException>(
            () => response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
        Assert.Equal(rule, ((FetchException)exception.InnerException!).Rule);

        // And again: half a body is never taken for a whole one.
        await Assert.ThrowsAsync<HttpIOException>(() => response.ReadBytesAsync());
        Assert.Equal(0, fetcher.ConnectionCount);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhalf")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")]
    public async Task BodyThatIsCutOffIsAnError(string rest)
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n" + rest);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        HttpIOException exception = await Assert.ThrowsAsync<HttpIOException>(
            () => response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
        Assert.Equal(HttpRequestError.ResponseEnded, exception.HttpRequestError);
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\nspare")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nspare")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspare")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokspare")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task ConnectionWithBytesLeftOverIsNotUsedAgain(string method, string answer)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 })
            {
                await peer.SendAsync(answer);
            }
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        for (int i = 0; i < 3; i++)
        {
            await using FetchResponse response = await fetcher.SendAsync(new FetchRequest(method, server.Root));
            byte[] body = await response.ReadBytesAsync();
            Assert.Equal(answer.Contains("200") && method == "GET" ? "ok" : "", Encoding.ASCII.GetString(body));
            Assert.False(response.Timings.IsReused);
        }

        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task BytesThatComeWhileIdleCloseTheConnection()
    {
        var idle = new TaskCompletionSource();
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            if (number == 0)
            {
                await idle.Task;
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
                Assert.Equal(0, await peer.ReadToEndAsync());
            }
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        (await fetcher.SendAsync(new FetchRequest("GET", server.Root))).Dispose();
        Assert.Equal(1, fetcher.IdleConnectionCount);
        idle.SetResult();
        await Eventually.Async(() => fetcher.ConnectionCount == 0);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        Assert.Empty(await response.ReadBytesAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nok")]
    public async Task ConnectionThatIsToCloseIsNotKept(string answer)
    {
        await using var server = new ScriptedServer(answer);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        Assert.Equal("ok", await response.ReadTextAsync().WaitAsync(FetchScene.TimeOut));
        Assert.Equal(0, fetcher.ConnectionCount);
    }

    [Fact]
    public async Task SilentServerIsGivenUpInTime()
    {
        await using var server = new ScriptedServer(async (peer, _) => await peer.ReadToEndAsync());
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(
            network, HttpFetcherOptions.Default with { HeadTimeout = TimeSpan.FromMilliseconds(100) });
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", server.Root)).WaitAsync(FetchScene.TimeOut));
        Assert.True(exception.IsTimeout);
        Assert.Equal(FetchPhase.Exchange, exception.Phase);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task BodyThatStallsIsGivenUpInTime()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            await peer.ReadToEndAsync();
        });
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(
            network, HttpFetcherOptions.Default with { BodyTimeout = TimeSpan.FromMilliseconds(100) });
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        HttpIOException exception = await Assert.ThrowsAsync<HttpIOException>(
            () => response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
        Assert.True(((FetchException)exception.InnerException!).IsTimeout);
    }
}
