using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Which end of a conversation ends first, and how: the eight cases, against a plain socket.</summary>
public sealed class ConnectEndsTests
{
    /// <summary>A model of each family that can run everywhere.</summary>
    public static TheoryData<string> Models => ["epoll", "threads"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case1InputEndsFirstAndTheAnswerStillComes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await tool.WriteAsync("question");
        tool.Input.Close();
        Assert.Equal("question", await peer.ReadTextAsync());
        await peer.SendAsync("ans");
        await tool.ExpectAsync("ans");
        await peer.SendAsync("wer");
        peer.Finish();
        Assert.Equal("wer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case2InputEndsAndThePeerNeverClosesSoWaitDoes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model, "--wait", "300ms");
        await peer.AcceptAsync();
        await peer.SendAsync("before");
        await tool.ExpectAsync("before");
        tool.Input.Close();
        Assert.Equal("", await peer.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task NothingIsWaitedForWhenWaitIsZero()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--wait", "0");
        await peer.AcceptAsync();
        await tool.WriteAsync("all of it");
        tool.Input.Close();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal("all of it", await peer.ReadTextAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case3PeerHalfClosesFirstAndThePipeIsSentToItsEnd(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("bye");
        peer.Finish();
        await tool.ExpectAsync("bye");
        await tool.WriteAsync("more");
        await peer.ExpectAsync("more");
        await tool.WriteAsync("last");
        tool.Input.Close();
        Assert.Equal("last", await peer.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [NeedsFact("script")]
    public async Task Case3PeerHalfClosesFirstAndATerminalIsLeft()
    {
        using var peer = new TestPeer();
        string line = string.Join(' ', [.. ToolProcess.Command, "connect", peer.Endpoint]);
        await using var terminal = ToolProcess.StartOther(["script", "-qec", line, "/dev/null"]);
        await peer.AcceptAsync();
        await terminal.ExpectAsync("connected to tcp://127.0.0.1:");
        await terminal.WriteAsync("typed\n");
        await peer.ExpectAsync("typed\n");
        await peer.SendAsync("bye");
        peer.Finish();
        await terminal.ExpectAsync("the peer finished");
        Assert.Equal("", await peer.ReadTextAsync());
        Assert.Equal(ExitCode.Done, (await terminal.ExitAsync()).ExitCode);
    }

    [NeedsFact("script")]
    public async Task EndOfFileTypedAtATerminalFinishes()
    {
        using var peer = new TestPeer();
        string line = string.Join(' ', [.. ToolProcess.Command, "connect", peer.Endpoint]);
        await using var terminal = ToolProcess.StartOther(["script", "-qec", line, "/dev/null"]);
        await peer.AcceptAsync();
        await terminal.ExpectAsync("connected to tcp://127.0.0.1:");
        await terminal.WriteAsync("typed\n\u0004");
        Assert.Equal("typed\n", await peer.ReadTextAsync());
        await peer.SendAsync("answer\n");
        peer.Finish();
        await terminal.ExpectAsync("closed tcp://127.0.0.1:");
        Assert.Equal(ExitCode.Done, (await terminal.ExitAsync()).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case4BothHalfCloseAtOnceAndBothGetEverything(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await tool.WriteAsync("from us");
        tool.Input.Close();
        await peer.AcceptAsync();
        await peer.SendAsync("from the peer");
        peer.Finish();
        Assert.Equal("from us", await peer.ReadTextAsync());
        Assert.Equal("from the peer", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case5PeerResetsWhileNothingIsTypedAndWeLeaveAtOnce(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        await tool.ExpectAsync("early");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task PeerThatFinishedAndThenResetsIsLeftAtOnce(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        peer.Finish();
        await tool.ExpectAsync("early");
        await tool.WriteAsync("more");
        await peer.ExpectAsync("more");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case6PeerResetsWhileWeSend(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        Task feeding = tool.FeedUntilItBreaksAsync();
        await peer.AcceptAsync();
        await peer.SendAsync("early");
        await tool.ExpectAsync("early");
        await peer.ExpectAsync("yyyy");
        peer.Reset();
        AssertReset(await tool.ExitAsync());
        await feeding.WaitAsync(ToolProcess.TimeOut);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case7ReaderOfOurOutputGoesAwayAndWeStopQuietly(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        await peer.AcceptAsync();
        await peer.SendAsync("first line\n");
        await tool.ExpectAsync("first line");
        tool.Output.Close();
        await peer.SendAsync("second line\n");
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("--hex")]
    [InlineData("--json")]
    public async Task Case7HoldsForEveryShapeOfOutput(string option)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, option);
        await peer.AcceptAsync();
        await peer.SendAsync("first line\n");
        await tool.ExpectAsync(option == "--hex" ? "|first line.|" : "\"received\"");
        tool.Output.Close();
        await peer.SendAsync("second line\n");
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Case8InterruptClosesGracefullyAndKeepsWhatStillComes(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model, "-v");
        await peer.AcceptAsync();
        await tool.WriteAsync("sent");
        await peer.ExpectAsync("sent");
        await peer.SendAsync("first");
        await tool.ExpectAsync("first");
        await tool.InterruptAsync();
        Assert.Equal("", await peer.ReadTextAsync());
        await peer.SendAsync("last");
        peer.Finish();
        Assert.Equal("last", await tool.ReadTextAsync());
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(
            $@"^connected to tcp://127\.0\.0\.1:{peer.Port} from tcp://127\.0\.0\.1:\d+ \({model}\)\n", error);
        Assert.Matches($@"closed tcp://127\.0\.0\.1:{peer.Port}: .*; 9 B in, 4 B out, in [0-9.]+ s\n$", error);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task InterruptWithOutputThatThePeerDoesNotTakeSaysSo(string model)
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        int chunks = 0;
        Task feeding = tool.FeedUntilItBreaksAsync(() => chunks++);
        await peer.AcceptAsync();
        for (int before = -1; before != Volatile.Read(ref chunks);)
        {
            before = Volatile.Read(ref chunks); // Once nothing moves for two seconds, every buffer on the way is full.
            await Task.Delay(2_000);
        }

        await tool.InterruptAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.Equal(ExitCode.Network, code);
        Assert.StartsWith("sockeye: stopped before tcp://127.0.0.1:", error);
        await feeding.WaitAsync(ToolProcess.TimeOut);
    }

    private static void AssertReset((int ExitCode, string Error) result)
    {
        Assert.Equal(ExitCode.Network, result.ExitCode);
        Assert.Matches(
            @"^sockeye: tcp://127\.0\.0\.1:\d+ reset the connection; what came before is written out\n$", result.Error);
    }
}
