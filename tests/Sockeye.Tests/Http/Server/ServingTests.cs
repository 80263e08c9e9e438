using System.Text;
using Microsoft.Win32.SafeHandles;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Server;

/// <summary>Requests and responses on a connection: framing, order, interim responses, the end.</summary>
public sealed class ServingTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Theory]
    [Hosts]
    public async Task AShortResponseGoesOutWithItsLength(string on)
    {
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            response.Add("Content-Type"u8, "text/plain"u8);
            response.Write("Hello, "u8);
            response.Write("World!");
            return default;
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        Reply reply = client.Read()!;
        Assert.Equal("Hello, World!", reply.Text);
        Assert.Equal("13", reply.Field("Content-Length"));
        Assert.Equal("text/plain", reply.Field("Content-Type"));
        Assert.Equal("Sockeye", reply.Field("Server"));
        Assert.True(HttpDate.TryParse(Encoding.ASCII.GetBytes(reply.Field("Date")!), out DateTimeOffset date));
        Assert.InRange(date, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Null(reply.Field("Connection"));
    }

    [Theory]
    [Hosts]
    public async Task AShortResponseWithTrailersGoesOutInChunks(string on)
    {
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            response.Write("short"u8);
            response.AddTrailer("X-Sum"u8, "7"u8);
            return default;
        });
        using RawClient client = site.Connect();
        client.Send(Get + Get);
        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal("short", client.Read()!.Text);
            Assert.Equal(Enumerable.Repeat("X-Sum: 7", i), client.Trailers);
        }
    }

    [Theory]
    [Hosts]
    public async Task ALongResponseGoesOutInChunksAndAnOldClientGetsItUntilTheClose(string on)
    {
        byte[] content = Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray();
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            response.Write(content);
            response.AddTrailer("X-Sum"u8, "7"u8);
            return default;
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        Reply reply = client.Read()!;
        Assert.Equal("chunked", reply.Field("Transfer-Encoding"));
        Assert.Null(reply.Field("Content-Length"));
        Assert.Equal(content, reply.Content);
        Assert.Equal(["X-Sum: 7"], client.Trailers);
        client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Reply old = client.Read()!;
        Assert.Null(old.Field("Transfer-Encoding"));
        Assert.Equal("close", old.Field("Connection"));
        Assert.Equal(content, old.Content);
    }

    [Theory]
    [Hosts]
    public async Task AResponseOfKnownLengthGoesOutAsItIsWritten(string on)
    {
        var written = new TaskCompletionSource();
        await using Site site = await Site.StartAsync(on, async (_, response) =>
        {
            response.ContentLength = 6;
            response.Write("abc"u8);
            await response.FlushAsync();
            await written.Task;
            Assert.True(response.HasStarted);
            Assert.Throws<InvalidOperationException>(() => response.Status = 404);
            Assert.Throws<InvalidOperationException>(() => response.Write("defg"u8));
            response.Write("def"u8);
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        byte[] first = new byte[1_000];
        int count = 0;
        while (!Encoding.Latin1.GetString(first, 0, count).EndsWith("\r\n\r\nabc", StringComparison.Ordinal))
        {
            count += client.ReceiveSome(first.AsSpan(count));
        }

        written.SetResult();
        byte[] second = new byte[3];
        Assert.Equal(3, client.ReceiveSome(second));
        Assert.Equal("def"u8.ToArray(), second);
    }

    [Theory]
    [Hosts]
    public async Task AResponseShorterThanItsLengthIsCutOffAndReported(string on)
    {
        var told = new TaskCompletionSource<Exception>();
        await using Site site = await Site.StartAsync(
            on,
            async (_, response) =>
            {
                response.ContentLength = 10;
                response.Write("abc"u8);
                await response.FlushAsync();
            },
            new HttpServerOptions { HandlerFailed = (_, exception) => told.SetResult(exception) });
        using RawClient client = site.Connect();
        client.Send(Get);
        Assert.EndsWith("\r\n\r\nabc", client.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains("ContentLength (10)", (await told.Task).Message, StringComparison.Ordinal);
    }

    [Theory]
    [Hosts]
    public async Task PipelinedRequestsAreAnsweredInOrderAndWithOneSend(string on)
    {
        int number = 0;
        await using Site site = await Site.StartAsync(on, async (_, response) =>
        {
            int mine = ++number;
            if (mine % 3 == 0)
            {
                await Task.Delay(1);
            }

            response.Write($"{mine}");
        });
        using RawClient client = site.Connect();
        client.Send(string.Concat(Enumerable.Repeat(Get, 50)));
        for (int i = 1; i <= 50; i++)
        {
            Assert.Equal($"{i}", client.Read()!.Text);
        }
    }

    [Theory]
    [Hosts]
    public async Task ManyPipelinedRequestsAreHeldUpWhileTheirRepliesAreNotRead(string on)
    {
        const int Count = 50_000;
        int begun = 0;
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            Volatile.Write(ref begun, begun + 1);
            response.ContentLength = 2_000;
            response.Write(new byte[2_000]);
            return default;
        });
        using RawClient client = site.Connect();
        Task sending = Task.Run(() => client.Send(string.Concat(Enumerable.Repeat(Get, Count))));
        int held;
        do
        {
            held = Volatile.Read(ref begun);
            await Task.Delay(50);
        }
        while (held == 0 || held != Volatile.Read(ref begun));

        // 100 MB of replies are more than the kernel and the limits hold.
        Assert.InRange(held, 1, Count / 2);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(2_000, client.Read()!.Content.Length);
        }

        await sending;
    }

    [Theory]
    [Hosts]
    public async Task HeadHasTheFieldsOfGetAndNoContent(string on)
    {
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            response.Write("12345"u8);
            return default;
        });
        using RawClient client = site.Connect();
        client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + Get);
        Assert.Equal("5", client.Read(toHead: true)!.Field("Content-Length"));
        Assert.Equal("12345", client.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task AStatusWithoutContentHasNoLength(string on)
    {
        await using Site site = await Site.StartAsync(on, (request, response) =>
        {
            response.Status = request.Path.SequenceEqual("/204"u8) ? 204 : 304;
            return default;
        });
        using RawClient client = site.Connect();
        foreach (int status in (int[])[204, 204, 304, 304])
        {
            client.Send($"GET /{status} HTTP/1.1\r\nHost: h\r\n\r\n");
            Reply reply = client.Read()!;
            Assert.Equal(status, reply.Status);
            Assert.Null(reply.Field("Content-Length"));
            Assert.Null(reply.Field("Transfer-Encoding"));
        }
    }

    [Theory]
    [Hosts]
    public async Task InterimResponsesComeBeforeTheFinalOneAndNotToAnOldClient(string on)
    {
        await using Site site = await Site.StartAsync(on, async (_, response) =>
        {
            response.Add("Link"u8, "</style.css>; rel=preload"u8);
            await response.SendInterimAsync(103);
            response.Write("done"u8);
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        Reply hint = client.ReadAny()!;
        Assert.Equal(103, hint.Status);
        Assert.Equal("</style.css>; rel=preload", hint.Field("Link"));
        Assert.Equal("done", client.ReadAny()!.Text);
        Assert.StartsWith("HTTP/1.1 200", site.Ask("GET / HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [Hosts]
    public async Task AHandlerMayWaitAndIsOnItsOwnerAllTheTime(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            await Task.Delay(5);
            Assert.True(request.Connection.Owner.IsCurrent);
            response.Write(Encoding.ASCII.GetString(request.Path));
        });
        using RawClient client = site.Connect();
        client.Send("GET /still/here HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("/still/here", client.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task AHandlerThatThrowsGivesAnErrorAndClosesWhateverItThrows(string on)
    {
        var told = new TaskCompletionSource<Exception>();
        await using Site site = await Site.StartAsync(
            on,
            (_, response) =>
            {
                response.Status = 201;
                response.Write("half"u8);
                throw new FormatException("boom");
            },
            new HttpServerOptions { HandlerFailed = (_, exception) => told.SetResult(exception) });
        using RawClient client = site.Connect();
        client.Send(Get);
        Reply reply = client.Read()!;
        Assert.Equal(500, reply.Status);
        Assert.DoesNotContain("boom", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("half", reply.Text, StringComparison.Ordinal);
        Assert.Equal("close", reply.Field("Connection"));
        Assert.True(client.IsAtEnd());
        Assert.Equal("boom", (await told.Task).Message);
    }

    [Theory]
    [Hosts]
    public async Task WhatAnApplicationPutsIntoAFieldCannotSplitTheResponse(string on)
    {
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            Assert.Throws<ArgumentException>(() => response.Add("X", "a\r\nSet-Cookie: b"));
            Assert.Throws<ArgumentException>(() => response.Add("X"u8, "a\nb"u8));
            Assert.Throws<ArgumentException>(() => response.Add("X"u8, "a\0b"u8));
            Assert.Throws<ArgumentException>(() => response.Add("X\r\nY", "v"));
            Assert.Throws<ArgumentException>(() => response.Add("", "v"));
            Assert.Throws<ArgumentException>(() => response.Add("X", "\u4f60"));
            Assert.Throws<ArgumentException>(() => response.Add("Transfer-Encoding", "chunked"));
            Assert.Throws<ArgumentException>(() => response.Add("Content-Length", "5x"));
            Assert.Throws<ArgumentException>(() => response.AddTrailer("Content-Length"u8, "5"u8));
            Assert.Throws<ArgumentOutOfRangeException>(() => response.Status = 99);
            response.Set("X"u8, "one"u8);
            response.Set("x"u8, "two"u8);
            return default;
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        Reply reply = client.Read()!;
        Assert.Equal(200, reply.Status);
        Assert.Equal("two", reply.Field("X"));
        Assert.DoesNotContain("one", reply.Head, StringComparison.Ordinal);
    }

    [Theory]
    [Hosts]
    public async Task AFieldThatIsTakenAwayLeavesTheServersOwnInItsPlace(string on)
    {
        await using Site site = await Site.StartAsync(on, (request, response) =>
        {
            response.Add("date"u8, "Thu, 01 Jan 1970 00:00:00 GMT"u8);
            response.Add("SERVER"u8, "another"u8);
            if (request.Path.SequenceEqual("/removed"u8))
            {
                Assert.True(response.Remove("Date"u8));
                Assert.True(response.Remove("server"u8));
                Assert.False(response.Remove("Date"u8));
                Assert.False(response.Remove("Content-Length"u8));
                response.Add("Content-Length"u8, "100"u8);
                Assert.True(response.Remove("content-length"u8));
            }

            response.Write("content"u8);
            return default;
        });
        using RawClient client = site.Connect();
        client.Send("GET /kept HTTP/1.1\r\nHost: h\r\n\r\nGET /removed HTTP/1.1\r\nHost: h\r\n\r\n");
        Reply kept = client.Read()!;
        Assert.Equal(("Thu, 01 Jan 1970 00:00:00 GMT", "another"), (kept.Field("Date"), kept.Field("Server")));
        Assert.DoesNotContain("\r\nDate:", kept.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\nServer:", kept.Head, StringComparison.Ordinal);

        // RFC 9110 section 6.6.1: an origin server with a clock MUST send a Date.
        Reply removed = client.Read()!;
        Assert.NotNull(removed.Field("Date"));
        Assert.DoesNotContain("1970", removed.Head, StringComparison.Ordinal);
        Assert.Equal(("Sockeye", "content"), (removed.Field("Server"), removed.Text));
    }

    [Theory]
    [Hosts]
    public async Task AConnectionThatIsSwitchedIsTheHandlersOwn(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            Connection raw = await response.SwitchAsync("shout"u8.ToArray());
            while (await raw.ReadAsync() is { IsEmpty: false } received)
            {
                raw.Write(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(received.Span).ToUpperInvariant()));
                raw.Consume(received.Length);
                await raw.FlushAsync();
            }
        });
        using RawClient client = site.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nearly ");
        Reply reply = client.ReadAny()!;
        Assert.Equal(101, reply.Status);
        Assert.Equal("shout", reply.Field("Upgrade"));
        client.Send("late");
        client.FinishSending();
        Assert.Equal("EARLY LATE", client.ReadToEnd());
    }

    [Fact]
    public async Task AResponseThatResetsTheFormSaysThatItIsEmpty()
    {
        await using Site site = await Site.StartAsync((_, response) =>
        {
            response.Status = StatusCode.ResetContent;
            return default;
        });
        using RawClient client = site.Connect();
        client.Send(Get);
        Assert.Equal("0", client.Read()!.Field("Content-Length"));
        client.Send(Get);
        Assert.Equal(205, client.Read()!.Status);
    }

    [Fact]
    public async Task AFileThatEndsTooSoonIsCutOffAlsoWhenTheHandlerGoesOn()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "short");
        using SafeFileHandle file = File.OpenHandle(path);
        File.Delete(path);
        await using Site site = await Site.StartAsync(async (_, response) =>
        {
            response.ContentLength = 10;
            await Assert.ThrowsAsync<EndOfStreamException>(async () => await response.SendFileAsync(file, 0, 10));
        });
        using RawClient client = site.Connect();
        client.Send(Get + Get);
        Assert.EndsWith("\r\n\r\nshort", client.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AResponseThatIsWholeArrivesAlthoughTheHandlerThrowsAfterwards()
    {
        byte[] content = new byte[8 << 20];
        await using Site site = await Site.StartAsync(
            async (_, response) =>
            {
                response.ContentLength = content.Length;
                for (int at = 0; at < content.Length; at += 65_536)
                {
                    response.Write(content.AsSpan(at, 65_536));
                    await response.FlushAsync();
                }

                await response.CompleteAsync();
                throw new InvalidOperationException("after the end");
            },
            new HttpServerOptions { HandlerFailed = (_, _) => { } });
        using RawClient client = site.Connect();
        client.Send(Get);
        Assert.Equal(content.Length, client.Read()!.Content.Length);
        Assert.Equal("", client.ReadToEnd());
    }

    [Fact]
    public async Task AResponseThatIsTooShortIsCutOffAlsoWhenTheHandlerWasTold()
    {
        await using Site site = await Site.StartAsync(async (_, response) =>
        {
            response.ContentLength = 10;
            response.Write("short");
            await response.FlushAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.CompleteAsync());
        });
        using RawClient client = site.Connect();
        client.Send(Get + Get);
        Assert.EndsWith("\r\n\r\nshort", client.ReadToEnd(), StringComparison.Ordinal);
    }
}
