using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Cli;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli;

/// <summary>What stays when a fetch is over: sessions, downloads, and the command that curl would be given.</summary>
[SupportedOSPlatform("linux")]
public sealed class FetchKeepingTests : IDisposable
{
    private const string Body = "0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-fetch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WithoutAHomeASessionIsNotKeptInWhateverFolderThisIs()
    {
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "env", "-u", "XDG_CONFIG_HOME", "HOME=/no/such", .. ToolProcess.Command, "fetch", ":1", "--session", "me",
        ]);
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("sockeye: there is no home folder to keep a session in; ", error);
    }

    [Fact]
    public async Task SessionKeepsFieldsAndCookiesForItsOwnerAlone()
    {
        List<string> heads = [];
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            heads.Add(await peer.ReadHeadAsync());
            string cookie = number == 0 ? "Set-Cookie: id=42; Path=/\r\n" : "";
            await peer.SendAsync($"HTTP/1.1 200 OK\r\n{cookie}Content-Length: 0\r\nConnection: close\r\n\r\n");
        });
        Dictionary<string, string> environment = new() { ["XDG_CONFIG_HOME"] = _folder };
        string[] items = ["X-Token:café If-Match:\"1\"", "", "X-Token: --session other", "X-Token:", ""];
        foreach (string item in items)
        {
            string session = item.Contains("--session", StringComparison.Ordinal) ? "" : "--session me";
            var result = await CapturedOutput.OfAsync($"fetch {server.Root}/a {item} {session}", false, environment);
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
        }

        string[] kept = [.. heads.Select(head => string.Join(' ', Regex
            .Matches(head, "(?m)^(X-Token|If-Match|Cookie): (.*)\r$").Select(match => match.Groups[2].Value)))];
        string token = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("café"));
        Assert.Equal([$"{token} \"1\"", $"{token} id=42", "", "id=42", "id=42"], kept);

        string file = Path.Combine(_folder, "sockeye", "sessions", $"127.0.0.1_{server.Port}", "me.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(file)!));
        Assert.Equal(["me.json", "other.json"], Directory.GetFiles(Path.GetDirectoryName(file)!)
            .Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task SessionThatIsBrokenIsSaidToBe()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "sockeye", "sessions", "localhost_1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "me.json"), "{");
        var result = await CapturedOutput.OfAsync(
            "fetch :1 --session me", false, new() { ["XDG_CONFIG_HOME"] = _folder });
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.EndsWith("cannot be read; remove the file to begin anew\n", result.Error);
    }

    [Fact]
    public async Task DownloadThatWasStoppedGoesOn()
    {
        List<string> heads = [];
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            heads.Add(await peer.ReadHeadAsync());
            await peer.SendAsync(number == 0
                ? $"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {Body.Length}\r\n\r\n{Body[..4]}"
                : $"HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nContent-Length: {Body.Length - 4}\r\n"
                    + $"Content-Range: bytes 4-{Body.Length - 1}/{Body.Length}\r\n\r\n{Body[4..]}");
            await peer.ReadToEndAsync();
        });
        string file = Path.Combine(_folder, "file.bin");
        await using (var stopped = ToolProcess.Start("fetch", $"{server.Root}/x", "-o", file))
        {
            await Eventually.Async(() => new FileInfo(file + ".part") is { Exists: true, Length: 4 });
            await stopped.InterruptAsync();
            Assert.Equal(
                (130, "4 B are in file.bin.part; the same command with --continue goes on from there\n"),
                await stopped.ExitAsync());
            Assert.False(File.Exists(file));
        }

        var result = await CapturedOutput.OfAsync($"fetch {server.Root}/x -o {file} --continue");
        Assert.Equal((0, ""), (result.ExitCode, result.Out));
        Assert.StartsWith($"saved {file}: 10 B, 4 B of them from before in ", result.Error);
        Assert.Matches(@" in [\d.]+ (µs|ms|s), [\d.]+ k?B/s\n$", result.Error);
        Assert.Equal(Body, await File.ReadAllTextAsync(file));
        Assert.Contains("\r\nRange: bytes=4-\r\nIf-Range: \"1\"\r\n", heads[1]);
        Assert.Equal([file], Directory.GetFiles(_folder));

        var again = await CapturedOutput.OfAsync($"fetch {server.Root}/x -o {file}");
        Assert.Equal((ExitCode.Usage, 2), (again.ExitCode, server.Connections));
    }

    [Theory]
    [InlineData("attachment; filename=\"report.pdf\"", "report.pdf")]
    [InlineData("attachment; filename=\"a.txt\"; filename*=UTF-8''%E2%82%AC.txt", "€.txt")]
    [InlineData("attachment; filename=\"../../.ssh/keys\"", "keys")]
    [InlineData("attachment; filename=\".bashrc\"", "bashrc")]
    [InlineData("attachment; filename*=UTF-8''a%0A%1Bb", "a__b")]
    [InlineData("attachment", "x y")]
    [InlineData("nonsense;;=", "x y")]
    public async Task DownloadIsNamedAsTheServerSaysButStaysHere(string disposition, string name)
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(
                $"HTTP/1.1 200 OK\r\nContent-Disposition: {disposition}\r\nContent-Length: 10\r\n\r\n{Body}");
        });
        await using (var tool = ToolProcess.StartOther(
            ["env", "-C", _folder, .. ToolProcess.Command, "fetch", $"{server.Root}/a/x%20y", "--download"]))
        {
            (int code, string error) = await tool.ExitAsync();
            Assert.Equal((0, true), (code, error.StartsWith($"saved {name}: 10 B", StringComparison.Ordinal)));
        }

        Assert.Equal([Path.Combine(_folder, name)], Directory.GetFiles(_folder));
        await using var again = ToolProcess.StartOther(
            ["env", "-C", _folder, .. ToolProcess.Command, "fetch", $"{server.Root}/a/x%20y", "--download"]);
        Assert.Equal(
            (ExitCode.Usage, $"sockeye: '{name}' is there already; --force replaces it, -o takes another name\n"),
            await again.ExitAsync());
        Assert.Equal([Path.Combine(_folder, name)], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task DownloadOfNothingIsANegativeAnswer()
    {
        await using var server = new ScriptedServer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}/x -o {_folder}/x");
        Assert.Equal(ExitCode.Negative, result.ExitCode);
        Assert.Contains(" answered 404 Not Found: there is nothing to download", result.Error);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [NeedsFact("curl")]
    public async Task CurlSendsTheSame()
    {
        string file = Path.Combine(_folder, "it's here.txt");
        await File.WriteAllTextAsync(file, "content of the file");
        string empty = Path.Combine(_folder, "empty");
        await File.WriteAllTextAsync(empty, "");
        string[][] requests =
        [
            ["/a%20b?x=%27"],
            ["DELETE", "/a", "X-Name:it's \"quoted\" $HOME", "X-Empty;", "q==a b&c"],
            ["/a", "name=O'Neill é", "n:=[1, 2]"],
            ["PUT", "/a", "name=@" + empty, "--form"],
            ["/a", "a=1 2&3", "b=é", "-f"],
            ["/a", "@" + file],
            ["/a", "text=\\@x;y <z>", "file@" + file],
            ["HEAD", "/a", "Accept:text/plain"],
        ];
        List<string> seen = [];
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            string head = await peer.ReadHeadAsync();
            Match length = Regex.Match(head, "(?m)^Content-Length: (\\d+)\r$");
            byte[] body = await peer.ReadAsync(length.Success ? int.Parse(length.Groups[1].Value) : 0);
            seen.Add(Comparable(head + Encoding.UTF8.GetString(body)));
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        foreach (string[] request in requests)
        {
            string[] words = ["fetch", .. request.Select(word => word.StartsWith('/') ? server.Root + word : word)];
            (int code, string curl, string error) = await RunAsync(words, asCurl: true);
            Assert.Equal((0, ""), (code, error));
            using Process shell = Process.Start("sh", ["-c", curl.Trim() + " --silent --show-error"]);
            await shell.WaitForExitAsync().WaitAsync(ToolProcess.TimeOut);
            Assert.Equal(0, shell.ExitCode);
            (code, _, error) = await RunAsync(words, asCurl: false);
            Assert.Equal((0, ""), (code, error));
            Assert.True(seen.Count % 2 == 0 && seen[^2] == seen[^1], $"{curl}\n{seen[^2]}\n{seen[^1]}");
        }

        Assert.Equal(2 * requests.Length, seen.Count);
    }

    /// <summary>Less what says who sends, and how a multipart body is divided: its boundary is each sender's own.
    /// </summary>
    private static string Comparable(string request)
    {
        string[] own = ["User-Agent:", "Accept-Encoding:", "Accept: */*"];
        IEnumerable<string> lines = request.Split("\r\n")
            .Where(line => !own.Any(start => line.StartsWith(start, StringComparison.Ordinal)))
            .Select(line => line.TrimEnd(' ')); // curl writes a field without a value without the space.
        string text = string.Join("\r\n", lines);
        if (Regex.Match(text, "boundary=([\\w-]+)") is not { Success: true } boundary)
        {
            return text;
        }

        text = text.Replace(boundary.Groups[1].Value, "BOUNDARY");
        text = Regex.Replace(text, "Content-Length: \\d+", "Content-Length: N");
        string[] parts = text.Split("\r\n\r\n", 2);
        return string.Join("\r\n", parts[0].Split("\r\n").Order(StringComparer.Ordinal)) + parts[1];
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(string[] words, bool asCurl)
    {
        using var standardOutput = new MemoryStream();
        using var standardError = new MemoryStream();
        using var output = new Output(standardOutput, standardError, _ => null);
        int code = await Tool.RunAsync([.. words, .. asCurl ? (string[])["--as-curl"] : []], output);
        return (code, TextOf(standardOutput), TextOf(standardError));

        static string TextOf(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
    }
}
