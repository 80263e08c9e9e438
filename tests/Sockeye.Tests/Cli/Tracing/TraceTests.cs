using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Tracing;
using Sockeye.Tests.Capture.Live;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Wire;

namespace Sockeye.Tests.Cli.Tracing;

/// <summary><c>sockeye trace</c> on this machine: with packets as root, and without for everybody.</summary>
[SupportedOSPlatform("linux")]
public sealed class TraceTests : IDisposable
{
    private const string Nobody = "65534";

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-trace").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("9999", "tcp://:9999")]
    [InlineData("8080/a", "http://localhost:8080/a")]
    [InlineData(":8080/a", "http://localhost:8080/a")]
    [InlineData("example.com", "http://example.com")]
    [InlineData("example.com:80", "tcp://example.com:80")]
    public void ATargetIsWrittenAsEndpointsAre(string text, string endpoint) =>
        Assert.Equal(Endpoint.Parse(endpoint), TraceTarget.Parse(text));

    [Fact]
    public async Task WithoutPacketsThereAreStillPhasesAndTheFiguresOfTheKernel()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        CapturedOutput run = await CapturedOutput.OfAsync(
            $"trace http://127.0.0.1:{port}/plaintext --no-capture --json");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        TraceJourneyTests.AssertPhasesAddUp(root);
        Assert.Equal(
            ["route", "connect", "send", "wait", "transfer", "close"],
            root.GetProperty("phases").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal(200, root.GetProperty("http").GetProperty("status").GetInt32());
        Assert.True(root.GetProperty("tcp_info").GetProperty("round_trip_ms").GetDecimal() > 0);
        Assert.Equal("ours_first", root.GetProperty("close").GetString());
        Assert.Equal(root.GetProperty("local").GetString(), root.GetProperty("time_wait_at").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("capture").ValueKind);
        Assert.Empty(run.Error);
        string story = (await CapturedOutput.OfAsync($"trace :{port}/plaintext --no-capture")).Out;
        Assert.Contains("GET /plaintext HTTP/1.1 → HTTP/1.1 200 OK, text/plain", story, StringComparison.Ordinal);
        Assert.Contains("stays in TIME-WAIT", story, StringComparison.Ordinal);
    }

