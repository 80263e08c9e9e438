using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.AspNetCore;

/// <summary>What an application may rely on when it looks at a request.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task TargetIsDecodedOnceAndRawBeside(string carrier)
    {
        await using WebApp app = await WebApp.StartAsync(Carrier.Of(carrier), site =>
        {
            site.UsePathBase("/base");
            site.Run(context => context.Response.WriteAsync(
                $"{context.Request.PathBase}|{context.Request.Path.Value}|{context.Request.QueryString}|"
                + context.Features.Get<IHttpRequestFeature>()!.RawTarget));
        });
        using RawClient client = app.Connect();
        client.Send("GET /base/a%20b%2Fc%C3%A9/./x/../y?q=%20&r HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(
            "/base|/a b%2Fcé/y|?q=%20&r|/base/a%20b%2Fc%C3%A9/./x/../y?q=%20&r", client.Read()!.Text);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task FieldsHaveAllTheirValues(string carrier)
    {
        await using WebApp app = await Run(carrier, context =>
        {
            IHeaderDictionary headers = context.Request.Headers;
            Assert.Equal("1;2", string.Join(';', headers["x-many"].ToArray()));
            Assert.Equal("text/css", headers.Accept.ToString());
            Assert.Equal(headers.Host.ToString(), context.Request.Host.ToString());
            Assert.Null(headers.ContentLength);
            Assert.False(headers.ContainsKey("X-Absent"));
            Assert.Equal(0, headers["X-Absent"].Count);
            headers["X-New"] = "n";
            headers.Remove("Accept");
            return context.Response.WriteAsync(string.Join(',', headers.Keys.Order()));
        });
        using RawClient client = app.Connect();
        client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Many: 1\r\nAccept: text/css\r\nx-many: 2\r\n\r\n");
        Assert.Equal("Host,X-Many,X-New", client.Read()!.Text);
        client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Many: 1\r\nAccept: text/css\r\nX-Many: 2\r\n\r\n");
        Assert.Equal("Host,X-Many,X-New", client.Read()!.Text);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ProtocolIsTheSameInstanceAndIdentifiersAreUnique(string carrier)
    {
        var seen = new List<string>();
        await using WebApp app = await Run(carrier, context =>
        {
            Assert.Same(HttpProtocol.Http11, context.Request.Protocol);
            Assert.Equal("http", context.Request.Scheme);
            Assert.Equal(IPAddress.Loopback, context.Connection.RemoteIpAddress);
            Assert.NotEqual(0, context.Connection.RemotePort);
            Assert.Equal(22, context.TraceIdentifier.Length);
            lock (seen)
            {
                seen.Add(context.TraceIdentifier);
            }

            return Task.CompletedTask;
        });
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage reply = await app.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }

        Assert.Equal(5, seen.Distinct().Count());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task UnreadBodyIsSkippedBeforeTheNextRequest(string carrier)
    {
        await using WebApp app = await Run(carrier, context => context.Response.WriteAsync(context.Request.Path));
        using RawClient client = app.Connect();
        client.Send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET /no HTTP/1.1\r\n\r\n"
            + "POST /2 HTTP/1.1\r\nHost: a\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(["/1", "/2", "/3"], [client.Read()!.Text, client.Read()!.Text, client.Read()!.Text]);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task BodyIsReadByStreamAndByReaderOnAnyThread(string carrier)
    {
        byte[] sent = new byte[1_000_000];
        new Random(7).NextBytes(sent);
        await using WebApp app = await Run(carrier, async context =>
        {
            // Far from the connection's owner on purpose.
            await Task.Run(async () =>
            {
                using var all = new MemoryStream();
                if (context.Request.Path == "/reader")
                {
                    while (true)
                    {
                        var read = await context.Request.BodyReader.ReadAsync().ConfigureAwait(false);
                        if (read.IsCompleted)
                        {
                            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                            {
                                all.Write(segment.Span);
                            }

                            break;
                        }

                        context.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    }
                }
                else
                {
                    await context.Request.Body.CopyToAsync(all).ConfigureAwait(false);
                }

                await context.Response.Body.WriteAsync(all.ToArray()).ConfigureAwait(false);
            });
        });
        foreach (string path in (string[])["/stream", "/reader"])
        {
            using HttpResponseMessage reply = await app.Client.PostAsync(path, new ByteArrayContent(sent));
            Assert.Equal(sent, await reply.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task EchoStreamsBothWaysAtOnce(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            await foreach (string line in Lines(context.Request.Body))
            {
                await context.Response.WriteAsync($"{line}\n");
            }
        });
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        string received = "";
        for (int i = 0; i < 3; i++)
        {
            client.Send("3\r\nab\n\r\n");
            if (i == 0)
            {
                while (!received.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    received += Encoding.Latin1.GetString(client.Take(1));
                }
            }

            Assert.Equal("3\r\nab\n\r\n", Encoding.Latin1.GetString(client.Take(8)));
        }

        client.Send("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", Encoding.Latin1.GetString(client.Take(5)));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task SynchronousReadsAreRefusedUnlessAllowed(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            byte[] buffer = new byte[10];
            Assert.Throws<InvalidOperationException>(() => context.Request.Body.Read(buffer));
            context.Features.Get<IHttpBodyControlFeature>()!.AllowSynchronousIO = true;

            // On the loop only what has come may be read so; elsewhere the thread waits.
            int count = context.Request.Body.Read(buffer, 0, 10);
            await context.Response.WriteAsync(Encoding.ASCII.GetString(buffer, 0, count));
        });
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        Assert.Equal("abc", client.Read()!.Text);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task TooLongBodyIsRefusedAndTheLimitCanBeRaised(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>()!;
            limit.MaxRequestBodySize = context.Request.Path == "/short" ? 10 : null;
            Assert.True(context.Features.Get<IHttpRequestBodyDetectionFeature>()!.CanHaveBody);
            using var all = new MemoryStream();
            await context.Request.Body.CopyToAsync(all);
            Assert.True(limit.IsReadOnly);
            await context.Response.WriteAsync($"{all.Length}");
        });
        using HttpResponseMessage refused = await app.Client.PostAsync("/short", new ByteArrayContent(new byte[11]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        using HttpResponseMessage taken = await app.Client.PostAsync("/", new ByteArrayContent(new byte[40_000_000]));
        Assert.Equal("40000000", await taken.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task TrailersOfTheRequestAreThereAfterItsBody(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            Assert.True(context.Request.SupportsTrailers());
            Assert.False(context.Request.CheckTrailersAvailable());
            await context.Request.Body.CopyToAsync(Stream.Null);
            Assert.True(context.Request.CheckTrailersAvailable());
            await context.Response.WriteAsync(context.Request.GetTrailer("X-Sum").ToString());
        });
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            + "3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n");
        Assert.Equal("9", client.Read()!.Text);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task ClientIsToldToContinueWhenTheBodyIsRead(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("after all") };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage reply = await app.Client.SendAsync(request);
        Assert.Equal("after all", await reply.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task FormsAndFilesAreRead(string carrier)
    {
        await using WebApp app = await Run(carrier, async context =>
        {
            IFormCollection form = await context.Request.ReadFormAsync();
            await context.Response.WriteAsync($"{form["name"]}: {form.Files[0].FileName}, {form.Files[0].Length}");
        });
        using var content = new MultipartFormDataContent
        {
            { new StringContent("salmon"), "name" },
            { new ByteArrayContent(new byte[100_000]) { Headers = { ContentType = new MediaTypeHeaderValue("a/b") } },
                "file", "fish.bin" },
        };
        using HttpResponseMessage reply = await app.Client.PostAsync("/", content);
        Assert.Equal("salmon: fish.bin, 100000", await reply.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task FeaturesOfAnHttpServerAreAllThereAndCanBeReplaced(string carrier)
    {
        await using WebApp app = await Run(carrier, context =>
        {
            IFeatureCollection features = context.Features;
            Type[] expected =
            [
                typeof(IHttpRequestFeature), typeof(IHttpResponseFeature), typeof(IHttpResponseBodyFeature),
                typeof(IHttpRequestIdentifierFeature), typeof(IHttpRequestTrailersFeature),
                typeof(IRequestBodyPipeFeature), typeof(IHttpConnectionFeature), typeof(IHttpRequestLifetimeFeature),
                typeof(IHttpBodyControlFeature), typeof(IHttpMaxRequestBodySizeFeature),
                typeof(IHttpRequestBodyDetectionFeature), typeof(IHttpUpgradeFeature), typeof(IRouteValuesFeature),
                typeof(IEndpointFeature), typeof(IHttpMinRequestBodyDataRateFeature),
                typeof(IBadRequestExceptionFeature),
            ];
            Assert.All(expected, type => Assert.NotNull(features[type]));
            Assert.Null(features.Get<ISessionFeature>());
            Assert.Null(features.Get<ITlsConnectionFeature>());
            int revision = features.Revision;
            features.Set(new Uri("http://a/"));
            Assert.Equal("http://a/", features.Get<Uri>()!.ToString());
            features.Set<Uri>(null);
            Assert.Null(features.Get<Uri>());
            Assert.NotEqual(revision, features.Revision);
            features.Set<IHttpUpgradeFeature>(null);
            Assert.Null(features.Get<IHttpUpgradeFeature>());
            Assert.DoesNotContain(features, one => one.Key == typeof(IHttpUpgradeFeature));
            return context.Response.WriteAsync("whole");
        });

        // Twice: what one request removed, the next one has again.
        Assert.Equal("whole", await app.Client.GetStringAsync("/"));
        Assert.Equal("whole", await app.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    public async Task ContextIsMadeOnceAndUsedAgain(string carrier)
    {
        var contexts = new HashSet<object>(ReferenceEqualityComparer.Instance);
        await using WebApp app = await Run(carrier, context =>
        {
            Assert.Empty(context.Items);
            context.Items["x"] = "y";
            contexts.Add(context.Features);
            return context.Response.WriteAsync("ok");
        });
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("ok", await app.Client.GetStringAsync("/"));
        }

        Assert.Single(contexts);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("loop")]
    [InlineData("kestrel")]
    public async Task CancellingOneReadLeavesTheNextAlone(string carrier)
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApp app = await Run(carrier, async context =>
        {
            PipeReader body = context.Request.BodyReader;
            body.CancelPendingRead();
            ReadResult first = await body.ReadAsync();
            Assert.True(first.IsCanceled);
            body.AdvanceTo(first.Buffer.Start);
            ValueTask<ReadResult> second = body.ReadAsync();
            waits.SetResult();
            await context.Response.WriteAsync(Encoding.ASCII.GetString((await second).Buffer));
        });
        using RawClient client = app.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
        await waits.Task.WaitAsync(Patience.Time);
        client.Send("here");
        Assert.Equal("here", client.Read()!.Text);
    }

    private static Task<WebApp> Run(string carrier, RequestDelegate application) =>
        WebApp.StartAsync(Carrier.Of(carrier), site => site.Run(application));

    private static async IAsyncEnumerable<string> Lines(Stream stream)
    {
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { } line)
        {
            yield return line;
        }
    }
}
