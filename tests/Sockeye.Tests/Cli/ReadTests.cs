using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Reading;
using Sockeye.Tests.Capture;

namespace Sockeye.Tests.Cli;

/// <summary><c>sockeye read</c> shows what is in a capture.</summary>
public sealed class ReadTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public ReadTests() => File.WriteAllBytes(_file, TcpStories.Tell().ToFile());

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task EachPacketHasALineWithRelativeNumbers()
    {
        CapturedOutput shown = await Run("-c 3");
        Assert.Equal(0, shown.ExitCode);
        string[] lines = shown.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains("40001 → 9000 [SYN] Seq=0 Win=1000 Len=0 MSS=1460 SACK_PERM", lines[0]);
        Assert.Contains("9000 → 40001 [SYN, ACK] Seq=0 Ack=1", lines[1]);
    }

    [Fact]
    public async Task AFileWithoutKeysIsToldBecauseNothingWillBeOpened()
    {
        CapturedOutput shown = await Run($"-c 1 --keys {_file}");
        Assert.Equal(0, shown.ExitCode);
        Assert.StartsWith($"there are no keys of TLS in '{_file}'; ", shown.Error);
        CapturedOutput folder = await Run($"--keys {Path.GetTempPath()}");
        Assert.Equal(ExitCode.Usage, folder.ExitCode);
        Assert.Contains("is a folder; name a file in it", folder.Error);
    }

    [Fact]
    public async Task FiltersKnowWhatAnalysisFound()
    {
        CapturedOutput shown = await Run("--where tcp.analysis.retransmission&&tcp.stream==6");
        string line = Assert.Single(shown.Out.TrimEnd('\n').Split('\n'));
        Assert.Contains("[TCP Retransmission]", line);
        Assert.Contains("9.205380", line); // Seconds since the capture began, not since the first line.
    }

    [Fact]
    public async Task StreamsAreListedWithTheirEnds()
    {
        CapturedOutput shown = await Run("--streams");
        string[] lines = shown.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(TcpStories.All.Count + 2, lines.Length); // Its heading, and the ports that are used twice.
        Assert.Contains("closed, first by the client; TIME-WAIT at the client", lines[1]);
        Assert.Contains("refused", lines[5]);
    }

    [Fact]
    public async Task StreamsWithoutEndTakeBoundedMemoryAndAreCountedWhateverTheFilter()
    {
        const int Count = 36_000;
        const int Listed = 16_384;
        var script = new TcpScript { ServerPort = 80 };
        for (int i = 0; i < Count; i++)
        {
            StreamTableTests.WriteHalfSaid(script.NextConnection());
        }

        // It still waits for more, so that it can be asked what it took; of each stream some packets do not pass.
        await using var tool = ToolProcess.Start("read", "-", "--streams", "--where", "tcp.len>0");
        await tool.Input.WriteAsync(script.ToFile()).AsTask().WaitAsync(ToolProcess.TimeOut);
        string status = await File.ReadAllTextAsync($"/proc/{tool.Id}/status");
        long peak = long.Parse(status.Split("VmHWM:")[1].Trim().Split(' ')[0], null);
        Assert.InRange(peak, 1, 180_000);
        tool.Input.Close();
        string table = await tool.ReadTextAsync().WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(Listed + 1, table.TrimEnd('\n').Split('\n').Length);
        Assert.Contains($"{Count - Listed:N0} more streams are not listed", (await tool.ExitAsync()).Error);
    }

    [Fact]
    public async Task OneSideOfAStreamComesAsItIs()
    {
        CapturedOutput shown = await Run("--follow 1 --raw client");
        Assert.Equal((0, new string('x', 100)), (shown.ExitCode, shown.Out));
    }

    [Fact]
    public async Task RatesAreOfASecondAndAddUpToWhatWasSent()
    {
        const int PacketBits = 8 * 140;
        await File.WriteAllBytesAsync(
            _file, new TcpScript().Client(1, 1, 100).After(999_990).Client(101, 1, 100).ToFile());
        using JsonDocument graph = JsonDocument.Parse((await Run("--graph rate --json")).Out.Split('\n')[0]);
        double sum = graph.RootElement.GetProperty("points").EnumerateArray()
            .Sum(point => point.GetProperty("bits_per_second").GetDouble());
        Assert.Equal(2 * PacketBits, sum / 1_000, 0.001); // A thousandth of a second each.
    }

    [Fact]
    public async Task CharactersAndEndsOfLinesThatTwoSegmentsCarryAreWhole()
    {
        byte[] text = Encoding.UTF8.GetBytes("né\r\n你好");
        var script = new TcpScript().Handshake();
        for (uint i = 0; i < text.Length; i++)
        {
            script.Say(fromClient: true, 1 + i, 1, text.AsSpan((int)i, 1));
        }

        script.Say(fromClient: true, 1 + (uint)text.Length, 1, [0xE4]);
        await File.WriteAllBytesAsync(_file, script.ToFile());
        Assert.Contains("né\n你好\uFFFD\n", (await Run("--follow 1")).Out);
    }

    [Fact]
    public async Task WhatIsEncryptedIsSaidToBeWithTheWayToOpenIt()
    {
        byte[] record = [0x17, 3, 3, 0, 4, 0xCA, 0xFE, 0xBA, 0xBE];
        await File.WriteAllBytesAsync(
            _file, new TcpScript { ServerPort = 443 }.Handshake().Say(true, 1, 1, record).ToFile());
        CapturedOutput shown = await Run("--follow 1");
        Assert.EndsWith("this is encrypted by TLS; --keys FILE opens it, with the keys that SSLKEYLOGFILE=FILE "
            + "has a program write\n", shown.Error);
        Assert.Empty((await Run("--follow 1 --raw client")).Error);
    }

    [Fact]
    public async Task TimesSinceTheFirstFrameAndSinceTheOneBeforeAreFields()
    {
        CapturedOutput shown = await Run("-c 3 -e frame.time_relative -e frame.time_delta");
        decimal[][] rows = [.. shown.Out.TrimEnd('\n').Split('\n').Select(
            line => line.Split('\t').Select(word => decimal.Parse(word, CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal([0, 0], rows[0]);
        Assert.True(rows[2][0] > 0);
        Assert.Equal(rows[2][0], rows[1][1] + rows[2][1]);
        CapturedOutput later = await Run($"-Y frame.time_relative>={rows[2][0]} -c 1 -e frame.number");
        Assert.Equal("3\n", later.Out);
    }

    [Fact]
    public async Task AStreamThatIsNotThereIsSaidToBeMissing()
    {
        CapturedOutput shown = await Run("--follow 99");
        Assert.Equal(1, shown.ExitCode);
        Assert.StartsWith("sockeye: there is no stream 99 in what was read", shown.Error);
    }

    [Fact]
    public async Task ALadderIsDrawnAndWritten()
    {
        CapturedOutput shown = await Run("--ladder 1");
        Assert.Contains("4th of 4 to close", shown.Out);
        string page = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, (await Run($"--ladder 1 --html {page}")).ExitCode);
            Assert.Contains("Source Port: 40001", await File.ReadAllTextAsync(page));
        }
        finally
        {
            File.Delete(page);
        }
    }

    [Fact]
    public async Task TheExpertNamesFramesAndMeanings()
    {
        CapturedOutput shown = await Run("--expert");
        Assert.Contains("TCP ZeroWindow", shown.Out);
        Assert.Contains("the program behind it does not read fast enough", shown.Out);
    }

    [Theory]
    [InlineData("--graph rtt:tcp:6")]
    [InlineData("--graph window:13")]
    [InlineData("--graph rate")]
    public async Task GraphsAreDrawnInBraille(string graph)
    {
        CapturedOutput shown = await Run(graph);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains(shown.Out, character => character is >= '\u2800' and <= '\u28FF');
        Assert.Matches(@"(?m)^ +0 s  ", shown.Out);
        Assert.All(shown.Out.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Theory]
    [InlineData("", "packet")]
    [InlineData("--streams", "stream")]
    [InlineData("--follow 1", "stream_data")]
    [InlineData("--ladder 1", "ladder")]
    [InlineData("--expert", "expert")]
    [InlineData("--graph rate", "graph")]
    public async Task EveryViewHasItsJson(string view, string type)
    {
        CapturedOutput shown = await Run($"{view} --json");
        Assert.Equal(0, shown.ExitCode);
        string[] lines = shown.Out.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Equal(
            type, JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task WhatCouldBeReadOfADamagedCaptureIsShown()
    {
        byte[] bytes = await File.ReadAllBytesAsync(_file);
        await File.WriteAllBytesAsync(_file, bytes[..(bytes.Length / 2)]);
        CapturedOutput shown = await Run("");
        Assert.Equal(1, shown.ExitCode);
        Assert.True(shown.Out.Split('\n').Length > 50);
        Assert.Matches(
            "^sockeye: '.*': the capture is damaged at byte [0-9]+: the file ends within a block", shown.Error);
    }

    [Fact]
    public async Task ACaptureThatIsPackedByGzipIsReadAsItIs()
    {
        string plain = (await Run("")).Out;
        byte[] packed = Gzip(await File.ReadAllBytesAsync(_file));
        await File.WriteAllBytesAsync(_file, packed);
        Assert.Equal((0, plain, ""), Of(await Run("")));
        await File.WriteAllBytesAsync(_file, packed[..(packed.Length / 2)]);
        CapturedOutput half = await Run("");
        Assert.Equal(1, half.ExitCode);
        Assert.StartsWith(half.Out, plain);
        Assert.NotEmpty(half.Error);
        packed[packed.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(_file, packed);
        Assert.Equal(1, (await Run("")).ExitCode);
    }

    [Theory]
    [InlineData("", 1, "': this is no capture in the format pcap or pcapng: it is empty\n")]
    [InlineData("hi", 1, "': this is no capture in the format pcap or pcapng: it is too short\n")]
    [InlineData("hello", 1, "': this is no capture in the format pcap or pcapng: it begins with the text 'hell'\n")]
    [InlineData("\u0001\u0002\u0003\u0004", 1, "in the format pcap or pcapng: it begins with 0x01020304\n")]
    [InlineData("BZh9 and so on", 2, "; unpack it: bzcat '")]
    public async Task WhatIsNoCaptureIsSaidToBeNone(string content, int code, string sentence)
    {
        await File.WriteAllTextAsync(_file, content);
        foreach (string view in (string[])["", "--streams", "--expert"])
        {
            CapturedOutput shown = await Run(view);
            Assert.Equal((code, ""), (shown.ExitCode, shown.Out));
            Assert.StartsWith($"sockeye: '{_file}'", shown.Error);
            Assert.Contains(sentence, shown.Error);
        }
    }

    [Fact]
    public async Task AFileThatIsNotThereIsSaidToBeMissing()
    {
        CapturedOutput shown = await CapturedOutput.OfAsync("read /nowhere/t.pcapng");
        Assert.Equal((2, "", "sockeye: there is no file '/nowhere/t.pcapng'\n"), Of(shown));
    }

    [Fact]
    public void CtrlCBeforeAnythingCameIsAnInterruption()
    {
        using var shown = new MemoryStream();
        using var output = new Output(shown, shown, static _ => null);
        var run = new ReadRun(output, _file, new StreamsView(output), null, int.MaxValue);
        Assert.Throws<OperationCanceledException>(() => run.Run(new CancellationToken(canceled: true)));
        output.Flush();
        Assert.Equal(0, shown.Length);
    }

    [Theory]
    [InlineData("relative", "     3     0.001020 ")]
    [InlineData("delta", "     3     0.000510 ")]
    [InlineData("utc", "     3 2023-11-14 22:13:21.001020Z ")]
    public async Task TimesAreCountedAsIsAsked(string time, string line)
    {
        CapturedOutput shown = await Run($"-c 3 --time {time}");
        Assert.StartsWith(line, shown.Out.Split('\n')[2]);
    }

    [Fact]
    public async Task TimesOfTheClockAreThoseOfThisPlace()
    {
        CapturedOutput shown = await Run("-c 1 --time clock");
        DateTimeOffset first = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).ToLocalTime();
        Assert.StartsWith($"     1 {first:yyyy-MM-dd HH:mm}", shown.Out);
    }

    [Fact]
    public async Task WithoutColourItStillShowsWhoSaidWhat()
    {
        await File.WriteAllBytesAsync(_file, new TcpScript().Handshake()
            .Say(fromClient: true, 1, 1, "Michael\n"u8).Say(fromClient: false, 1, 9, "Hello!\n"u8).ToFile());
        Assert.EndsWith("\nclient:\nMichael\nserver:\nHello!\n", (await Run("--follow 1")).Out);
        string[] graph = (await Run("--graph rate")).Out.Split('\n');
        Assert.Single(graph, line => line == "bits a second from clients");
        Assert.Single(graph, line => line == "bits a second from servers");
        Assert.DoesNotContain("client:", (await Run("--follow 1 --color always")).Out);
    }

    [Fact]
    public async Task ChosenFieldsStandInColumns()
    {
        CapturedOutput shown = await Run("-c 2 -e frame.number -e tcp.srcport -e tcp.flags,ip.addr -e tcp.flags.syn");
        Assert.Equal((0, "1\t40001\t0x0002\t10.0.0.1,10.0.0.2\t1\n2\t9000\t0x0012\t10.0.0.2,10.0.0.1\t1\n", ""),
            Of(shown));
        CapturedOutput json = await Run("-c 1 -e tcp.srcport -e http.host --json");
        Assert.Equal(
            """{"schema_version":1,"type":"fields","number":1,"fields":{"tcp.srcport":["40001"],"http.host":[]}}""",
            json.Out.TrimEnd());
    }

    [Fact]
    public async Task AFilterThatNothingPassesIsSaidToBeSuch()
    {
        foreach (string view in (string[])["", "--streams"])
        {
            CapturedOutput shown = await Run($"{view} --where tcp.port==1");
            Assert.Equal((0, ""), (shown.ExitCode, shown.Out));
            Assert.StartsWith("no packet passes the filter 'tcp.port==1'\n", shown.Error);
        }
    }

    [Theory]
    [InlineData("--streams --expert", "--streams and --expert show different things; give one of them")]
    [InlineData("--svg x.svg", "--svg, --html, --mermaid and --unfold are about a ladder")]
    [InlineData("--where tcp.nothing==1", "the filter 'tcp.nothing==1' is wrong at column 1")]
    [InlineData("--where tcp.port=80", "at column 9: a single '=' means nothing here; did you mean ==?")]
    [InlineData("--streams --tree", "--streams and --tree show different things; give one of them")]
    [InlineData("--ladder 1 --hex", "--ladder and --hex show different things; give one of them")]
    [InlineData("-e tcp.prot", "'tcp.prot' is no field; did you mean tcp.port?")]
    [InlineData("-r x", "there is no option '-r' here; the file needs no option: 'sockeye read FILE'")]
    [InlineData("-V", "there is no option '-V' here; --tree shows every field")]
    [InlineData("--time local", "'local' is not a value for --time; ")]
    [InlineData("--streams --time utc", "--streams and --time show different things")]
    [InlineData("-n", "there is no option '-n' here; addresses and ports are never turned into names")]
    [InlineData("--graph speed", "'speed' is no graph")]
    [InlineData("--follow first", "'first' is no stream")]
    [InlineData("--follow 0", "'0' is no stream")]
    [InlineData("--follow tcp:x", "'tcp:x' is no stream")]
    public async Task MistakesAreAnsweredWithTheRemedy(string options, string sentence)
    {
        CapturedOutput shown = await Run(options);
        Assert.Equal(2, shown.ExitCode);
        Assert.Contains(sentence, shown.Error);
    }

    [Fact]
    public async Task APipeIsShownAsItComes()
    {
        byte[] capture = new TcpScript().Handshake().ToFile();
        await using ToolProcess tool = ToolProcess.Start("read", "-");
        await tool.Input.WriteAsync(capture);
        await tool.Input.FlushAsync();

        // Standard input stays open: nothing but what came makes it print.
        string shown = await tool.ExpectAsync("[ACK] Seq=1 Ack=1");
        Assert.Contains("[SYN, ACK] Seq=0 Ack=1", shown);
    }

    [Theory]
    [InlineData("tcp port 80")]
    [InlineData("host 10.99.1.2")]
    public async Task AFilterOfCapturesIsRecognized(string filter)
    {
        using var error = new MemoryStream();
        using var output = new Output(Stream.Null, error, static _ => null);
        Assert.Equal(2, await Tool.RunAsync(["read", _file, "-Y", filter], output));
        Assert.Contains("; tcp port 80 is how 'sockeye capture' is asked", Encoding.UTF8.GetString(error.ToArray()));
    }

    private static (int, string, string) Of(CapturedOutput shown) => (shown.ExitCode, shown.Out, shown.Error);

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            zip.Write(bytes);
        }

        return packed.ToArray();
    }

    private Task<CapturedOutput> Run(string options) => CapturedOutput.OfAsync($"read {_file} {options}");
}
