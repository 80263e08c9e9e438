using System.Text;
using Sockeye.Http;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Server;

/// <summary>The bodies of requests: how they are read, left unread, refused and waited for.</summary>
public sealed class BodyTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\n";

    [Theory]
    [Hosts]
    public async Task ABodyComesInPiecesOfAnySize(string on)
    {
        await using Site site = await Site.StartAsync(on, Site.CountBody);
        using RawClient client = site.Connect();
        client.Send($"{Post}Content-Length: 200000\r\n\r\n");
        for (int i = 0; i < 200; i++)
        {
            client.Send(new byte[1_000]);
        }

        Assert.Equal("POST 200000", client.Read()!.Text);
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; i++)
        {
            client.Send("3e8;x=y\r\n");
            client.Send(new byte[1_000]);
            client.Send("\r\n");
        }

        client.Send("0\r\nX-T: 1\r\n\r\n");
        Assert.Equal("POST 100000", client.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task TheHeadStaysReadableWhileTheBodyIsRead(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            while (await request.ReadBodyAsync() is { IsEmpty: false })
            {
                Assert.Equal("value", Encoding.ASCII.GetString(Value(request)));
            }

            response.Write(Encoding.ASCII.GetString(request.Path));
            response.Write(request.Trailers.TryGet("x-t"u8, out ReadOnlySpan<byte> trailer) ? trailer : "none"u8);
        });
        using RawClient client = site.Connect();
        client.Send("POST /a/path HTTP/1.1\r\nHost: h\r\nX-Test: value\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 300; i++)
        {
            client.Send($"400\r\n{new string('x', 1024)}\r\n");
        }

        client.Send("0\r\nX-T: trailer\r\n\r\n");
        Assert.Equal("/a/pathtrailer", client.Read()!.Text);

        static ReadOnlySpan<byte> Value(HttpRequest request) =>
            request.Fields.TryGet("x-test"u8, out ReadOnlySpan<byte> value) ? value : default;
    }

    [Theory]
    [Hosts]
    public async Task PermissionToSendIsGivenWhenTheBodyIsAskedFor(string on)
    {
        await using Site site = await Site.StartAsync(on, Site.CountBody);
        using RawClient client = site.Connect();
        client.Send($"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(100, client.ReadAny()!.Status);
        client.Send("hello");
        Assert.Equal("POST 5", client.ReadAny()!.Text);

        // Not when the body has come already: one final reply and nothing else.
        client.Send($"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Equal("POST 5", client.ReadAny()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task ABodyThatNobodyAskedForClosesTheConnection(string on)
    {
        await using Site site = await Site.StartAsync(on, (_, response) =>
        {
            response.Status = 403;
            return default;
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Reply reply = client.ReadAny()!;
        Assert.Equal(403, reply.Status);
        Assert.Equal("close", reply.Field("Connection"));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AShortBodyThatIsLeftUnreadIsSkippedAndALongOneCloses(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            (_, response) =>
            {
                response.Write("no thanks"u8);
                return default;
            },
            new HttpServerOptions { SkippedBytesMax = 10_000 });
        using RawClient client = site.Connect();
        client.Send($"{Post}Content-Length: 5000\r\n\r\n{new string('x', 5_000)}");
        Assert.Equal("no thanks", client.Read()!.Text);
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Assert.Null(client.Read()!.Field("Connection"));
        client.Send($"{Post}Content-Length: 20000\r\n\r\n");
        Assert.Equal("close", client.Read()!.Field("Connection"));
    }

    [Theory]
    [Hosts]
    public async Task ABodyOverTheLimitIsRefusedBeforeItIsRead(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody, new HttpServerOptions { Limits = new HttpLimits { BodyBytesMax = 1_000 } });
        using RawClient sized = site.Connect();
        sized.Send($"{Post}Content-Length: 1001\r\n\r\n");
        Assert.Equal(413, sized.Read()!.Status);
        Assert.True(sized.IsAtEnd());
        using RawClient chunked = site.Connect();
        chunked.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n3e8\r\n{new string('x', 1_000)}\r\n1\r\nx\r\n0\r\n\r\n");
        Assert.Equal(413, chunked.Read()!.Status);
        using RawClient fits = site.Connect();
        fits.Send($"{Post}Content-Length: 1000\r\n\r\n{new string('x', 1_000)}");
        Assert.Equal("POST 1000", fits.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task AHandlerMayAllowMoreForItsOwnRequest(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            (request, response) =>
            {
                request.BodyBytesMax = 5_000;
                return Site.CountBody(request, response);
            },
            new HttpServerOptions { Limits = new HttpLimits { BodyBytesMax = 10 } });
        using RawClient client = site.Connect();
        client.Send($"{Post}Content-Length: 5000\r\n\r\n{new string('x', 5_000)}");
        Assert.Equal("POST 5000", client.Read()!.Text);
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Assert.Equal("POST 5", client.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task ABodyThatComesTooSlowlyIsAnsweredWith408(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions { BodyGracePeriod = TimeSpan.FromMilliseconds(100), BodyBytesPerSecondMin = 1_000 });
        using RawClient client = site.Connect();
        client.Send($"{Post}Content-Length: 100\r\n\r\nx");
        Assert.Equal(408, client.Read()!.Status);
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task ABodyThatIsCutShortEndsTheHandlerAndNeverLooksWhole(string on)
    {
        var failed = new TaskCompletionSource<BadRequestException>();
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            try
            {
                await Site.CountBody(request, response);
            }
            catch (BadRequestException exception)
            {
                failed.SetResult(exception);
                throw;
            }
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Content-Length: 100\r\n\r\nx");
        client.FinishSending();
        Assert.Equal(End.Finished, (await failed.Task.WaitAsync(Patience.Time)).End);
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Hosts]
    public async Task AResponseMayBeginWhileTheBodyIsStillComing(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
            {
                response.Write(piece.Span);
                await response.FlushAsync();
            }
        });
        using RawClient client = site.Connect();
        byte[] sent = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i % 251))];
        Task sending = Task.Run(() =>
        {
            client.Send($"{Post}Content-Length: {sent.Length}\r\n\r\n");
            client.Send(sent);
        });
        Reply reply = client.Read()!;
        Assert.Equal(sent, reply.Content);
        await sending;

        // However much of the body was still to come when the head of the response left.
        Assert.Null(reply.Field("Connection"));
        client.Send($"{Post}Content-Length: 1\r\n\r\nx");
        Assert.Equal("x", client.Read()!.Text);
    }

    [Fact]
    public async Task TrailersAreThoseOfTheirOwnRequest()
    {
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            await Site.CountBody(request, response);
            response.Write($" {request.Trailers.Count}");
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: secret\r\n\r\n");
        Assert.Equal("POST 0 1", client.Read()!.Text);
        client.Send($"{Post}Content-Length: 1\r\n\r\nx");
        Assert.Equal("POST 1 0", client.Read()!.Text);
        using RawClient other = site.Connect();
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n0\r\nX-T: secret\r\n\r\n");
        Assert.Equal("POST 0 1", client.Read()!.Text);
        other.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("GET 0 0", other.Read()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task PermissionToSendIsNotGivenInsideAResponse(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            response.Write("one ");
            await response.FlushAsync();
            response.Write($"{(await request.ReadBodyAsync()).Length}");
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal("close", client.ReadHead()!.Field("Connection"));
        client.Send("hello");
        Assert.Equal("4\r\none \r\n1\r\n5\r\n0\r\n\r\n", client.ReadToEnd());
    }

    [Fact]
    public async Task PermissionToSendIsGivenOnceAlsoWhenTheReadWasGivenUp()
    {
        await using Site site = await Site.StartAsync(async (request, response) =>
        {
            if (!request.HasBody)
            {
                response.Write("next");
                return;
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await request.ReadBodyAsync(limit.Token));
            response.Write("given up");
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal(100, client.ReadAny()!.Status);
        Assert.Equal("given up", client.ReadAny()!.Text);
        client.Send("helloGET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("next", client.ReadAny()!.Text);
    }

    [Theory]
    [Hosts]
    public async Task ABodyThatBreaksAfterTheHeadHasLeftEndsTheConnectionInOrder(string on)
    {
        await using Site site = await Site.StartAsync(on, async (request, response) =>
        {
            await request.ReadBodyAsync();
            await response.FlushAsync();
            BadRequestException broken =
                await Assert.ThrowsAsync<BadRequestException>(async () => await request.ReadBodyAsync());
            response.Write($"{broken.Rule}");
        });
        using RawClient client = site.Connect();
        client.Send($"{Post}Transfer-Encoding: chunked\r\n\r\n1\r\nxGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("BadChunkEnd", client.Read()!.Text);
        Assert.Equal("", client.ReadToEnd());
    }
}
