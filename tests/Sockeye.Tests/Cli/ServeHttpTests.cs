using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Cli;

/// <summary>The built tool serves HTTP, and curl talks to it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ServeHttpTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    [NeedsTheory("curl")]
    [MemberData(nameof(Models))]
    public async Task HelloSaysHelloAndEchoesOnEveryModel(string model)
    {
        byte[] upload = Handlers.Pattern(2_000_000);
        await File.WriteAllBytesAsync(PathOf("upload"), upload);
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--io", model, "--json", "--quiet");
        string url = $"http://127.0.0.1:{await tool.PortAsync()}";
        string reply = await CurlAsync("-i", $"{url}/plaintext");
        Assert.Matches(
            "^HTTP/1.1 200 OK\r\nServer: Sockeye\r\nDate: [^\r]* GMT\r\nContent-Type: text/plain\r\n"
            + "Content-Length: 13\r\n\r\nHello, World!$",
            reply);
        Assert.Contains("sockeye serve hello", await CurlAsync(url), StringComparison.Ordinal);
        Assert.Contains("Content-Length: 13\r\n", await CurlAsync("-I", $"{url}/plaintext"), StringComparison.Ordinal);
        await CurlAsync("--data-binary", $"@{PathOf("upload")}", "-o", PathOf("echo"), $"{url}/echo");
        await AssertIsAsync(upload, "echo");
        Assert.Equal("2000000", await CurlAsync("--data-binary", $"@{PathOf("upload")}", $"{url}/discard"));
        Assert.Equal("405", await StatusAsync($"{url}/discard"));
        Assert.Equal("404", await StatusAsync($"{url}/nothing"));
        Assert.Equal("405", await StatusAsync("-X", "DELETE", $"{url}/plaintext"));
        foreach ((string path, string methods) in new[]
        {
            ("*", "GET, HEAD, POST, OPTIONS"), ("/plaintext", "GET, HEAD, OPTIONS"), ("/echo", "POST, OPTIONS"),
        })
        {
            Assert.Matches(
                $"^HTTP/1.1 204 No Content\r\n(.*\r\n)*Allow: {methods}\r\n",
                await CurlAsync("-i", "-X", "OPTIONS", "--request-target", path, url));
        }

        Assert.Equal("405", await StatusAsync("-T", PathOf("upload"), $"{url}/echo"));
        await tool.StopAsync();
    }

    [Fact]
    public async Task HelloSendsBackWhatAWebSocketBrings()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json", "--quiet");
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{await tool.PortAsync()}/websocket"), timeout.Token);
        byte[] received = new byte[100];
        foreach (string text in (string[])["Ahoj", "", "again"])
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, timeout.Token);
            WebSocketReceiveResult result = await socket.ReceiveAsync(received, timeout.Token);
            Assert.Equal(text, Encoding.UTF8.GetString(received, 0, result.Count));
            Assert.Equal(WebSocketMessageType.Text, result.MessageType);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await tool.StopAsync();
    }

    [NeedsFact("curl")]
    public async Task CurlGetsFilesInEveryWayItKnows()
    {
        byte[] content = Handlers.Pattern(1_500_000);
        Directory.CreateDirectory(PathOf("root"));
        await File.WriteAllBytesAsync(PathOf("root/large.bin"), content);
        await File.WriteAllTextAsync(PathOf("root/page.html"), "<p>page</p>");
        await using (var gzip = new System.IO.Compression.GZipStream(
            File.Create(PathOf("root/page.html.gz")), System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write("<p>page</p>"u8);
        }

        await using ToolProcess tool = ToolProcess.Start(
            "serve", "files", "http://127.0.0.1:0", "--root", PathOf("root"), "--json", "--quiet");
        string url = $"http://127.0.0.1:{await tool.PortAsync()}";
        await CurlAsync("-o", PathOf("whole"), $"{url}/large.bin");
        await AssertIsAsync(content, "whole");
        await CurlAsync("-r", "1000000-1000099", "-o", PathOf("part"), $"{url}/large.bin");
        await AssertIsAsync(content[1_000_000..1_000_100], "part");

        // A download that was cut short goes on where it was.
        await File.WriteAllBytesAsync(PathOf("resumed"), content[..700_000]);
        await CurlAsync("-C", "-", "-o", PathOf("resumed"), $"{url}/large.bin");
        await AssertIsAsync(content, "resumed");
        Assert.Equal("<p>page</p>", await CurlAsync("--compressed", $"{url}/page.html"));
        Assert.Contains(
            "Content-Encoding: gzip",
            await CurlAsync("-I", "--compressed", $"{url}/page.html"),
            StringComparison.Ordinal);
        Assert.Equal("206", await StatusAsync("-r", "0-1,1000-1001", $"{url}/large.bin"));
        File.SetLastWriteTimeUtc(PathOf("root/page.html"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal("304", await StatusAsync("-z", "1 Jan 2021", $"{url}/page.html"));
        Assert.Equal("200", await StatusAsync("-z", "1 Jan 2019", $"{url}/page.html"));
        Assert.Equal("405", await StatusAsync("-T", PathOf("part"), $"{url}/new"));
        Assert.False(File.Exists(PathOf("root/new")));
        Assert.Equal("404", await StatusAsync("--path-as-is", $"{url}/../whole"));
        Assert.Equal("403", await StatusAsync($"{url}/"));
        await tool.StopAsync();
    }

    /// <summary>Root may read everything, so it goes without that.</summary>
    [NeedsFact("setpriv")]
    public async Task WhatMayNotBeReadIsForbidden()
    {
        foreach (string name in (string[])["folder/x", "site/index.html", "file", "open/x"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            await File.WriteAllTextAsync(PathOf(name), "content");
        }

        string[] closed = ["folder", "site/index.html", "file"];
        Array.ForEach(closed, name => File.SetUnixFileMode(PathOf(name), UnixFileMode.None));
        await using (ToolProcess tool = ToolProcess.StartOther(
        [
            .. WithoutPowers, "env", "--default-signal=INT", .. ToolProcess.Command,
            "serve", "files", "http://127.0.0.1:0",
            "--root", _directory.Path, "--list", "--json", "--quiet",
        ]))
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{await tool.PortAsync()}/") };
            foreach (string path in (string[])["folder/", "folder/x", "site/", "site/index.html", "file"])
            {
                using HttpResponseMessage reply = await client.GetAsync(path);
                Assert.Equal((path, HttpStatusCode.Forbidden), (path, reply.StatusCode));
            }

            Assert.Contains(">x</a>", await client.GetStringAsync("open/"), StringComparison.Ordinal);
            Assert.Equal("", await tool.StopAsync());
        }

        const UnixFileMode Everything = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Array.ForEach(closed, name => File.SetUnixFileMode(PathOf(name), Everything)); // To be deleted again.
    }

    [NeedsFact("curl")]
    public async Task ServesHttpsWithACertificateMadeOnTheSpot()
    {
        byte[] content = Handlers.Pattern(800_000);
        await File.WriteAllBytesAsync(PathOf("large.bin"), content);
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "files", "https://127.0.0.1:0", "--root", _directory.Path, "--list", "--self-signed", "--json",
            "--quiet");
        string url = $"https://127.0.0.1:{await tool.PortAsync()}";
        await CurlAsync("-k", "-o", PathOf("whole"), $"{url}/large.bin");
        await AssertIsAsync(content, "whole");
        Assert.Contains("large.bin</a>", await CurlAsync("-k", $"{url}/"), StringComparison.Ordinal);
        await tool.StopAsync();
    }

    [NeedsFact("curl")]
    public async Task EachRequestIsALineOfTheAccessLog()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--access-log", PathOf("log"),
            "--access-log-format", "json");
        int port = await tool.PortAsync();
        await CurlAsync($"http://127.0.0.1:{port}/plaintext");
        using (ServeClient client = ServeClient.Connect(port))
        {
            client.Send("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
            client.Expect("HTTP/1.1 400 Bad Request\r\n");
        }

        await tool.StopAsync();
        string[] lines = await File.ReadAllLinesAsync(PathOf("log"));
        Assert.Equal(2, lines.Length);
        Assert.Equal(200, JsonDocument.Parse(lines[0]).RootElement.GetProperty("status").GetInt32());
        Assert.Equal("SpaceBeforeColon", JsonDocument.Parse(lines[1]).RootElement.GetProperty("rule").GetString());

        // A second run adds to it.
        await using ToolProcess again = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--access-log", PathOf("log"));
        await CurlAsync($"http://127.0.0.1:{await again.PortAsync()}/");
        await again.StopAsync();
        lines = await File.ReadAllLinesAsync(PathOf("log"));
        Assert.Matches("\"GET / HTTP/1.1\" 200 [0-9]+ \"-\" \"curl/", lines[2]);
    }

    [NeedsFact("curl")]
    public async Task AnAccessLogGoesToStandardOutputWithADash()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--access-log", "-");
        await CurlAsync($"http://127.0.0.1:{await tool.PortAsync()}/plaintext");
        await tool.ExpectAsync("\"GET /plaintext HTTP/1.1\" 200 13");
        await tool.StopAsync();
    }

    [Fact]
    public async Task CtrlCLetsARequestUnderWayFinishAndSaysThatItIsTheLast()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        client.Expect("HTTP/1.1 100 Continue\r\n\r\n"); // It is under way.
        await tool.InterruptAsync();
        await tool.ExpectAsync("\"type\":\"stopping\"");
        client.Send("hello");
        using var reader = new StreamReader(new System.Net.Sockets.NetworkStream(client.Socket));
        string reply = await reader.ReadToEndAsync().WaitAsync(ToolProcess.TimeOut);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", reply, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello", reply, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await tool.ExitAsync()).ExitCode);
    }

    [Theory]
    [InlineData("serve hello https://127.0.0.1:0", "--self-signed")]
    [InlineData("serve hello udp://127.0.0.1:0", "does not serve datagrams")]
    [InlineData("serve greet http://127.0.0.1:0", "served over tcp://")]
    [InlineData("serve files http://127.0.0.1:0", "--root FOLDER")]
    [InlineData("serve files http://127.0.0.1:0 --root /nowhere/at/all", "/nowhere/at/all")]
    [InlineData("serve files http://127.0.0.1:0 --root /etc/hostname", "name the folder with --root /etc")]
    [InlineData("serve files http://127.0.0.1:0 --root /etc/hostname/x", "there is no folder '/etc/hostname/x'; ")]
    [InlineData("serve hello http://127.0.0.1:8/foo", "listens on a port; write http://127.0.0.1:8")]
    [InlineData("serve hello :0 --access-log-format json", "is for --access-log, which is not given; add")]
    [InlineData("serve hello :0 --body-limit many", "'many' is not a size; write a number and a unit, such as 64kB")]
    [InlineData("serve hello :0 --body-limit -1", "'-1' is not a size")]
    [InlineData("serve files :0 --root . --body-limit 1MB", "--body-limit is for hello, not for files")]
    [InlineData("serve hello :0 --header-timeout 0", "--header-timeout must be longer than 0")]
    [InlineData("serve greet :0 --root .", "--root is for files")]
    [InlineData("serve hello :0 --delay 1s", "--delay is for greet")]
    [InlineData("serve hello :0 --access-log /nowhere/at/all", "access log")]
    [InlineData("serve hello :0 --access-log - --access-log-format xml", "common")]
    public async Task AMistakeIsOneSentenceWithItsRemedy(string commandLine, string remedy)
    {
        await using ToolProcess tool = ToolProcess.Start(commandLine.Split(' '));
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(remedy, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [NeedsFact("curl")]
    public async Task BodyMayBeAsLongAsTheLimitAndNoLonger()
    {
        await File.WriteAllBytesAsync(PathOf("1000"), Handlers.Pattern(1_000));
        await File.WriteAllBytesAsync(PathOf("1025"), Handlers.Pattern(1_025));
        (string Limit, string Status1000, string Status1025)[] limits =
        [
            ("1kB", "200", "413"), ("1KiB", "200", "413"), ("1025", "200", "200"), ("0", "413", "413"),
            ("off", "200", "200"),
        ];
        foreach ((string limit, string status1000, string status1025) in limits)
        {
            await using ToolProcess tool = ToolProcess.Start(
                "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--body-limit", limit);
            string url = $"http://127.0.0.1:{await tool.PortAsync()}/echo";
            string[] statuses =
            [
                await StatusAsync("--data-binary", $"@{PathOf("1000")}", url),
                await StatusAsync("--data-binary", $"@{PathOf("1025")}", url),
            ];
            Assert.Equal([status1000, status1025], statuses);
            await tool.StopAsync();
        }
    }

    [Fact]
    public async Task AHeadHasItsTime()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--header-timeout", "200ms");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Send("GET /plaintext HTTP/1.1\r\n");
        client.Expect("HTTP/1.1 408 ");
        client.Dispose();
        await tool.StopAsync();
    }

    [Fact]
    public async Task AHeadMayHaveAllTheTimeThereIs()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "hello", "http://127.0.0.1:0", "--json", "--quiet", "--header-timeout", "off");
        using ServeClient client = ServeClient.Connect(await tool.PortAsync());
        client.Send("GET /plaintext HTTP/1.1\r\n");
        await Task.Delay(400); // Longer than the limit of the test above.
        client.Send("Host: h\r\n\r\n");
        client.Expect("HTTP/1.1 200 ");
        client.Dispose();
        await tool.StopAsync();
    }

    [NeedsFact("setpriv")]
    public async Task FolderThatMayNotBeReadIsSaidToBeOne()
    {
        Directory.CreateDirectory(PathOf("closed"), UnixFileMode.None);
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            .. WithoutPowers, .. ToolProcess.Command, "serve", "files", "http://127.0.0.1:0",
            "--root", PathOf("closed"),
        ]);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Permission, code);
        Assert.StartsWith($"sockeye: the folder '{PathOf("closed")}' may not be read, ", error);
        File.SetUnixFileMode(
            PathOf("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _directory.Dispose();

    // Root may read everything; wherever the tool itself lies, it can still be read by whoever owns it.
    private static string[] WithoutPowers => Environment.IsPrivilegedProcess
        ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
        : [];

    private static Task<string> StatusAsync(params string[] arguments) =>
        CurlAsync(["-o", "/dev/null", "-w", "%{http_code}", .. arguments]);

    private static async Task<string> CurlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("curl", ["-sS", "--http1.1", "--max-time", "50", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process curl = Process.Start(start)!;
        Task<string> error = curl.StandardError.ReadToEndAsync();
        string output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        Assert.True(curl.ExitCode == 0, $"curl ended with {curl.ExitCode}: {await error}");
        return output;
    }

    private async Task AssertIsAsync(byte[] content, string name)
    {
        byte[] there = await File.ReadAllBytesAsync(PathOf(name));
        Assert.True(content.AsSpan().SequenceEqual(there), $"{name} has {there.Length} bytes, or others");
    }

    private string PathOf(string name) => Path.Combine(_directory.Path, name);
}
