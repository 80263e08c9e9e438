using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>The tool as a process, against peers that nobody here wrote: which end ends first, and how.</summary>
public sealed class ConnectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye").FullName;

    /// <summary>A model of each family that can run everywhere.</summary>
    public static TheoryData<string> Models => ["epoll", "threads"];

    public static TheoryData<string> AllModels =>
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case1InputEndsFirstAndTheAnswerStillComes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await tool.WriteAsync("question");
        tool.Input.Close();
        Assert.Equal("question", await peer.ReadTextAsync());
        await peer.SendAsync("ans");
        await tool.ExpectAsync("ans");
        await peer.SendAsync("wer");
        peer.Finish();
        Assert.Equal("wer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case2InputEndsAndThePeerNeverClosesSoWaitDoes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model, "--wait", "300ms");
        await peer.AcceptAsync();
        await peer.SendAsync("before");
        await tool.ExpectAsync("before");
        tool.Input.Close();
        Assert.Equal("", await peer.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task NothingIsWaitedForWhenWaitIsZero()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--wait", "0");
        await peer.AcceptAsync();
        await tool.WriteAsync("all of it");
        tool.Input.Close();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal("all of it", await peer.ReadTextAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case3PeerHalfClosesFirstAndThePipeIsSentToItsEnd(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("bye");
        peer.Finish();
        await tool.ExpectAsync("bye");
        await tool.WriteAsync("more");
        await peer.ExpectAsync("more");
        await tool.WriteAsync("last");
        tool.Input.Close();
        Assert.Equal("last", await peer.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [NeedsFact("script")]
    public async Task Case3PeerHalfClosesFirstAndATerminalIsLeft()
    {
        using var peer = new TestPeer();
        string line = string.Join(' ', [.. ToolProcess.Command, "connect", peer.Endpoint]);
        await using var terminal = ToolProcess.StartOther(["script", "-qec", line, "/dev/null"]);
        await peer.AcceptAsync();
        await terminal.ExpectAsync("connected to tcp://127.0.0.1:");
        await terminal.WriteAsync("typed\n");
        await peer.ExpectAsync("typed\n");
        await peer.SendAsync("bye");
        peer.Finish();
        await terminal.ExpectAsync("the peer finished");
        Assert.Equal("", await peer.ReadTextAsync());
        Assert.Equal(ExitCode.Done, (await terminal.ExitAsync()).ExitCode);
    }

    [NeedsFact("script")]
    public async Task EndOfFileTypedAtATerminalFinishes()
    {
        using var peer = new TestPeer();
        string line = string.Join(' ', [.. ToolProcess.Command, "connect", peer.Endpoint]);
        await using var terminal = ToolProcess.StartOther(["script", "-qec", line, "/dev/null"]);
        await peer.AcceptAsync();
        await terminal.ExpectAsync("connected to tcp://127.0.0.1:");
        await terminal.WriteAsync("typed\n\u0004");
        Assert.Equal("typed\n", await peer.ReadTextAsync());
        await peer.SendAsync("answer\n");
        peer.Finish();
        await terminal.ExpectAsync("closed tcp://127.0.0.1:");
        Assert.Equal(ExitCode.Done, (await terminal.ExitAsync()).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case4BothHalfCloseAtOnceAndBothGetEverything(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await tool.WriteAsync("from us");
        tool.Input.Close();
        await peer.AcceptAsync();
        await peer.SendAsync("from the peer");
        peer.Finish();
        Assert.Equal("from us", await peer.ReadTextAsync());
        Assert.Equal("from the peer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case5PeerResetsWhileNothingIsTypedAndWeLeaveAtOnce(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        await tool.ExpectAsync("early");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task PeerThatFinishedAndThenResetsIsLeftAtOnce(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        peer.Finish();
        await tool.ExpectAsync("early");
        await tool.WriteAsync("more");
        await peer.ExpectAsync("more");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case6PeerResetsWhileWeSend(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        Task feeding = FeedUntilItBreaksAsync(tool.Input);
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        await tool.ExpectAsync("early");
        await peer.ExpectAsync("yyyy");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
        await feeding.WaitAsync(ToolProcess.TimeOut);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case7ReaderOfOurOutputGoesAwayAndWeStopQuietly(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("first line\n");
        await tool.ExpectAsync("first line");
        tool.Output.Close();
        await peer.SendAsync("second line\n");
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("--hex")]
    [InlineData("--json")]
    public async Task Case7HoldsForEveryShapeOfOutput(string option)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, option);
        await peer.AcceptAsync();
        await peer.SendAsync("first line\n");
        await tool.ExpectAsync(option == "--hex" ? "|first line.|" : "\"received\"");
        tool.Output.Close();
        await peer.SendAsync("second line\n");
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case8InterruptClosesGracefullyAndKeepsWhatStillComes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model, "-v");
        await peer.AcceptAsync();
        await tool.WriteAsync("sent");
        await peer.ExpectAsync("sent");
        await peer.SendAsync("first");
        await tool.ExpectAsync("first");
        await tool.InterruptAsync();
        Assert.Equal("", await peer.ReadTextAsync());
        await peer.SendAsync("last");
        peer.Finish();
        Assert.Equal("last", await tool.ReadTextAsync());
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(
            $@"^connected to tcp://127\.0\.0\.1:{peer.Port} from tcp://127\.0\.0\.1:\d+ \({model}\)\n", error);
        Assert.Matches($@"closed tcp://127\.0\.0\.1:{peer.Port}: .*; 9 B in, 4 B out, in [0-9.]+ s\n$", error);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task InterruptWithOutputThatThePeerDoesNotTakeSaysSo(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        int chunks = 0;
        Task feeding = FeedUntilItBreaksAsync(tool.Input, () => chunks++);
        await peer.AcceptAsync();
        for (int before = -1; before != Volatile.Read(ref chunks);)
        {
            before = Volatile.Read(ref chunks); // Once nothing moves for a second, every buffer on the way is full.
            await Task.Delay(1_000);
        }

        await tool.InterruptAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, code);
        Assert.StartsWith("sockeye: stopped before tcp://127.0.0.1:", error);
        await feeding.WaitAsync(ToolProcess.TimeOut);
    }

    [Theory]
    [MemberData(nameof(AllModels))]
    public async Task TwentyMegabytesGoBothWaysUnchanged(string model)
    {
        byte[] sent = new byte[20_000_000];
        new Random(1).NextBytes(sent);
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        Task<byte[]> output = tool.ReadToEndAsync();
        Task feeding = FeedAsync(tool.Input, sent);
        await peer.AcceptAsync();
        byte[] chunk = new byte[65_536];
        int count;
        while ((count = await peer.Socket.ReceiveAsync(chunk.AsMemory()).AsTask().WaitAsync(ToolProcess.TimeOut)) > 0)
        {
            await peer.Socket.SendAsync(chunk.AsMemory(0, count)).AsTask().WaitAsync(ToolProcess.TimeOut);
        }

        peer.Finish();
        await feeding.WaitAsync(ToolProcess.TimeOut);
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal(Hash(sent), Hash(await output));
    }

    [Fact]
    public async Task MemoryStaysBoundedWhileThePeerTakesNothing()
    {
        byte[] sent = new byte[150_000_000];
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        Task feeding = FeedAsync(tool.Input, sent);
        await peer.AcceptAsync();
        await Task.Delay(500); // Makes the test stronger, not right: a tool without a bound would read on.
        Assert.False(feeding.IsCompleted);
        long received = 0;
        byte[] chunk = new byte[65_536];
        while (received < sent.Length)
        {
            received += await peer.Socket.ReceiveAsync(chunk.AsMemory()).AsTask().WaitAsync(ToolProcess.TimeOut);
        }

        string status = await File.ReadAllTextAsync($"/proc/{tool.Id}/status");
        long peak = long.Parse(status.Split("VmHWM:")[1].Trim().Split(' ')[0], null);
        Assert.InRange(peak, 1, 130_000);
        peer.Finish();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task SlowReaderOfOurOutputStopsThePeer()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        tool.Input.Close();
        await peer.AcceptAsync();
        byte[] chunk = new byte[100_000_000];
        ValueTask<int> sending = peer.Socket.SendAsync(chunk.AsMemory());
        await Task.Delay(500); // Makes the test stronger, not right.
        Assert.False(sending.IsCompleted);
        Task<byte[]> output = tool.ReadToEndAsync();
        Assert.Equal(chunk.Length, await sending.AsTask().WaitAsync(ToolProcess.TimeOut));
        peer.Finish();
        Assert.Equal(chunk.Length, (await output).Length);
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task HexShowsBothDirections()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--hex");
        await peer.AcceptAsync();
        await tool.WriteAsync("The quick brown fox\n");
        await peer.ExpectAsync("The quick brown fox\n");
        await peer.SendAsync("jumps over\0\u00ff");
        string shown = await tool.ExpectAsync("jumps over");
        await tool.WriteAsync("the lazy dog");
        tool.Input.Close();
        Assert.Equal("the lazy dog", await peer.ReadTextAsync());
        peer.Finish();
        Golden.Verify("Connect.Hex", shown + await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task JsonTellsOfEveryChunkAndBothEnds()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--json");
        await peer.AcceptAsync();
        await peer.SendAsync("hi");
        peer.Finish();
        tool.Input.Close();
        string[] lines = (await tool.ReadTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement[] all = [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["connected", "received", "closed"], all.Select(one => one.GetProperty("type").GetString()!));
        Assert.Equal("hi"u8.ToArray(), all[1].GetProperty("data_base64").GetBytesFromBase64());
        Assert.Equal("finished", all[2].GetProperty("end").GetString());
        Assert.Equal(2, all[2].GetProperty("received_bytes").GetInt64());
    }

    [Fact]
    public async Task LineFeedsAreSentAsCarriageReturnAndLineFeed()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--crlf");
        await peer.AcceptAsync();
        await tool.WriteAsync("one\ntwo\r\nthree\r");
        await peer.ExpectAsync("one\r\ntwo\r\nthree\r");
        await tool.WriteAsync("\n\nfour");
        tool.Input.Close();
        Assert.Equal("\n\r\nfour", await peer.ReadTextAsync());
        peer.Finish();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task FileIsSentAndTheAnswerKept()
    {
        string request = Path.Combine(_folder, "request");
        string answer = Path.Combine(_folder, "answer");
        await File.WriteAllTextAsync(request, "please");
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--send", request, "--recv", answer);
        await peer.AcceptAsync();
        Assert.Equal("please", await peer.ReadTextAsync());
        await peer.SendAsync("thanks");
        peer.Finish();
        Assert.Equal("", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal("thanks", await File.ReadAllTextAsync(answer));
    }

    [Fact]
    public async Task FileThatExistsIsOverwrittenOnlyWhenForced()
    {
        string answer = Path.Combine(_folder, "answer");
        await File.WriteAllTextAsync(answer, "something longer than what comes");
        var refused = await CapturedOutput.OfAsync($"connect 127.0.0.1:1 --recv {answer}");
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Equal(
            $"sockeye: '{answer}' exists; add --force to overwrite it, or choose another name\n", refused.Error);

        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--recv", answer, "--force");
        tool.Input.Close();
        await peer.AcceptAsync();
        await peer.SendAsync("short");
        peer.Finish();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal("short", await File.ReadAllTextAsync(answer));
    }

    [Fact]
    public async Task ConnectsFromTheAddressThatWasAskedFor()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", $"localhost:{peer.Port}", "-4", "--from", "127.0.0.9:0");
        await peer.AcceptAsync();
        Assert.StartsWith("127.0.0.9:", peer.Socket.RemoteEndPoint!.ToString());
        peer.Finish();
        tool.Input.Close();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task EachLineIsADatagramAndAnswersAreWrittenOut(string model)
    {
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        string endpoint = $"udp://127.0.0.1:{((IPEndPoint)peer.Client.LocalEndPoint!).Port}";
        await using var tool = ToolProcess.Start("connect", endpoint, "--io", model, "--wait", "1s");
        await tool.WriteAsync("one\ntwo\nthree");
        tool.Input.Close();
        foreach (string expected in (string[])["one\n", "two\n", "three"])
        {
            UdpReceiveResult received = await peer.ReceiveAsync().WaitAsync(ToolProcess.TimeOut);
            Assert.Equal(expected, Encoding.UTF8.GetString(received.Buffer));
            await peer.SendAsync(Encoding.UTF8.GetBytes(expected.ToUpperInvariant()), received.RemoteEndPoint);
        }

        Assert.Equal("ONE\nTWO\nTHREE", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task NoAnswerToADatagramIsANegativeResult()
    {
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        string endpoint = $"udp://127.0.0.1:{((IPEndPoint)peer.Client.LocalEndPoint!).Port}";
        await using var tool = ToolProcess.Start("connect", endpoint, "--whole", "--wait", "100ms");
        await tool.WriteAsync("two\nlines\n");
        tool.Input.Close();
        Assert.Equal("two\nlines\n", Encoding.UTF8.GetString((await peer.ReceiveAsync()).Buffer));
        Assert.Equal(
            (ExitCode.Negative, $"sockeye: {endpoint} did not answer in the time of --wait\n"), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    [InlineData("async")]
    public async Task TlsCarriesTheSameConversation(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start(
            "connect", $"tls://{peer.Endpoint}", "--io", model, "-k", "--alpn", "h2,echo", "--sni", "name.test");
        await tool.WriteAsync("question");
        tool.Input.Close();
        using SslStream tls = await ServeTlsAsync(peer);
        Assert.Equal(("echo", "name.test"), (tls.NegotiatedApplicationProtocol.ToString(), tls.TargetHostName));
        using var reader = new StreamReader(tls);
        Assert.Equal("question", await reader.ReadToEndAsync().WaitAsync(ToolProcess.TimeOut));
        await tls.WriteAsync("answer"u8.ToArray());
        await tls.ShutdownAsync();
        peer.Finish();
        Assert.Equal("answer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task CertificateThatNobodyVouchesForIsRefused()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", $"tls://localhost:{peer.Port}", "-4");
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using SslStream tls = await ServeTlsAsync(peer);
            Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(ToolProcess.TimeOut));
            throw new IOException("closed");
        });
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, code);
        Assert.StartsWith($"sockeye: the certificate of tls://localhost:{peer.Port} ", error);
        Assert.EndsWith("; --insecure connects all the same\n", error);
    }

    [NeedsFact("ncat")]
    public async Task NcatOverAUnixSocketGetsAndSendsEverything()
    {
        byte[] sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("to and fro ", 50_000)));
        string there = Path.Combine(_folder, "there");
        await using var receiver = ToolProcess.StartOther(["ncat", "-lU", there, "--recv-only"]);
        await UntilListeningAsync(there);
        await using var to = ToolProcess.Start("connect", $"unix:{there}", "--wait", "0");
        Task<byte[]> arrived = receiver.ReadToEndAsync();
        await FeedAsync(to.Input, sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Hash(sent), Hash(await arrived));
        Assert.Equal((ExitCode.Done, ""), await to.ExitAsync());

        string back = Path.Combine(_folder, "back");
        await using var sender = ToolProcess.StartOther(["ncat", "-lU", back, "--send-only"]);
        await UntilListeningAsync(back);
        await using var from = ToolProcess.Start("connect", $"unix:{back}");
        from.Input.Close();
        Task<byte[]> output = from.ReadToEndAsync();
        await FeedAsync(sender.Input, sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Hash(sent), Hash(await output));
        Assert.Equal((ExitCode.Done, ""), await from.ExitAsync());
    }

    [NeedsFact("socat")]
    public async Task SocatOverAUnixSocketEchoes()
    {
        string path = Path.Combine(_folder, "socket");
        await using var other = ToolProcess.StartOther(["socat", "-t", "30", $"UNIX-LISTEN:{path}", "EXEC:cat"]);
        await UntilListeningAsync(path);
        await using var tool = ToolProcess.Start("connect", $"unix:{path}");
        byte[] sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("to and fro ", 50_000)));
        Task<byte[]> output = tool.ReadToEndAsync();
        await FeedAsync(tool.Input, sent).WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Hash(sent), Hash(await output));
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("connect", ExitCode.Usage, "'sockeye connect' needs <endpoint>; for example: sockeye connect :9999")]
    [InlineData("connect 999.1.1.1:5", ExitCode.Usage, "'999.1.1.1' is not an IPv4 address")]
    [InlineData("connect :70000", ExitCode.Usage, "")]
    [InlineData("connect :1 :2", ExitCode.Usage, "':2' was not expected here")]
    [InlineData("connect tpc://h:1", ExitCode.Usage, "Unknown scheme 'tpc': did you mean tcp?")]
    [InlineData("connect http://h/", ExitCode.Usage, "connect carries bytes, and http://h/ is more than that; ")]
    [InlineData("connect :1 --sni name", ExitCode.Usage, "--sni is for tls://, and tcp://127.0.0.1:1 is not")]
    [InlineData("connect udp://*:1", ExitCode.Usage, "Cannot send to udp://*:1: '*' is for listening; name the host")]
    [InlineData("connect unixgram:/tmp/no/such", ExitCode.Network, "Cannot send to unixgram:/tmp/no/such: ")]
    [InlineData("connect -", ExitCode.Usage, "")]
    [InlineData("connect *:1", ExitCode.Usage, "Cannot connect to tcp://*:1: '*' is for listening; name the host")]
    [InlineData("connect :1 --io warp", ExitCode.Usage, "there is no I/O model 'warp'")]
    [InlineData("connect :1 --wait soon", ExitCode.Usage, "'soon' is not a duration")]
    [InlineData("connect :1 --timeout 0", ExitCode.Usage, "--timeout must be longer than 0")]
    [InlineData("connect :1 -4 -6", ExitCode.Usage, "-4 and -6 exclude each other")]
    [InlineData("connect 127.0.0.1:1 -6", ExitCode.Usage, "tcp://127.0.0.1:1 is not an IPv6 address")]
    [InlineData("connect :1 --send /nowhere", ExitCode.Usage, "there is no file '/nowhere' to send")]
    [InlineData("connect :1 --send /tmp", ExitCode.Usage, "'/tmp' is a directory; --send takes a file")]
    [InlineData("connect :1 --recv /tmp", ExitCode.Usage, "'/tmp' is a directory; --recv takes a file")]
    [InlineData("connect :1 --recv /nowhere/x", ExitCode.Usage, "the directory of '/nowhere/x' does not exist")]
    [InlineData("connect :1 --hx", ExitCode.Usage, "there is no option '--hx' here; did you mean '--hex'?")]
    [InlineData("connect :1 --from 203.0.113.9:0", ExitCode.Network, "")]
    [InlineData("connect :1", ExitCode.Network, "Cannot connect to tcp://127.0.0.1:1: nobody listens there")]
    [InlineData("connect unix:/tmp/no/such", ExitCode.Network, "Cannot connect to unix:/tmp/no/such: ")]
    [InlineData("connect no-such-name.invalid:1", ExitCode.Negative, "The name 'no-such-name.invalid' has no address")]
    public async Task MistakeIsOneSentenceWithItsExitCode(string line, int code, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((code, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    private static async Task<SslStream> ServeTlsAsync(TestPeer peer)
    {
        await peer.AcceptAsync();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=name.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var tls = new SslStream(new NetworkStream(peer.Socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [new SslApplicationProtocol("echo")],
        }).WaitAsync(ToolProcess.TimeOut);
        return tls;
    }

    private static void AssertReset((int ExitCode, string Error) result)
    {
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.Matches(
            @"^sockeye: tcp://127\.0\.0\.1:\d+ reset the connection; what came before is written out\n$", result.Error);
    }

    private static async Task FeedUntilItBreaksAsync(Stream input, Action? onChunk = null)
    {
        byte[] chunk = new byte[65_536];
        chunk.AsSpan().Fill((byte)'y');
        try
        {
            while (true)
            {
                await input.WriteAsync(chunk);
                await input.FlushAsync();
                onChunk?.Invoke();
            }
        }
        catch (IOException)
        {
            // The tool has ended.
        }
    }

    private static async Task FeedAsync(Stream input, byte[] bytes)
    {
        await input.WriteAsync(bytes);
        input.Close();
    }

    private static string Hash(byte[] bytes) => $"{bytes.Length} {Convert.ToHexString(SHA256.HashData(bytes))}";

    private static async Task UntilListeningAsync(string path)
    {
        using var limit = new CancellationTokenSource(ToolProcess.TimeOut);
        while (!await ListensAsync(path))
        {
            await Task.Delay(20, limit.Token);
        }
    }

    // Connecting to see would use up the one connection that these servers take.
    private static async Task<bool> ListensAsync(string path) =>
        (await File.ReadAllLinesAsync("/proc/net/unix")).Any(line =>
            line.EndsWith($" {path}", StringComparison.Ordinal) && line.Contains(" 00010000 "));
}
