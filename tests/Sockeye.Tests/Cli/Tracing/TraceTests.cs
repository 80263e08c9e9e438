using System.Runtime.Versioning;
using System.Text.Json;
using Sockeye.Cli;
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
        string file = Path.Combine(_folder, "none.pcapng");
        await using ToolProcess tool = ToolProcess.StartOther(
            [.. drop, .. ToolProcess.Command, "trace", $"tcp://127.0.0.1:{port}", "--say", "Michael", "-w", file]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}");
        Assert.Contains("Hello, Michael!", story, StringComparison.Ordinal);
        Assert.Contains("round trip", story, StringComparison.Ordinal);
        Assert.Contains("total", story, StringComparison.Ordinal);
        Assert.Contains("CAP_NET_RAW", error, StringComparison.Ordinal);
        Assert.Contains("sudo", error, StringComparison.Ordinal); // Granted to dotnet, all its programs would have it.
        Assert.Contains("ARP, DNS, the handshakes", error, StringComparison.Ordinal);
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
        await using ToolProcess tool = ToolProcess.Start(
            "trace", $"https://localhost:{port}/plaintext", "-k", "-w", file, "--har", har);
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
    [InlineData("trace ftp://example.com", "ftp")]
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
