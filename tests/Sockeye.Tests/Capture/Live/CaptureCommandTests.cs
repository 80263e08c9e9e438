using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Tests.Cli;
using Sockeye.Tests.Wire;
using Sockeye.Wire;
using Sockeye.Wire.Files;

namespace Sockeye.Tests.Capture.Live;

/// <summary><c>sockeye capture</c>, as it is typed.</summary>
[SupportedOSPlatform("linux")]
public sealed class CaptureCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-capture").FullName;

    [CaptureFact("tshark")]
    public async Task FileHasTheFramesOfTheSummary()
    {
        using var datagrams = new Datagrams();
        string file = Path.Combine(_folder, "t.pcapng");
        await using ToolProcess tool = ToolProcess.Start(
            "capture", "-i", "lo", datagrams.Filter, "-w", file, "-c", "3", "--json");
        await BegunAsync(tool);
        datagrams.Send(3);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        JsonElement summary = JsonDocument.Parse(error.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("summary", summary.GetProperty("type").GetString());
        Assert.Equal(3, summary.GetProperty("packets").GetInt32());
        Assert.Equal(0, summary.GetProperty("dropped_packets").GetInt32());
        Assert.Equal(3, Lines(Tshark.Run("-r", file)));
    }

    [CaptureFact]
    public async Task PipeGetsEachFrameWhileTheCaptureGoesOn()
    {
        using var datagrams = new Datagrams();
        await using ToolProcess tool = ToolProcess.Start("capture", datagrams.Filter, "-w", "-");
        Task<(long, int)> reading = Task.Factory.StartNew(
            () =>
            {
                var reader = CaptureReader.Open(tool.Output);
                Assert.True(reader.TryRead(out CapturedFrame frame));
                return (frame.Number, frame.Bytes.Length);
            },
            TaskCreationOptions.LongRunning);

        // When the capture begins is told on standard error, which is read in the end; until then one follows another.
        while (!reading.IsCompleted)
        {
            datagrams.Send(1);
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100)));
        }

        Assert.Equal((1L, 148), await reading);
        string error = await tool.StopAsync();
        Assert.Contains(" dropped by the kernel", error);
    }

    [CaptureFact("tshark", "sh")]
    public async Task PipeCanBeReadByTshark()
    {
        using var datagrams = new Datagrams();
        string tool = string.Join(' ', ToolProcess.Command.Select(word => $"'{word}'"));
        string line = $"{tool} capture '{datagrams.Filter}' -w - | tshark -l -r - -T fields -e udp.dstport -c 2";
        await using ToolProcess pipe = ToolProcess.StartOther(["sh", "-c", line]);
        Task<string> reading = pipe.ExpectAsync($"{datagrams.Port}\n{datagrams.Port}\n");
        while (!reading.IsCompleted)
        {
            datagrams.Send(1);
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100)));
        }

        await reading;

        // tshark has enough and goes; the next frame finds the pipe closed, which ends the capture.
        Task<(int ExitCode, string Error)> ending = pipe.ExitAsync();
        while (!ending.IsCompleted)
        {
            datagrams.Send(1);
            await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(100)));
        }

        (int code, string error) = await ending;
        Assert.Equal(0, code);
        Assert.DoesNotContain("sockeye:", error);
    }

    [CaptureFact("curl")]
    public async Task WhatIsSaidWithinTlsIsListedByTheKeysThatItsClientWrites()
    {
        await using ToolProcess server = ToolProcess.Start(
            "serve", "hello", "https://127.0.0.1:0", "--self-signed", "--json");
        int port = await server.PortAsync();
        string keys = Path.Combine(_folder, "keys"); // There is no such file before the client's first handshake.
        await using ToolProcess tool = ToolProcess.Start(
            "capture", "-i", "lo", "tcp", "port", $"{port}", "--keys", keys);
        await BegunAsync(tool);
        await using ToolProcess client = ToolProcess.StartOther(
            ["env", $"SSLKEYLOGFILE={keys}", "curl", "-sk", $"https://127.0.0.1:{port}/plaintext"]);
        Assert.Equal("Hello, World!", await client.ReadTextAsync());
        Assert.Contains(
            "GET /plaintext HTTP/1.1", await tool.ExpectAsync("HTTP/1.1 200 OK"),
            StringComparison.Ordinal);
        await using ToolProcess secretive = ToolProcess.StartOther(
            ["env", "-u", "SSLKEYLOGFILE", "curl", "-sk", $"https://127.0.0.1:{port}/plaintext"]);
        Assert.Equal("Hello, World!", await secretive.ReadTextAsync());
        await tool.ExpectAsync("Application Data");
        Assert.Contains(
            "TLS stayed closed in 1 of 2 connections: no keys for 1", await tool.StopAsync(), StringComparison.Ordinal);
    }

    [CaptureFact("tshark")]
    public async Task RowOfFilesKeepsTheLastOnes()
    {
        using var datagrams = new Datagrams();
        string file = Path.Combine(_folder, "r.pcapng");
        await using ToolProcess tool = ToolProcess.Start(
            "capture", "-i", "lo", datagrams.Filter, "-w", file, "-c", "10", "--rotate-size", "1200B", "--files", "2",
            "--json");
        await BegunAsync(tool);
        datagrams.Send(10, bytes: 500);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        JsonElement summary = JsonDocument.Parse(error.TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal(5, summary.GetProperty("files_written").GetInt32());
        Assert.Equal(2, summary.GetProperty("files").GetArrayLength());

        // The head of a file is some 200 bytes and a frame some 600: two frames make it full.
        string[] files = [.. Directory.GetFiles(_folder).Select(Path.GetFileName).Order()!];
        Assert.Equal(["r_00004.pcapng", "r_00005.pcapng"], files);
        Assert.All(files, name => Assert.Equal(2, Lines(Tshark.Run("-r", Path.Combine(_folder, name)))));
    }

    [CommandFact("curl", "tshark")]
    public async Task OnlyTheConnectionsOfTheCommandAreKept()
    {
        using var server = new Answering();
        using var beside = new CancellationTokenSource();
        Task others = server.AskAgainAndAgainAsync(beside.Token);
        string file = Path.Combine(_folder, "c.pcapng");
        await using ToolProcess tool = ToolProcess.Start(
            "capture", $"tcp port {server.Port}", "-w", file, "--", "curl", "-s", $"http://127.0.0.1:{server.Port}/");
        string answer = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        await beside.CancelAsync();
        await others;
        Assert.Equal((ExitCode.Done, "hello"), (code, answer));
        Assert.EndsWith("; the command ended with 0\n", error);

        string fields = Tshark.Run("-r", file, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.flags.syn", "-e",
            "tcp.flags.ack", "-e", "tcp.flags.fin", "-e", "tcp.len");
        string[][] rows = [.. fields.TrimEnd().Split('\n').Select(row => row.Split('\t'))];
        Assert.True(server.Served > 1, "nobody talked beside it");
        Assert.All(rows, row => Assert.Equal("0", row[0]));
        Assert.Equal(["0", "1", "0", "0", "0"], rows[0]);
        Assert.Equal(["0", "1", "1", "0", "0"], rows[1]);
        Assert.Equal(2, rows.Count(row => row[3] == "1"));
    }

    [CommandFact]
    public async Task ConnectionThatTheCommandAcceptsBeginsWithItsFirstPacket()
    {
        string file = Path.Combine(_folder, "a.pcapng");
        await using ToolProcess tool = ToolProcess.Start(
        [
            "capture", "-c", "3", "tcp", "-w", file, "--",
            .. ToolProcess.Command, "serve", "greet", "tcp://127.0.0.1:0", "--json",
        ]);
        int port = await tool.PortAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await tool.InterruptAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, error);
        string[] seen = (await CapturedOutput.OfAsync($"read {file}")).Out.Split('\n');
        Assert.Contains("[SYN]", seen[0]);
        Assert.Contains("[SYN, ACK]", seen[1]);
    }

    [CommandFact("bash")]
    public async Task CommandGoesOnWhenTheCaptureIsCompleteAndItsExitCodeIsPassedOn()
    {
        using var datagrams = new Datagrams();
        string file = Path.Combine(_folder, "g.pcapng");
        string line = $"echo one > /dev/udp/127.0.0.1/{datagrams.Port}; read answer; echo $answer; exit 7";
        await using ToolProcess tool = ToolProcess.Start(
            "capture", datagrams.Filter, "-w", file, "-c", "1", "--", "bash", "-c", line);
        await tool.WriteAsync("finished\n");
        Assert.Equal("finished\n", await tool.ReadTextAsync());
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(7, code);
        Assert.EndsWith($"\n1 packet captured, 0 dropped by the kernel, written to {file}; the command ended with 7\n",
            error);
    }

    [CommandFact("bash")]
    public async Task WhatACommandLeavesBehindIsStillCaptured()
    {
        using var datagrams = new Datagrams();
        string late = "(while kill -0 $$ 2> /dev/null; do sleep 0.05; done; sleep 1; " +
            $"echo late > /dev/udp/127.0.0.1/{datagrams.Port}) & exit 3";
        await using ToolProcess tool = ToolProcess.Start("capture", datagrams.Filter, "--", "bash", "-c", late);
        Assert.Contains($" → {datagrams.Port} Len=5", await tool.ReadTextAsync());
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(3, code);
        Assert.Contains("\nthe command ended with 3, and what it started goes on; ", error);
    }

    [RootCaptureFact]
    public async Task RightsOfRootAreGivenUpOnceTheCaptureIsOpen()
    {
        // Whoever it becomes must be able to write there.
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        using var datagrams = new Datagrams();
        string file = Path.Combine(_folder, "z.pcapng");
        await using ToolProcess tool = ToolProcess.Start(
            "capture", datagrams.Filter, "-w", file, "-c", "1", "-Z", "nobody");
        await BegunAsync(tool);
        Assert.NotEmpty(Directory.GetDirectories($"/proc/{tool.Id}/task"));
        Assert.All(Directory.GetDirectories($"/proc/{tool.Id}/task"), thread =>
        {
            string[] status = File.ReadAllLines(Path.Combine(thread, "status"));
            Assert.DoesNotContain("0", status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal))
                .Split('\t')[1..]);
            Assert.Contains("CapPrm:\t0000000000000000", status);
        });
        datagrams.Send(1);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("capturing on any as nobody; ", error);
        Assert.Equal(1, CountFrames(file));
    }

    [CaptureFact("setpriv")]
    public async Task MissingCapabilityIsNamedWithWhatGrantsIt()
    {
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "setpriv", "--inh-caps=-all", "--bounding-set=-all", .. ToolProcess.Command, "capture", "-i", "lo",
        ]);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal((ExitCode.Permission, "sockeye: capturing needs the capability CAP_NET_RAW; run it with sudo\n"),
            (code, error));
    }

    [Theory]
    [InlineData("-i nosuch0", ExitCode.Usage, "there is no interface nosuch0; 'sockeye capture --list")]
    [InlineData("tcp prot 80", ExitCode.Usage, "the filter 'tcp prot 80' has a mistake: ")]
    [InlineData("--files 3 -w /tmp/t", ExitCode.Usage, "--files keeps the last of several files; ")]
    [InlineData("--rotate-size 1MB", ExitCode.Usage, "--rotate-size and --rotate-seconds need -w FILE")]
    [InlineData("--rotate-seconds 1 -w -", ExitCode.Usage, "--rotate-size and --rotate-seconds need -w FILE")]
    [InlineData("-w t --tree", ExitCode.Usage, "-w writes a file and shows nothing; ")]
    [InlineData("-c 0", ExitCode.Usage, "--count must be 1 to 2147483647, not 0")]
    [InlineData("-s 262145", ExitCode.Usage, "--snaplen must be 0 to 262144, not 262145")]
    [InlineData("-i lo -i eth0", ExitCode.Usage, "-i takes one interface; give one, or any for all of them")]
    [InlineData("--seconds 0", ExitCode.Usage, "'0' is no number of seconds; ")]
    [InlineData("--rotate-size 0 -w t", ExitCode.Usage, "--rotate-size 0 would begin a file for nothing; ")]
    [InlineData("-w t.pcapng.gz", ExitCode.Usage, "a capture is not compressed while it is written")]
    [InlineData("tcp.port == 80", ExitCode.Usage, "the filter 'tcp.port == 80' has a mistake: ")]
    [InlineData("--", ExitCode.Usage, "after -- comes a command, such as 'curl http://example.com/'; ")]
    [InlineData("-- /etc/passwd", ExitCode.Usage, "there is no program '/etc/passwd'; ")]
    [InlineData("--buffer 1kB", ExitCode.Usage, "--buffer must be 1MiB to 1GiB, not 1000")]
    [InlineData("-n", ExitCode.Usage, "there is no option '-n' here; addresses and ports are never turned into names")]
    [InlineData("-Z no-such-user", ExitCode.Usage, "there is no user 'no-such-user' here; ")]
    [InlineData("-- no-such-program", ExitCode.Usage, "there is no program 'no-such-program'; ")]
    public async Task MistakeIsOneSentence(string line, int code, string sentence)
    {
        // An ordinary user is told of what is missing first.
        bool mayCapture = new CaptureFactAttribute().Skip is null;
        CapturedOutput result = await CapturedOutput.OfAsync($"capture {line}");
        if (mayCapture || result.ExitCode != ExitCode.Permission)
        {
            Assert.Equal((code, ""), (result.ExitCode, result.Out));
            Assert.StartsWith("sockeye: " + sentence, result.Error);
            Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
        }
    }

    [Fact]
    public async Task InterfacesAreListed()
    {
        CapturedOutput text = await CapturedOutput.OfAsync("capture --list-interfaces");
        Assert.StartsWith("any ", text.Out);
        Assert.Contains("lo ", text.Out);
        CapturedOutput json = await CapturedOutput.OfAsync("capture --list-interfaces --json");
        string[] names = [.. json.Out.TrimEnd().Split('\n').Select(line =>
            JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()!)];
        Assert.Contains("any", names);
        Assert.Contains("lo", names);
    }

    [CaptureFact]
    public async Task ListingKnowsTheStreamsAsThatOfAFileDoes()
    {
        using var server = new Answering();
        await using ToolProcess tool = ToolProcess.Start("capture", "-i", "lo", $"tcp port {server.Port}", "-c", "3");
        await BegunAsync(tool);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port);
        string[] lines = (await tool.ReadTextAsync()).Split('\n');
        Assert.Contains("[SYN, ACK] Seq=0 Ack=1 ", lines[1], StringComparison.Ordinal);
        Assert.Contains("[ACK] Seq=1 Ack=1 ", lines[2], StringComparison.Ordinal);
    }

    [CaptureFact]
    public async Task EveryPacketIsALineOfJson()
    {
        using var datagrams = new Datagrams();
        await using ToolProcess tool = ToolProcess.Start("capture", datagrams.Filter, "-c", "2", "--json");
        await BegunAsync(tool);
        datagrams.Send(2);
        string[] lines = (await tool.ReadTextAsync()).TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line =>
        {
            JsonElement packet = JsonDocument.Parse(line).RootElement.GetProperty("packet");
            Assert.Equal("UDP", packet.GetProperty("protocol").GetString());
            Assert.Equal("127.0.0.1", packet.GetProperty("source").GetString());
        });
    }

    [CaptureFact]
    public async Task TreeAndBytesFollowTheLine()
    {
        using var datagrams = new Datagrams();
        await using ToolProcess tool = ToolProcess.Start("capture", datagrams.Filter, "-c", "1", "--tree", "--hex");
        await BegunAsync(tool);
        datagrams.Send(1);
        string shown = await tool.ReadTextAsync();
        Assert.StartsWith("     1     0.000000 127.0.0.1 → 127.0.0.1 UDP 148 ", shown);
        Assert.Contains($"\n    Destination Port: {datagrams.Port}\n", shown);
        Assert.Contains("\n0000 ", shown);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int Lines(string text) => text.Count(letter => letter == '\n');

    private static int CountFrames(string file)
    {
        using FileStream stream = File.OpenRead(file);
        var reader = CaptureReader.Open(stream);
        int count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        return count;
    }

    private static async Task BegunAsync(ToolProcess tool)
    {
        string line = await tool.FirstNoteAsync();
        Assert.Contains("capturing", line);
    }

    /// <summary>A server of HTTP that always says hello.</summary>
    private sealed class Answering : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Answering()
        {
            _listener.Start();
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            _ = ServeAsync();
        }

        public int Port { get; }

        public int Served { get; private set; }

        public async Task AskAgainAndAgainAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, CancellationToken.None);
                await client.GetStream().WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), CancellationToken.None);
                using var reader = new StreamReader(client.GetStream());
                Assert.EndsWith("hello", await reader.ReadToEndAsync(CancellationToken.None));
                await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
            }
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    NetworkStream stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[4_096]);
                    await stream.WriteAsync("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray());
                    Served++;
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
