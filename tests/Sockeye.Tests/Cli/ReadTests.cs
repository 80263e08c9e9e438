using System.Text.Json;
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
        Assert.Matches("^sockeye: the capture is damaged at byte [0-9]+: the file ends within a block", shown.Error);
    }

    [Theory]
    [InlineData("--streams --expert", "--streams and --expert show different things; give one of them")]
    [InlineData("--svg x.svg", "--svg, --html, --mermaid and --unfold are about a ladder")]
    [InlineData("--where tcp.nothing==1", "the filter 'tcp.nothing==1' is wrong at column 1")]
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

    private Task<CapturedOutput> Run(string options) => CapturedOutput.OfAsync($"read {_file} {options}");
}
