using System.Text.Json;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>What is sent and shown, and where from and to.</summary>
public sealed class ConnectOutputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
}
