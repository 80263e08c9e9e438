using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.AspNetCore;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>What an application may rely on when it writes a response, wherever it runs.</summary>
public sealed class ResponseTests
{
    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task CallbacksOfTheStartRunLastFirstAndMayStillChangeTheHead(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            var order = new List<string>();
            foreach (string name in (string[])["a", "b", "c"])
            {
                context.Response.OnStarting(() =>
                {
                    order.Add(name);
                    context.Response.Headers["X-Order"] = string.Join(',', order);
                    context.Response.StatusCode = 202;
                    return Task.CompletedTask;
                });
            }

            await context.Response.WriteAsync("x");
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        Assert.Equal("c,b,a", reply.Headers.GetValues("X-Order").Single());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task CallbacksOfTheEndRunLastFirstAndAfterTheReply(string carrier)
    {
        var order = new List<string>();
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.OnCompleted(() =>
            {
                order.Add("first");
                ended.SetResult();
                return Task.CompletedTask;
            });
            context.Response.OnCompleted(async () =>
            {
                await mayEnd.Task;
                order.Add("second");
            });
            await context.Response.WriteAsync("whole");
        });
        Assert.Equal("whole", await app.Client.GetStringAsync("/"));
        Assert.Empty(order);
        mayEnd.SetResult();
        await ended.Task.WaitAsync(Patience.Time);
        Assert.Equal(["second", "first"], order);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task HeadIsFrozenOnceTheResponseHasStarted(string carrier)
    {
        var refused = new List<string>();
        await using WebApp app = await Run(carrier, async context =>
        {
            HttpResponse response = context.Response;
            refused.Add($"before: {response.HasStarted}");
            await response.StartAsync();
            refused.Add($"after: {response.HasStarted}");
            Refused(() => response.StatusCode = 500);
            Refused(() => response.Headers["X-Late"] = "1");
            Refused(() => response.ContentLength = 3);
            Refused(() => response.OnStarting(() => Task.CompletedTask));
            await response.WriteAsync("x");
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(["before: False", "after: True", "no", "no", "no", "no"], refused);

        void Refused(Action change)
        {
            Assert.Throws<InvalidOperationException>(change);
            refused.Add("no");
        }
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task MiddlewareMayPutAnotherBodyInPlaceOfOurs(string carrier)
    {
        await using WebApp app = await WebApp.StartAsync(Carrier.Of(carrier), site =>
        {
            site.Use(async (context, next) =>
            {
                Stream original = context.Response.Body;
                using var held = new MemoryStream();
                context.Response.Body = held;
                await next();
                context.Response.Body = original;
                string text = Encoding.UTF8.GetString(held.ToArray());
                await context.Response.WriteAsync(new string([.. text.Reverse()]));
            });
            site.Run(async context =>
            {
                await context.Response.WriteAsync("abc");
                await context.Response.BodyWriter.WriteAsync("def"u8.ToArray());
            });
        });
        Assert.Equal("fedcba", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task StreamAndWriterMayBeMixed(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            HttpResponse response = context.Response;
            "1"u8.CopyTo(response.BodyWriter.GetSpan(1));
            response.BodyWriter.Advance(1);
            await response.Body.WriteAsync("2"u8.ToArray());
            "3"u8.CopyTo(response.BodyWriter.GetSpan(1));
            response.BodyWriter.Advance(1);
            await response.BodyWriter.FlushAsync();
            await response.WriteAsync("4");
            await response.Body.FlushAsync();
            "5"u8.CopyTo(response.BodyWriter.GetSpan(1));
            response.BodyWriter.Advance(1);
        });
        Assert.Equal("12345", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task SynchronousWritesAreRefusedUnlessAllowed(string carrier)
    {
        await using WebApp app = await Run(carrier, context =>
        {
            Assert.Throws<InvalidOperationException>(() => context.Response.Body.Write("x"u8));
            context.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true;
            context.Response.Body.Write("abc"u8);
            context.Response.Body.Flush();
            return Task.CompletedTask;
        });
        Assert.Equal("abc", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task MoreContentThanSaidIsRefusedWhereItIsWritten(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.ContentLength = 3;
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.Response.WriteAsync("four"));
            await context.Response.WriteAsync("123");
        });
        Assert.Equal("123", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task LessContentThanSaidIsAnErrorThatTheClientSees(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.ContentLength = 10;
            if (context.Request.Path == "/begun")
            {
                await context.Response.WriteAsync("12345");
            }
        });
        using HttpResponseMessage unbegun = await app.Client.GetAsync("/unbegun");
        Assert.Equal(HttpStatusCode.InternalServerError, unbegun.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetStringAsync("/begun"));
        Assert.Contains(app.Log.Lines, line => line.Contains("too few bytes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ReplyToHeadHasTheFieldsAndNoContent(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.ContentLength = 5;
            await context.Response.WriteAsync("12345");
        });
        using RawClient client = app.Connect();
        client.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal("5", client.Read(toHead: true)!.Field("Content-Length"));
        Assert.Equal("5", client.Read(toHead: true)!.Field("Content-Length"));
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ExceptionIsFiveHundredAndTheConnectionGoesOn(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.Headers["X-Gone"] = "1";
            await Task.Yield();
            throw new InvalidOperationException("the application's own mistake");
        });
        using RawClient client = app.Connect();
        for (int i = 0; i < 2; i++)
        {
            client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Reply reply = client.Read()!;
            Assert.Equal((500, "0", null), (reply.Status, reply.Field("Content-Length"), reply.Field("X-Gone")));
        }

        Assert.Contains(app.Log.Lines, line => line.Contains("application's own mistake", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ExceptionAfterTheStartEndsTheConnection(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            await context.Response.WriteAsync("half");
            throw new InvalidOperationException("too late");
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task TrailersFollowTheContent(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            Assert.True(context.Response.SupportsTrailers());
            context.Response.DeclareTrailer("X-Sum");
            await context.Response.WriteAsync("content");
            context.Response.AppendTrailer("X-Sum", "7");
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/");
        Assert.Equal("content", await reply.Content.ReadAsStringAsync());
        Assert.Equal("7", reply.TrailingHeaders.GetValues("X-Sum").Single());
        Assert.Equal("X-Sum", reply.Headers.Trailer.Single());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task EarlyHintsComeBeforeTheReply(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            Assert.True(await context.Response.SendEarlyHintsAsync("</a.css>; rel=preload", "</b.js>; rel=preload"));
            await context.Response.WriteAsync("page");
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Reply hints = client.ReadAny()!;
        Assert.Equal((103, "</a.css>; rel=preload"), (hints.Status, hints.Field("Link")));
        Reply reply = client.ReadAny()!;
        Assert.Equal((200, null, "page"), (reply.Status, reply.Field("Link"), reply.Text));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task CompletedResponseReachesTheClientWhileTheApplicationGoesOn(string carrier)
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            await context.Response.WriteAsync("all");
            await context.Response.CompleteAsync();
            await mayEnd.Task;
        });
        Assert.Equal("all", await app.Client.GetStringAsync("/"));
        mayEnd.SetResult();
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task FlushedContentArrivesBeforeTheRest(string carrier)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync("data: 1\n\n");
            await goOn.Task;
            await context.Response.WriteAsync("data: 2\n\n");
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync());
        goOn.SetResult();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task FilesAreSentWholeAndInPart(string carrier)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)]);
        await using WebApp app = await Run(carrier, context => context.Request.Path == "/part"
            ? context.Response.SendFileAsync(file, 100, 50)
            : context.Response.SendFileAsync(file));
        byte[] whole = await File.ReadAllBytesAsync(file);
        Assert.Equal(whole, await app.Client.GetByteArrayAsync("/"));
        Assert.Equal(whole[100..150], await app.Client.GetByteArrayAsync("/part"));
        File.Delete(file);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task SlowClientHoldsTheApplicationBack(string carrier)
    {
        const int PieceBytes = 65_536;
        const int Pieces = 512;
        int written = 0;
        await using WebApp app = await Run(carrier, async context =>
        {
            byte[] piece = new byte[PieceBytes];
            for (int i = 0; i < Pieces; i++)
            {
                await context.Response.Body.WriteAsync(piece);
                Interlocked.Increment(ref written);
            }
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        int seen;
        do
        {
            seen = Volatile.Read(ref written);
            await Task.Delay(300);
        }
        while (seen != Volatile.Read(ref written));

        Assert.InRange(seen, 1, Pieces - 1);
        Assert.Equal(PieceBytes * Pieces, (await reply.Content.ReadAsByteArrayAsync()).Length);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task FieldsThatWouldSplitAResponseAreRefused(string carrier)
    {
        await using WebApp app = await Run(carrier, context =>
        {
            Assert.Throws<InvalidOperationException>(() => context.Response.Headers["X"] = "a\r\nSet-Cookie: b=c");
            Assert.Throws<InvalidOperationException>(() => context.Response.Headers["X: y"] = "a");
            return context.Response.WriteAsync("fine");
        });
        Assert.Equal("fine", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task StatusWithoutContentRefusesIt(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            context.Response.StatusCode = 204;
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.Response.WriteAsync("x"));
        });
        using HttpResponseMessage reply = await app.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.NoContent, reply.StatusCode);
        Assert.Null(reply.Content.Headers.ContentLength is 0 ? null : reply.Content.Headers.ContentLength);
    }

    private static Task<WebApp> Run(string carrier, RequestDelegate application) =>
        WebApp.StartAsync(Carrier.Of(carrier), site => site.Run(application));
}
