using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>The eight cases of <see cref="ConnectEndsTests"/> again, against ncat and socat over TCP.</summary>
public sealed class ConnectPeersTests
{
    [NeedsFact("socat")]
    public async Task Case1SortAnswersOnceOurInputHasEnded()
    {
        await using var peer = await SocatAsync("EXEC:sort");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        await tool.FeedAsync("c\na\nb\n"u8.ToArray());
        Assert.Equal("a\nb\nc\n", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [NeedsFact("socat")]
    public async Task Case2PeerThatNeverClosesIsLeftAfterWait()
    {
        await using var peer = await SocatAsync("EXEC:'sleep 600'");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--wait", "300ms");
        tool.Input.Close();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [NeedsFact("ncat")]
    public async Task Case3PeerThatHalfClosesStillGetsOurInput()
    {
        await using var peer = await NcatAsync("");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        await peer.Process.FeedAsync("bye"u8.ToArray());
        await tool.ExpectAsync("bye");
        await tool.WriteAsync("more");
        await peer.Process.ExpectAsync("more");
        await tool.FeedAsync("last"u8.ToArray());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.EndsWith("last", await peer.Process.ReadTextAsync());
    }

    [NeedsFact("ncat")]
    public async Task Case4BothHalfCloseAndBothGetEverything()
    {
        await using var peer = await NcatAsync("");
        await peer.Process.FeedAsync("from the peer"u8.ToArray());
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        await tool.FeedAsync("from us"u8.ToArray());
        Assert.Equal("from the peer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.EndsWith("from us", await peer.Process.ReadTextAsync());
    }

    [NeedsFact("socat")]
    public async Task Case5PeerThatIsKilledAndResetsIsLeftAtOnce()
    {
        await using var peer = await SocatAsync("-", ",so-linger=0");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        await peer.Process.WriteAsync("early");
        await tool.ExpectAsync("early");
        peer.Process.Kill();
        AssertReset(await tool.ExitAsync());
    }

    [NeedsFact("ncat")]
    public async Task Case6PeerThatIsKilledWhileWeSendIsLeftAtOnce()
    {
        await using var peer = await NcatAsync("--send-only");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        Task feeding = tool.FeedUntilItBreaksAsync();
        await peer.Process.WriteAsync("early");
        await tool.ExpectAsync("early");
        peer.Process.Kill();
        AssertReset(await tool.ExitAsync());
        await feeding.WaitAsync(ToolProcess.TimeOut);
    }

    [NeedsFact("socat")]
    public async Task Case7HeadEndsAPipelineThatNeverWould()
    {
        await using var peer = await SocatAsync("EXEC:cat");
        string tool = string.Join(' ', ToolProcess.Command);
        await using var pipeline = ToolProcess.StartOther(
            ["bash", "-c", $"set -o pipefail; {{ yes || true; }} | {tool} connect {peer.Endpoint} | head -3"]);
        Assert.Equal("y\ny\ny\n", await pipeline.ReadTextAsync());
        Assert.Equal(ExitCode.Done, (await pipeline.ExitAsync()).ExitCode);
    }

    [NeedsFact("ncat")]
    public async Task Case8InterruptFinishesAndThePeerFinishesToo()
    {
        await using var peer = await NcatAsync("--exec /bin/cat");
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        await tool.WriteAsync("there and back");
        await tool.ExpectAsync("there and back");
        await tool.InterruptAsync();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        await peer.Process.ExitAsync();
    }

    private static void AssertReset((int ExitCode, string Error) result)
    {
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.EndsWith(" reset the connection; what came before is written out\n", result.Error);
    }

    /// <summary>Half-closed, socat waits 30 seconds for the other half, and not half a one.</summary>
    private static Task<OtherPeer> SocatAsync(string address, string option = "") =>
        OtherPeer.StartAsync($"socat -t 30 -d -d TCP-LISTEN:0,bind=127.0.0.1{option} {address}");

    /// <summary>Ncat does not say which port it was given, so it gets one that was free a moment ago.</summary>
    private static Task<OtherPeer> NcatAsync(string options)
    {
        int port;
        using (var free = new TestPeer())
        {
            port = free.Port;
        }

        return OtherPeer.StartAsync($"ncat -lv {options} 127.0.0.1 {port}");
    }

    /// <summary>Another program that listens, and says in its log at which port.</summary>
    private sealed record OtherPeer(ToolProcess Process, string Endpoint) : IAsyncDisposable
    {
        public static async Task<OtherPeer> StartAsync(string command)
        {
            var process = ToolProcess.StartOther(["bash", "-c", $"exec {command} 2>&1"]);
            string log = await process.ExpectAsync("127.0.0.1:");
            string line = log[(log.IndexOf("127.0.0.1:", StringComparison.Ordinal) + "127.0.0.1:".Length)..];
            line += line.Contains('\n') ? "" : await process.ExpectAsync("\n");
            return new OtherPeer(process, $"127.0.0.1:{line[..line.IndexOf('\n')].Trim()}");
        }

        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}
