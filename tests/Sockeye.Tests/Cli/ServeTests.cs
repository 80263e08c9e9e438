using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Serving;

namespace Sockeye.Tests.Cli;

/// <summary>The built tool serves, and plain sockets talk to it.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task GreetEndsALineAsTheNameDidAndClosesAtExit()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "greet", "tcp://127.0.0.1:0", "--json", "--quiet");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Expect("Welcome!");
        client.Send("Ada\r\n");
        client.Expect("Hello, Ada!\r\n");
        client.Send("exit\n");
        client.ExpectEnd();
        await tool.StopAsync();
    }

    [Fact]
    public async Task AServerSaysWhatItHasUsedWhenItsInputAsks()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--until-eof");
        await tool.PortAsync();
        await tool.WriteAsync("anything else\nusage\n");
        JsonElement usage = JsonDocument.Parse(await tool.ExpectAsync("\n")).RootElement;
        Assert.Equal("usage", usage.GetProperty("type").GetString());
        Assert.All(
            (string[])["cpu_us", "voluntary_switches", "allocated_bytes"],
            key => Assert.True(usage.GetProperty(key).GetInt64() > 0));
        tool.Input.Close();
        Assert.Equal(ExitCode.Done, (await tool.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task ExecRunsACommandForEachConnection()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "exec", "tcp://127.0.0.1:0", "--json", "--quiet", "--", "sort", "-r");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Send("a\nc\nb\n");
        client.Finish();
        client.Expect("c\nb\na\n");
        client.ExpectEnd();
        await tool.StopAsync();
    }

    [Fact]
    public async Task DaytimeSaysTheTimeAndCharGenThePatternOfRfc864()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "daytime", "tcp://127.0.0.1:0", "--json", "--quiet");
        using (ServeClient client = ServeClient.Connect(await tool.PortAsync()))
        {
            using var stream = new StreamReader(new NetworkStream(client.Socket));
            Assert.True(DateTimeOffset.TryParse(await stream.ReadToEndAsync(), out _));
        }

        await tool.StopAsync();
        await using ToolProcess chargen = ToolProcess.Start(
            "serve", "chargen", "tcp://127.0.0.1:0", "--io", "threads", "--json", "--quiet");
        using ServeClient endless = ServeClient.Connect(await chargen.PortAsync());
        string first = new([.. Enumerable.Range(' ', 72).Select(c => (char)c)]);
        string second = new([.. Enumerable.Range('!', 72).Select(c => (char)c)]);
        endless.Expect($"{first}\r\n{second}\r\n");
        endless.Dispose();
        await chargen.StopAsync();
    }

    [Fact]
    public async Task ServesTlsWithACertificateMadeOnTheSpot()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "echo", "tls://127.0.0.1:0", "--self-signed", "--json", "--quiet");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        await using var tls = new SslStream(new NetworkStream(client.Socket), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost").WaitAsync(ToolProcess.TimeOut);
        await tls.WriteAsync("secret"u8.ToArray());
        byte[] reply = new byte[6];
        await tls.ReadExactlyAsync(reply);
        Assert.Equal("secret", Encoding.ASCII.GetString(reply));
        client.Dispose();
        await tool.StopAsync();
    }

    [Fact]
    public async Task LogTellsPeersOfTlsFromThoseOfTcp()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "echo", "tls://127.0.0.1:0", "tcp://127.0.0.1:0", "--self-signed", "--json");
        string log = await tool.ExpectAsync("\"endpoint\":\"tcp:");
        log += log.EndsWith('\n') ? "" : await tool.ExpectAsync("\n");
        Endpoint[] endpoints =
            [.. Parsed(log).Select(line => Endpoint.Parse(line.GetProperty("endpoint").GetString()))];
        Assert.Equal([EndpointScheme.Tls, EndpointScheme.Tcp], endpoints.Select(one => one.Scheme));
        foreach (Endpoint endpoint in endpoints)
        {
            using ServeClient client = ServeClient.Connect(endpoint.Port);
            client.Send("not a handshake");
            client.Finish();
            string came = await tool.ExpectAsync("\"closed\"");
            came += came.EndsWith('\n') ? "" : await tool.ExpectAsync("\n");
            Assert.All(Parsed(came), line =>
            {
                string scheme = endpoint.IsTls ? "tls" : "tcp";
                Assert.Equal($"{scheme}://{client.Socket.LocalEndPoint}", line.GetProperty("peer").GetString());
                Assert.Equal(
                    line.GetProperty("type").GetString() == "handshake_failed" ? null : endpoint.ToString(),
                    line.TryGetProperty("listener", out JsonElement listener) ? listener.GetString() : null);
            });
        }

        await tool.StopAsync();

        static JsonElement[] Parsed(string lines) =>
            [.. lines.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    [Fact]
    public async Task LogsWhoCameAndWentAndASummary()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "echo", "tcp://127.0.0.1:0", "--io", "epoll");
        string listening = await tool.ExpectAsync("Ctrl-C stops\n");
        Assert.Contains("(epoll)", listening, StringComparison.Ordinal);
        int port = Endpoint.Parse(listening.Split(' ')[2]).Port;
        using (ServeClient client = ServeClient.Connect(port))
        {
            client.Send("12345");
            client.Expect("12345");
            client.Finish();
            client.ExpectEnd();
        }

        await tool.InterruptAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"^#1 tcp://127\.0\.0\.1:\d+ connected\n", error);
        Assert.Matches(@"closed: the peer finished; 5 B in, 5 B out\n", error);
        Assert.Matches(@"served 1 connection, refused 0, failed 0; 5 B in, 5 B out, in \d+\.\d s\n$", error);
    }

    [Fact]
    public async Task WhatTheDrainEndsIsInTheLogBeforeTheSummary()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "greet", "tcp://127.0.0.1:0", "--delay", "1h", "--drain", "300ms", "--json");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Expect("Welcome!");
        client.Send("Ada");
        await tool.ExpectAsync("\"accepted\"");
        await tool.InterruptAsync();
        string[] lines = (await tool.ReadTextAsync()).Trim().Split('\n');
        Assert.Equal(ExitCode.Done, (await tool.ExitAsync()).ExitCode);
        Assert.Equal(["closed", "summary"], lines.TakeLast(2).Select(
            line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()));
        Assert.Contains("\"connections\":1,", lines[^1], StringComparison.Ordinal);
        Assert.Contains("\"received_bytes\":3,", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoSignalsOfOneMomentLetWhatIsOpenFinish()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "greet", "tcp://127.0.0.1:0", "--drain", "1m", "--json");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Expect("Welcome!");
        await tool.ExpectAsync("\"accepted\"");
        using (Process kill = Process.Start("sh", ["-c", $"kill -TERM {tool.Id}; kill -TERM {tool.Id}"]))
        {
            await kill.WaitForExitAsync().WaitAsync(ToolProcess.TimeOut);
        }

        client.Dispose();
        Assert.Contains("\"summary\"", await tool.ReadTextAsync(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await tool.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task HelpNamesEverythingThatCanBeServed()
    {
        CapturedOutput help = await CapturedOutput.OfAsync("serve --help --json");
        using JsonDocument json = JsonDocument.Parse(help.Out);
        string what = json.RootElement.GetProperty("arguments")[0].GetProperty("summary").GetString()!;
        Assert.All(ProtocolTable.Rows, row => Assert.Contains($"{row.Name}: {row.Summary}", what));
    }

    [Theory]
    [InlineData("serve greet tcp://999.1.1.1:5", ExitCode.Usage, "'999.1.1.1' is not an IPv4 address")]
    [InlineData("serve greet :9 --io warp", ExitCode.Usage, "there is no I/O model 'warp'")]
    [InlineData("serve greet tcp://127.0.0.1:70000", ExitCode.Usage, "port 70000 is out of range")]
    [InlineData("serve greet", ExitCode.Usage, "'sockeye serve' needs <endpoint>; for example: sockeye serve greet")]
    [InlineData("serve great :9", ExitCode.Usage, "did you mean 'greet'?")]
    [InlineData("serve greet :9 --delay soon", ExitCode.Usage, "'soon' is not a duration")]
    [InlineData("serve greet :9 --delay 1177h", ExitCode.Usage, "'1177h' is too long; 49d is the most")]
    [InlineData("serve greet :9 --loops -1", ExitCode.Usage, "--loops must be 0 to 1024, not -1")]
    [InlineData("serve greet :9 --loops 100000", ExitCode.Usage, "--loops must be 0 to 1024, not 100000")]
    [InlineData("serve greet http://127.0.0.1:9", ExitCode.Usage, "greet is served over tcp://")]
    [InlineData("serve greet :9 :9", ExitCode.Usage, "tcp://127.0.0.1:9 is named twice")]
    [InlineData("serve greet :9 --threads 3", ExitCode.Usage, "--threads is for --io pool, not for auto")]
    [InlineData("serve greet tls://:9 --key /k", ExitCode.Usage, "--key is the key of --cert")]
    [InlineData("serve greet tls://:9 --self-signed --key /k", ExitCode.Usage, "--self-signed makes its own key; ")]
    [InlineData("serve greet tls://:9 --self-signed --cert /c", ExitCode.Usage, "leave one of them out")]
    [InlineData("serve greet :9 --loops 999999999999", ExitCode.Usage, "--loops must be 0 to 1024, not 999999999999")]
    [InlineData("serve greet :9 --loops many", ExitCode.Usage, "'many' is not a number that --loops can take")]
    [InlineData("serve greet :9 --self-signed", ExitCode.Usage, "a certificate is for tls:// endpoints")]
    [InlineData("serve greet unix:/etc/hostname", ExitCode.Network, "what is at that path is not a socket")]
    [InlineData("serve exec :9 -- /no/such/program", ExitCode.Usage, "there is no program '/no/such/program'")]
    [InlineData("serve exec :9", ExitCode.Usage, "exec needs a command")]
    [InlineData("serve echo :9 -- cat", ExitCode.Usage, "echo takes no command")]
    [InlineData("serve chat udp://:9", ExitCode.Usage, "chat does not serve datagrams")]
    [InlineData("serve echo tls://:9", ExitCode.Usage, "needs a certificate")]
    [InlineData("serve echo tls://:9 --cert /no/such.pem", ExitCode.Usage, "'/no/such.pem' cannot be read: there is ")]
    [InlineData("serve echo tcp://192.0.2.1:9", ExitCode.Network, "the address is not one of this machine's")]
    [InlineData("serve echo unix:/no/such/directory/s", ExitCode.Usage, "the directory does not exist")]
    public async Task SaysInOneSentenceWhatIsWrong(string line, int code, string sentence)
    {
        await using ToolProcess tool = ToolProcess.Start(line.Split(' '));
        (int exitCode, string error) = await tool.ExitAsync();
        Assert.Equal(code, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task SaysThatAPortIsTaken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using ToolProcess tool = ToolProcess.Start("serve", "echo", $"tcp://127.0.0.1:{port}");
        (int exitCode, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, exitCode);
        Assert.StartsWith(
            $"sockeye: cannot listen on tcp://127.0.0.1:{port}: the port is taken;", error, StringComparison.Ordinal);
    }
}
