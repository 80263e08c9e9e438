using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Cli;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli;

/// <summary>Requests and what is shown of their answers.</summary>
public sealed class FetchTests
{
    private const string JsonAnswer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Name: caf\u00C3\u00A9\r\nConnection: close\r\n\r\n"
        + """{"b":1.50,"a":["x\u00e9",null,true,{}],"b":{"c":[]}}""";

    private static readonly Dictionary<string, string> s_noColor = new() { ["NO_COLOR"] = "1" };

    [Fact]
    public async Task TerminalIsShownTheHeadAndIndentedJson()
    {
        await using var server = new ScriptedServer(JsonAnswer);
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}", isTerminal: true, new(s_noColor));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            """
            HTTP/1.1 200 OK
            Content-Type: application/json
            X-Name: café
            Connection: close

            {
              "b": 1.50,
              "a": [
                "x\u00e9",
                null,
                true,
                {}
              ],
              "b": {
                "c": []
              }
            }

            """,
            result.Out);
    }

    [Fact]
    public async Task TerminalIsColoured()
    {
        await using var server = new ScriptedServer(JsonAnswer);
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}", isTerminal: true);
        Assert.Contains("\e[34mHTTP/1.1\e[0m \e[32m200 OK\e[0m\n", result.Out);
        Assert.Contains("\e[36mX-Name\e[0m: café\n", result.Out);
        Assert.Contains("  \e[34m\"b\"\e[0m: \e[35m1.50\e[0m,\n", result.Out);
    }

    [Fact]
    public async Task TerminalObeysNothingThatAServerSends()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nX: \u009B2J\r\n\r\n\e[2Jhi\a\r\nthere");
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}", isTerminal: true, new(s_noColor));
        Assert.Equal("HTTP/1.1 200 OK\nX: \uFFFD2J\n\n\u241B[2Jhi\u2407\nthere\n", result.Out);
    }

    [Fact]
    public async Task BinaryBodyIsNotShownOnATerminal()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n\r\n\u0089PNG\0\0");
        var result = await CapturedOutput.OfAsync($"fetch {server.Root} -b", isTerminal: true);
        Assert.Equal(("", 0), (result.Out, result.ExitCode));
        Assert.StartsWith("the body is not text and is not shown on a terminal; ", result.Error);
    }

    [Fact]
    public async Task PipeGetsTheBytesOfTheBodyAlone()
    {
        byte[] body = new byte[300_000];
        new Random(7).NextBytes(body);
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
            await peer.SendAsync(body);
        });
        await using var tool = ToolProcess.Start("fetch", server.Root);
        Assert.Equal(body, await tool.ReadToEndAsync());
        Assert.Equal((0, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("--headers", "HTTP/1.1 404 Not Found\nContent-Length: 4\n\n")]
    [InlineData("--body", "gone")]
    [InlineData("--headers --body", "HTTP/1.1 404 Not Found\nContent-Length: 4\n\ngone")]
    [InlineData("--print Bh a=1", "{\"a\":\"1\"}\n\nHTTP/1.1 404 Not Found\nContent-Length: 4\n\n")]
    public async Task WhatIsShownCanBeChosen(string options, string shown)
    {
        await using var server = new ScriptedServer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
        var result = await CapturedOutput.OfAsync($"fetch {server.Root} {options}");
        Assert.Equal((0, shown), (result.ExitCode, result.Out));
    }

    [Fact]
    public async Task RawShowsExactlyTheBytes()
    {
        await using var server = new ScriptedServer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\\\u00FF\r\n0\r\n\r\n");
        var result = await CapturedOutput.OfAsync($"fetch PUT {server.Root}/p Accept-Encoding: User-Agent: a=1 --raw");
        Assert.Equal(
            $$"""
            > PUT /p HTTP/1.1\r\n
            > Host: 127.0.0.1:{{server.Port}}\r\n
            > Accept: application/json, */*;q=0.5\r\n
            > Content-Type: application/json\r\n
            > Content-Length: 9\r\n
            > \r\n
            > {"a":"1"}
            < HTTP/1.1 200 OK\r\n
            < Transfer-Encoding: chunked\r\n
            < \r\n
            < 3\r\n
            < a\\\xff\r\n
            < 0\r\n
            < \r\n

            """,
            result.Out);
    }

    [Fact]
    public async Task InputIsSentAsItIs()
    {
        string? sent = null;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            sent = await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            await peer.SendAsync(await peer.ReadAsync(5));
        });
        await using var tool = ToolProcess.Start("fetch", server.Root, "@-", "Content-Type:text/plain");
        await tool.FeedAsync([.. "hi"u8, 0, 255, 10]);
        Assert.Equal([.. "hi"u8, 0, 255, 10], await tool.ReadToEndAsync());
        Assert.Equal(0, (await tool.ExitAsync()).ExitCode);
        Assert.StartsWith("POST / HTTP/1.1\r\n", sent);
        Assert.Contains("\r\nContent-Type: text/plain\r\n", sent);
        Assert.Contains("\r\nContent-Length: 5\r\n", sent);
    }

    [Fact]
    public async Task JsonHasAllOfTheAnswerAndTimingsThatAddUp()
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(number == 0
                ? "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\n\u00FF\u00FE");
        });
        var result = await CapturedOutput.OfAsync($"fetch {server.Root}/ --follow --json");
        JsonElement json = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal(200, json.GetProperty("status").GetInt32());
        Assert.Equal($"{server.Root}/next", json.GetProperty("request").GetProperty("url").GetString());
        Assert.Equal(302, json.GetProperty("redirects")[0].GetProperty("status").GetInt32());
        Assert.Equal("2", json.GetProperty("headers")[1].GetProperty("value").GetString());
        Assert.Equal([0xFF, 0xFE], json.GetProperty("body_base64").GetBytesFromBase64());
        decimal[] phases = [.. json.GetProperty("timings").EnumerateObject().Select(one => one.Value.GetDecimal())];
        Assert.Equal(phases[^1], phases[..^1].Sum());
    }

    [Fact]
    public async Task WaterfallAddsUp()
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\n\r\nbody");
        var result = await CapturedOutput.OfAsync($"fetch http://localhost:{server.Port} --timing");
        Assert.Equal("body", result.Out);
        (string Label, decimal Number)[] rows = [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Regex.Match(line, @"^(.*?) *[█▏]* *([\d,]+\.\d\d) ms$"))
            .Select(row => (row.Groups[1].Value, decimal.Parse(row.Groups[2].Value.Replace(",", ""))))];
        Assert.Equal(
            ["start", "name look-up", "connect", "send", "wait", "transfer", "total"], rows.Select(row => row.Label));
        Assert.Equal(rows[^1].Number, rows[..^1].Sum(row => row.Number));
    }

    [Theory]
    [InlineData("", ExitCode.Done, "")]
    [InlineData("--fail", ExitCode.Negative, "answered 503 Busy\n")]
    public async Task StatusDecidesTheExitCodeWhenItIsAskedTo(string option, int code, string error)
    {
        await using var server = new ScriptedServer("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno");
        var result = await CapturedOutput.OfAsync($"fetch {server.Root} {option}");
        Assert.Equal((code, "no"), (result.ExitCode, result.Out));
        Assert.EndsWith(error, result.Error);
    }

    [Fact]
    public async Task RedirectsAreFollowedOnlyWhenAsked()
    {
        await using var server = new ScriptedServer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(0, (await CapturedOutput.OfAsync($"fetch {server.Root}")).ExitCode);
        Assert.Equal(1, server.Connections);
        var result = await CapturedOutput.OfAsync($"fetch {server.Root} -L --max-redirects 3");
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.EndsWith($"leads to {server.Root}/; --max-redirects follows more", result.Error.TrimEnd());
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("poll")]
    [InlineData("async")]
    public async Task UnixSocketAndModelAreChosen(string model)
    {
        string path = $"@sockeye-fetch-{model}-{Environment.ProcessId}";
        await using FetchScene scene = await FetchScene.StartAsync(
            "epoll", FetchScene.ServeAsync, endpoint: $"unix:{path}");
        var result = await CapturedOutput.OfAsync($"fetch http://name.test/echo a=1 --unix {path} --io {model}");
        Assert.Equal(("{\"a\":\"1\"}", ""), (result.Out, result.Error));
    }

    [Fact]
    public async Task WhoeverReadsMayStop()
    {
        await using FetchScene scene = await FetchScene.StartAsync("epoll", FetchScene.ServeAsync);
        await using var tool = ToolProcess.Start("fetch", $"{scene.Root}/large");
        Assert.NotEqual(0, await tool.Output.ReadAsync(new byte[10]));
        tool.Output.Close();
        Assert.Equal((0, ""), await tool.ExitAsync());
    }
}
