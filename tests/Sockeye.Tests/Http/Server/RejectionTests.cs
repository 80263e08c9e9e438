using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sockeye.Http;
using Sockeye.Http.Protocol;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>What a client reads that did something wrong, and what it reads when the server did.</summary>
public sealed class RejectionTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Bad = "GET / HTTP/1.1\r\n\r\n";

    /// <summary>Hooks that cannot be used as they are; the message of what is reported.</summary>
    private static readonly (BadRequestHandler Shape, string Message)[] s_brokenHooks =
    [
        ((_, _) => throw new FormatException("boom"), "boom"),
        ((_, response) =>
        {
            response.ContentLength = 100;
            response.Write("short"u8);
        }, "ContentLength (100)"),
        ((_, response) =>
        {
            response.ContentLength = 1;
            response.Write("long"u8);
        }, "ContentLength (1)"),
        ((_, response) =>
        {
            response.Status = 204;
            response.Write("content"u8);
        }, "204"),
        ((_, response) => response.Add("X\r\nY"u8, "v"u8), ""),
    ];

    [Theory]
    [Hosts]
    public async Task AHookForBadRequestsThatFailsIsReportedAndTheReplyIsThePlainOne(string on)
    {
        foreach ((BadRequestHandler shape, string message) in s_brokenHooks)
        {
            var told = new TaskCompletionSource<Exception>();
            await using Site site = await Site.StartAsync(
                on,
                Site.CountBody,
                new HttpServerOptions { OnBadRequest = shape, HandlerFailed = (_, why) => told.SetResult(why) });
            using RawClient client = site.Connect();
            client.Send(Get + Bad);
            Assert.Equal(200, client.Read()!.Status);
            Reply reply = client.Read()!;
            Assert.Equal(400, reply.Status);
            Assert.Equal("close", reply.Field("Connection"));
            Assert.Equal("An HTTP/1.1 request has no Host.\n", reply.Text);
            Assert.True(client.IsAtEnd());
            Assert.Contains(message, (await told.Task).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [Hosts]
    public async Task HooksThatThrowTakeNoReplyWithThem(string on)
    {
        List<string> told = [];
        await using Site site = await Site.StartAsync(
            on,
            (request, response) =>
            {
                response.Write("whole"u8);
                return request.Path.SequenceEqual("/fails"u8) ? throw new FormatException("boom") : default;
            },
            new HttpServerOptions
            {
                AccessLog = (in entry) =>
                {
                    told.Add($"logged {entry.Status}");
                    throw new FormatException("the log is full");
                },
                HandlerFailed = (_, why) =>
                {
                    told.Add(why.Message);
                    throw new FormatException("nobody listens");
                },
            });
        using (RawClient client = site.Connect())
        {
            client.Send(Get + Get + Get.Replace("/ ", "/fails ", StringComparison.Ordinal));
            Assert.Equal("whole", client.Read()!.Text);
            Assert.Equal("whole", client.Read()!.Text);
            Assert.Equal(500, client.Read()!.Status);
            Assert.True(client.IsAtEnd());
        }

        Assert.Equal(["logged 200", "logged 200", "boom", "logged 500"], told);
    }

    [Theory]
    [Hosts]
    public async Task RepliesBeforeOneThatIsCutOffArrive(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            async (request, response) =>
            {
                if (request.Path.SequenceEqual("/whole"u8))
                {
                    response.Write("whole"u8);
                    return;
                }

                response.ContentLength = request.Path.SequenceEqual("/sized"u8) ? 10 : null;
                response.Write("half"u8);
                await response.FlushAsync();
                throw new FormatException("boom");
            },
            new HttpServerOptions { HandlerFailed = (_, _) => { } });
        foreach ((string path, string end) in new[] { ("/sized", "\r\n\r\nhalf"), ("/chunked", "\r\n4\r\nhalf\r\n") })
        {
            using RawClient client = site.Connect();
            client.Send($"GET /whole HTTP/1.1\r\nHost: h\r\n\r\nGET {path} HTTP/1.1\r\nHost: h\r\n\r\n{Get}");
            Assert.Equal("whole", client.Read()!.Text);
            Assert.EndsWith(end, client.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [Hosts]
    public async Task AResponseWhoseEndIsTheCloseIsResetWhenItIsCutOff(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            async (_, response) =>
            {
                response.Write("half"u8);
                await response.FlushAsync();
                throw new FormatException("boom");
            },
            new HttpServerOptions { HandlerFailed = (_, _) => { } });
        using RawClient client = site.Connect();
        client.Send("GET / HTTP/1.0\r\n\r\n");
        Assert.Throws<SocketException>(() => client.ReadToEnd());
    }

    [Theory]
    [Hosts]
    public async Task APeerReadsAReasonAndTheOperatorTheLimit(string on)
    {
        var logged = new TaskCompletionSource<string>();
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions
            {
                AccessLog = (in entry) =>
                {
                    var line = new System.Buffers.ArrayBufferWriter<byte>();
                    AccessLogLine.Write(line, AccessLogFormat.Common, entry);
                    logged.SetResult(Encoding.UTF8.GetString(line.WrittenSpan));
                },
            });
        using RawClient client = site.Connect();
        client.Send($"GET /{new string('a', 9_000)} HTTP/1.1\r\nHost: h\r\n\r\n");
        Reply reply = client.Read()!;
        Assert.Equal((414, "The request line is too long.\n"), (reply.Status, reply.Text));
        Assert.EndsWith(
            " rule=RequestLineTooLong limit=\"HttpLimits.RequestLineBytesMax\"\n",
            await logged.Task,
            StringComparison.Ordinal);
    }

    [Theory]
    [Hosts]
    public async Task AClientThatGoesOnSendingTooSlowlyReadsThatItWasTooSlow(string on)
    {
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions { BodyGracePeriod = TimeSpan.FromMilliseconds(200), BodyBytesPerSecondMin = 1_000 });
        using RawClient client = site.Connect();
        client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
        var answered = new TaskCompletionSource();
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 900 && !answered.Task.IsCompleted; i++)
            {
                client.TrySend("x"u8);
                await Task.WhenAny(answered.Task, Task.Delay(20));
            }
        });
        Reply reply = client.Read()!;
        Assert.Equal((408, "close"), (reply.Status, reply.Field("Connection")));
        Assert.Equal("", client.ReadToEnd());
        answered.SetResult();
        await sending;
    }

    [Theory]
    [Hosts]
    public async Task ARequestWhoseClientLeavesWithinItsBodyIsLoggedWithoutAStatus(string on)
    {
        var logged = new TaskCompletionSource<int>();
        await using Site site = await Site.StartAsync(
            on,
            Site.CountBody,
            new HttpServerOptions { AccessLog = (in entry) => logged.TrySetResult(entry.Status) });
        using (RawClient client = site.Connect())
        {
            client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx");
        }

        Assert.Equal(0, await logged.Task.WaitAsync(Patience.Time));
    }

    [Theory]
    [Models]
    public async Task AClientThatSpeaksTlsToAPlainPortIsToldInPlainText(string model)
    {
        var rule = new TaskCompletionSource<HttpRule>();
        await using Site site = await Site.StartAsync(
            model, Site.CountBody, new HttpServerOptions { AccessLog = (in entry) => rule.TrySetResult(entry.Rule) });
        using (Socket socket = site.ConnectSocket())
        {
            using var tls = new SslStream(new NetworkStream(socket));
            Assert.ThrowsAny<Exception>(() => tls.AuthenticateAsClient(Secured.PeerAsClient()));
        }

        Assert.Equal(HttpRule.TlsToPlainPort, await rule.Task);
        using RawClient client = site.Connect();
        client.Send([0x16]);
        Assert.Equal((400, "close"), client.Read() is { } reply ? (reply.Status, reply.Field("Connection")) : default);
        Assert.True(client.IsAtEnd());
    }

    [Theory]
    [Models]
    public async Task AClientThatSpeaksPlainTextToATlsPortIsToldSo(string model)
    {
        var told = new TaskCompletionSource<string>();
        await using Site site = await Site.StartAsync(
            model + HostsAttribute.Tls,
            Site.CountBody,
            new HttpServerOptions
            {
                Tls = Secured.Server with { HandshakeFailed = (_, reason) => told.TrySetResult(reason) },
            });
        using RawClient plain = site.ConnectWithoutTls();
        plain.Send(Get);
        Reply reply = plain.Read()!;
        Assert.Equal((400, "close"), (reply.Status, reply.Field("Connection")));
        Assert.Equal("This port speaks HTTPS: ask for https://.\n", reply.Text);
        Assert.True(plain.IsAtEnd());
        Assert.Contains("does not speak TLS", await told.Task, StringComparison.Ordinal);

        // What is neither gets no text: nobody would read it.
        using RawClient neither = site.ConnectWithoutTls();
        neither.Send([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        neither.FinishSending();
        Assert.DoesNotContain("HTTP", neither.ReadToEnd(), StringComparison.Ordinal);
        using RawClient secure = site.Connect();
        secure.Send(Get);
        Assert.Equal(200, secure.Read()!.Status);
    }

    [Fact]
    public async Task LimitsThatAConnectionCannotHoldAreRefusedAtTheStart()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        Endpoint[] endpoints = [Endpoint.Parse("http://127.0.0.1:0")];
        HttpLimits[] tooLarge =
        [
            new() { FieldBytesMax = 65_536 }, new() { RequestLineBytesMax = 65_536 },
            new() { TrailerBytesMax = 65_537 }, new() { ChunkExtensionBytesMax = 65_536 },
            new() { EmptyLinesMax = 65_536 },
        ];
        foreach (HttpLimits limits in tooLarge)
        {
            var options = new HttpServerOptions { Limits = limits };
            ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
                async () => await HttpServer.StartAsync(network, endpoints, Site.CountBody, options));
            Assert.Contains("raise Limits.InputBytesMax", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AHeadAsLongAsItsLimitsFitsIntoAConnectionThatHoldsJustThat()
    {
        var options = new HttpServerOptions
        {
            Limits = new HttpLimits
            {
                RequestLineBytesMax = 100,
                FieldBytesMax = 1_000,
                EmptyLinesMax = 1,
                TrailerBytesMax = 64,
                ChunkExtensionBytesMax = 64,
            },
            Listen = ListenOptions.Default with { Limits = Limits.Default with { InputBytesMax = 1_102 } },
        };
        await using Site site = await Site.StartAsync(Site.CountBody, options);
        string line = $"\r\nGET /{new string('a', 100 - "GET / HTTP/1.1\r\n".Length)} HTTP/1.1\r\n";
        const string Start = "Host: h\r\nX: ";
        using RawClient fits = site.Connect();
        fits.Send($"{line}{Start}{new string('v', 1_000 - Start.Length - 4)}\r\n\r\n");
        Assert.Equal(200, fits.Read()!.Status);
        using RawClient passes = site.Connect();
        passes.Send($"{line}{Start}{new string('v', 1_000)}");
        Assert.Equal(431, passes.Read()!.Status);
    }
}