    [UnprivilegedTraceFact]
    public async Task AnOrdinaryUserGetsPhasesAndASentence()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "greet", "tcp://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        string[] drop = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--bounding-set=-all"]
            : ["env"];
        string[] line = [.. drop, .. ToolProcess.Command, "trace", $"tcp://127.0.0.1:{port}", "--say", "Michael"];
        await using ToolProcess tool = ToolProcess.StartOther(line);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.Contains("Hello, Michael!", story, StringComparison.Ordinal);
        Assert.Contains("round trip", story, StringComparison.Ordinal);
        Assert.Contains("total", story, StringComparison.Ordinal);
        Assert.Contains("CAP_NET_RAW", error, StringComparison.Ordinal);
        Assert.Contains("sudo", error, StringComparison.Ordinal); // Granted to dotnet, all its programs would have it.
        Assert.Contains("ARP, DNS, the handshakes", error, StringComparison.Ordinal);

        // Packets that were asked for and are missing are no success.
        string file = Path.Combine(_folder, "none.pcapng");
        await using ToolProcess other = ToolProcess.StartOther([.. line, "-w", file, "--svg", "none.svg", "--json"]);
        using JsonDocument document = JsonDocument.Parse(await other.ReadTextAsync());
        Assert.Equal("Welcome!", document.RootElement.GetProperty("talk").GetProperty("greeting").GetString());
        (code, error) = await other.ExitAsync();
        Assert.Equal(ExitCode.Permission, code);
        using JsonDocument told = JsonDocument.Parse(error);
        string message = told.RootElement.GetProperty("error").GetProperty("message").GetString()!;
        Assert.Contains($"{file} and none.svg were not written", message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [CaptureFact("tshark")]
    public async Task PlainTcpShowsHandshakeDataCloseAndWhoIsLeft()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "greet", "tcp://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        string file = Path.Combine(_folder, "greet.pcapng");
        string svg = Path.Combine(_folder, "greet.svg");
        string html = Path.Combine(_folder, "greet.html");
        CapturedOutput run = await CapturedOutput.OfAsync(
            $"trace tcp://127.0.0.1:{port} --say Michael -w {file} --svg {svg} --html {html}");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        foreach (string part in (string[])
            ["they said: Welcome!", "we said: Michael", "Hello, Michael!", "1st of 3 to open",
                "3rd of 3 to open", "1st of 4 to close", "4th of 4 to close", "TIME-WAIT"])
        {
            Assert.True(run.Out.Contains(part, StringComparison.Ordinal), $"'{part}' is not in:\n{run.Out}");
        }

        TraceJourneyTests.Seen[] frames = TraceJourneyTests.Frames(file);
        TraceJourneyTests.AssertLadderIsOf(frames, run.Out);
        Assert.All(frames, one => Assert.Equal("TCP", one.Protocol));
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(svg), StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(html);
        Assert.Contains("class=\"waterfall\"", page, StringComparison.Ordinal);
        Assert.Contains("Hello, Michael!", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://www", page.Replace("http://www.w3.org", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [CaptureFact("tshark")]
    public async Task OverTlsTheFileHoldsTheKeysThatDecryptIt()
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        string file = Path.Combine(_folder, "tls.pcapng");
        string har = Path.Combine(_folder, "tls.har");
        string html = Path.Combine(_folder, "tls.html");
        await using ToolProcess tool = ToolProcess.Start(
            "trace", $"https://localhost:{port}/plaintext", "-k", "-w", file, "--har", har, "--html", html);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.Contains("TLS 1.3, TLS_", story, StringComparison.Ordinal);
        Assert.Contains("CN=localhost", story, StringComparison.Ordinal);
        Assert.Contains("not trusted", story, StringComparison.Ordinal);
        Assert.Equal(
            ["/plaintext"],
            Tshark.Run("-r", file, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries));
        TraceJourneyTests.AssertLadderIsOf(TraceJourneyTests.Frames(file), story);
        AssertArchive(har);
        Assert.Contains("-Y http shows the request", error, StringComparison.Ordinal);
        foreach (string secret in (string[])[file, har, html])
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        }
    }

    [CaptureFact]
    public async Task OverTlsTheLadderShowsWhatWasSaidWhetherOrNotAFileIsSaved()
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        await using ToolProcess tool = ToolProcess.Start("trace", $"https://localhost:{port}/plaintext", "-k");
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.Contains("HTTP GET /plaintext HTTP/1.1", story, StringComparison.Ordinal);
        Assert.DoesNotContain("Application Data", story, StringComparison.Ordinal);
    }

    [CaptureFact]
    public async Task WhereNoKeysCanBeKeptTheJourneyIsTakenAllTheSame()
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        await using ToolProcess tool = ToolProcess.StartOther(
            ["env", "TMPDIR=/no/such", .. ToolProcess.Command, "trace", $"https://localhost:{port}/plaintext", "-k"]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.Contains("TLS Application Data", story, StringComparison.Ordinal);
    }

    [CaptureFact]
    public async Task PhasesLieBetweenTheirPackets()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        CapturedOutput run = await CapturedOutput.OfAsync($"trace http://127.0.0.1:{port}/plaintext --json");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        TraceJourneyTests.AssertPhasesAddUp(root);
        (string Info, decimal Time)[] frames =
        [
            .. root.GetProperty("capture").GetProperty("frames").EnumerateArray().Select(one => (
                one.GetProperty("info").GetString()!, one.GetProperty("time_ms").GetDecimal())),
        ];
        decimal request = frames.First(one => one.Info.StartsWith("GET ", StringComparison.Ordinal)).Time;
        decimal answer = frames.First(one => one.Info.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)).Time;
        decimal close = frames.First(one => one.Info.Contains("FIN", StringComparison.Ordinal)).Time;
        Assert.Equal((frames[0].Time, frames[2].Time), Edges("connect"));
        Assert.Equal((request, request), Edges("send"));
        Assert.Equal((request, answer), Edges("wait"));
        Assert.Equal((answer, answer), Edges("transfer"));
        Assert.Equal(close, Edges("close").From);
        JsonElement attempt = Assert.Single(root.GetProperty("attempts").EnumerateArray());
        Assert.Equal(Edges("connect"), EdgesOf(attempt));
        Assert.NotEmpty(Phases("own"));

        (decimal From, decimal To) Edges(string name) => EdgesOf(Assert.Single(Phases(name)));

        IEnumerable<JsonElement> Phases(string name) =>
            root.GetProperty("phases").EnumerateArray().Where(one => one.GetProperty("name").GetString() == name);

        static (decimal From, decimal To) EdgesOf(JsonElement one)
        {
            decimal start = one.GetProperty("start_ms").GetDecimal();
            return (start, start + one.GetProperty("duration_ms").GetDecimal());
        }
    }

    [CaptureFact]
    public async Task WhoIsRefusedByAServerOfTheDnsSeesByWhom()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var server = (IPEndPoint)closed.LocalEndPoint!;
        closed.Connect(server); // Deaf to all but itself.
        CapturedOutput run = await CapturedOutput.OfAsync($"trace http://nowhere.test --dns {server}");
        Assert.Equal(ExitCode.Network, run.ExitCode);
        Assert.Contains("at the DNS server of --dns alone", run.Out, StringComparison.Ordinal);
        Assert.Contains($"nobody listens at udp://{server}", run.Error, StringComparison.Ordinal);
        Assert.Contains("A nowhere.test", run.Out, StringComparison.Ordinal); // The port is not that of the DNS.
        string[] lines = run.Out.Split('\n');
        int at = Array.FindIndex(lines, one => one.Contains("Port unreachable", StringComparison.Ordinal));
        Assert.Contains("◀──", lines[at] + lines[at + 1], StringComparison.Ordinal); // Its label is on it, or above.
        Assert.DoesNotContain("├◀", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", false,
        "3 of 100 bytes of the body came, and then the server closed the connection")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", true,
        "3 of 100 bytes of the body came, and nothing more within 0.5 s; --timeout waits longer")]
    [InlineData("", false, "the server closed the connection without an answer")]
    [InlineData("Welcome!\r\n", false, "says is no HTTP: “Welcome!”; try tcp://127.0.0.1:")]
    [InlineData("HTTP/1.", false, "7 bytes of the head of an answer came, and then the server closed")]
    public async Task WhatFailsIsSaidWithWhatCame(string answer, bool holds, string sentence)
    {
        await using Network network = Network.Open();
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Listener server = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), async connection =>
        {
            await connection.ReadAsync();
            connection.Consume(connection.Unconsumed.Length);
            connection.Write(Encoding.ASCII.GetBytes(answer));
            await connection.FlushAsync();
            await (holds ? over.Task : Task.CompletedTask);
        });
        CapturedOutput run = await CapturedOutput.OfAsync(
            $"trace http://127.0.0.1:{server.Endpoint.Port}/ --no-capture --timeout 500ms");
        over.SetResult();
        Assert.Equal(ExitCode.Network, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Contains("Close      we reset it", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALineWithoutAnAnswerIsANo()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "discard", "tcp://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        CapturedOutput run = await CapturedOutput.OfAsync(
            $"trace tcp://127.0.0.1:{port} --say hi --no-capture --timeout 100ms");
        Assert.Equal(ExitCode.Negative, run.ExitCode);
        Assert.Contains("no answer within 0.1 s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoAsksWithTheWrongSchemeIsTold()
    {
        await using ToolProcess server = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json");
        int port = await server.PortAsync();
        CapturedOutput run = await CapturedOutput.OfAsync($"trace https://127.0.0.1:{port}/a --no-capture");
        Assert.Equal(ExitCode.Network, run.ExitCode);
        Assert.Contains($"does not speak TLS; try http://127.0.0.1:{port}/a", run.Error, StringComparison.Ordinal);
    }

    [RootCaptureFact("env")]
    public async Task WhoRanSudoGetsTheFileAndRootsRightsAreGivenUp()
    {
        // Whoever it becomes must be able to write there.
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        string file = Path.Combine(_folder, "nobodys.pcapng");
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "env", $"SUDO_UID={Nobody}", .. ToolProcess.Command,
            "trace", $"https://localhost:{port}/plaintext", "-k", "-w", file,
        ]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}\n{story}");
        Assert.Contains("keys", error, StringComparison.Ordinal);
        Assert.Equal($"{Nobody} 600\n", await Programs.RunAsync("stat", ["-c", "%u %a", file], "", Patience.Time));
    }

    [Fact]
    public async Task AJourneyThatFailsIsToldAsFarAsItWent()
    {
        using var nobody = new ClosedPort();
        CapturedOutput refused = await CapturedOutput.OfAsync($"trace tcp://{nobody.Tcp} --no-capture");
        Assert.Equal(ExitCode.Network, refused.ExitCode);
        Assert.Contains(
            $"{nobody.Tcp} failed: nobody listens there (ECONNREFUSED)", refused.Out, StringComparison.Ordinal);
        Assert.Contains("nobody listens there", refused.Error, StringComparison.Ordinal);
        CapturedOutput json = await CapturedOutput.OfAsync($"trace tcp://{nobody.Tcp} --no-capture --json");
        using JsonDocument document = JsonDocument.Parse(json.Out);
        Assert.Equal("connect", document.RootElement.GetProperty("failed_phase").GetString());
        CapturedOutput unknown = await CapturedOutput.OfAsync(
            $"trace http://nowhere.test --no-capture --dns {nobody.Udp}");
        Assert.Equal(ExitCode.Network, unknown.ExitCode);
        Assert.Contains($"A?     nowhere.test of udp://{nobody.Udp}: nobody listens there", unknown.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACertificateThatNobodyTrustsEndsTheJourneyAndIsShown()
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        CapturedOutput run = await CapturedOutput.OfAsync($"trace https://localhost:{port}/ --no-capture");
        Assert.Equal(ExitCode.Network, run.ExitCode);
        Assert.Contains("CN=localhost", run.Out, StringComparison.Ordinal);
        Assert.Contains("the certificate of localhost is not trusted", run.Error, StringComparison.Ordinal);
        Assert.Contains("--insecure", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", "for localhost", "localhost")]
    [InlineData("127.0.0.1", "without SNI, as no name was asked for", null)]
    public async Task TheNameThatIsAskedForOverTlsIsNoAddress(string host, string words, string? name)
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        string line = $"trace https://{host}:{await server.PortAsync()}/ -k --no-capture";
        string story = (await CapturedOutput.OfAsync(line)).Out;
        Assert.Contains($"ALPN http/1.1, {words}\n", story, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse((await CapturedOutput.OfAsync($"{line} --json")).Out);
        Assert.Equal(name, document.RootElement.GetProperty("tls").GetProperty("server_name").GetString());
    }

    [Fact]
    public async Task FilesThatAreOneAreRefusedBeforeAnythingIsDone()
    {
        string file = Path.Combine(_folder, "same.x");
        string link = Path.Combine(_folder, "link.x");
        File.CreateSymbolicLink(link, file);
        CapturedOutput run = await CapturedOutput.OfAsync($"trace http://127.0.0.1:1 -w {file} --svg {link}");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"--write and --svg would both write '{link}'", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        run = await CapturedOutput.OfAsync($"trace http://127.0.0.1:1 --no-capture --har {_folder}/no/a.har");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("there is no folder for", run.Error, StringComparison.Ordinal);
        run = await CapturedOutput.OfAsync($"read {file} --ladder 1 --html {link}");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("is what is read, and --html would overwrite it", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trace ftp://example.com", "is nowhere that a journey goes: write http://")]
    [InlineData("trace udp://127.0.0.1:9", "is nowhere that a journey goes")]
    [InlineData("trace unix:/run/a", "is nowhere that a journey goes")]
    [InlineData("trace http://127.0.0.1 --say Ada", "--say is for plain connections")]
    [InlineData("trace tcp://127.0.0.1:9 --har a.har", "--har is for requests over HTTP")]
    [InlineData("trace http://127.0.0.1 --no-capture -w a.pcapng", "leaves no packets to save")]
    [InlineData("trace http://a.test --dns nobody", "'nobody' is no DNS server")]
    public async Task MistakesAreSaidInASentence(string line, string part)
    {
        CapturedOutput run = await CapturedOutput.OfAsync(line);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    /// <summary>What the format of HAR 1.2 demands, and timings that add up as it says.</summary>
    private static void AssertArchive(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement log = document.RootElement.GetProperty("log");
        Assert.Equal("1.2", log.GetProperty("version").GetString());
        Assert.Equal("sockeye", log.GetProperty("creator").GetProperty("name").GetString());
        JsonElement entry = Assert.Single(log.GetProperty("entries").EnumerateArray());
        Assert.True(entry.GetProperty("startedDateTime").TryGetDateTimeOffset(out _));
        Assert.Equal(JsonValueKind.Object, entry.GetProperty("cache").ValueKind);
        foreach (string one in (string[])
            ["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"])
        {
            Assert.True(entry.GetProperty("request").TryGetProperty(one, out _), one);
        }

        foreach (string one in (string[])
            ["status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
                "bodySize"])
        {
            Assert.True(entry.GetProperty("response").TryGetProperty(one, out _), one);
        }

        Assert.Equal(200, entry.GetProperty("response").GetProperty("status").GetInt32());
        JsonElement content = entry.GetProperty("response").GetProperty("content");
        Assert.Equal("Hello, World!", content.GetProperty("text").GetString());
        Assert.Equal("text/plain", content.GetProperty("mimeType").GetString());
        JsonElement timings = entry.GetProperty("timings");
        decimal sum = ((string[])["blocked", "dns", "connect", "send", "wait", "receive"])
            .Select(one => timings.GetProperty(one).GetDecimal()).Where(one => one > 0).Sum();
        Assert.Equal(entry.GetProperty("time").GetDecimal(), sum);
        Assert.InRange(timings.GetProperty("ssl").GetDecimal(), 0, timings.GetProperty("connect").GetDecimal());
    }

    /// <summary>A test that is run by somebody who may not capture.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class UnprivilegedTraceFactAttribute : FactAttribute
    {
        public UnprivilegedTraceFactAttribute() => Skip = !Environment.IsPrivilegedProcess
            ? null
            : Programs.Find("setpriv") is null ? "setpriv is not installed, with which root becomes nobody"
            : Programs.OthersMayRead(AppContext.BaseDirectory) ? null
            : $"nobody may not read {AppContext.BaseDirectory}";
    }
}
