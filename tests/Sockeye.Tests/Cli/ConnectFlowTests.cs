using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Much data, and ends that do not take it.</summary>
public sealed class ConnectFlowTests
{
    public static TheoryData<string> AllModels =>
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(AllModels))]
    public async Task TwentyMegabytesGoBothWaysUnchanged(string model)
    {
        byte[] sent = new byte[20_000_000];
        new Random(1).NextBytes(sent);
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint, "--io", model);
        Task<byte[]> output = tool.ReadToEndAsync();
        Task feeding = tool.FeedAsync(sent);
        await peer.AcceptAsync();
        byte[] chunk = new byte[65_536];
        int count;
        while ((count = await peer.Socket.ReceiveAsync(chunk.AsMemory()).AsTask().WaitAsync(ToolProcess.TimeOut)) > 0)
        {
            await peer.Socket.SendAsync(chunk.AsMemory(0, count)).AsTask().WaitAsync(ToolProcess.TimeOut);
        }

        peer.Finish();
        await feeding.WaitAsync(ToolProcess.TimeOut);
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
        Assert.Equal(Fingerprint.Of(sent), Fingerprint.Of(await output));
    }

    [Fact]
    public async Task MemoryStaysBoundedWhileThePeerTakesNothing()
    {
        byte[] sent = new byte[150_000_000];
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        Task feeding = tool.FeedAsync(sent);
        await peer.AcceptAsync();
        await Task.Delay(500); // Makes the test stronger, not right: a tool without a bound would read on.
        Assert.False(feeding.IsCompleted);
        long received = 0;
        byte[] chunk = new byte[65_536];
        while (received < sent.Length)
        {
            received += await peer.Socket.ReceiveAsync(chunk.AsMemory()).AsTask().WaitAsync(ToolProcess.TimeOut);
        }

        string status = await File.ReadAllTextAsync($"/proc/{tool.Id}/status");
        long peak = long.Parse(status.Split("VmHWM:")[1].Trim().Split(' ')[0], null);
        Assert.InRange(peak, 1, 130_000);
        peer.Finish();
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task SlowReaderOfOurOutputStopsThePeer()
    {
        using var peer = new TestPeer();
        await using var tool = ToolProcess.Start("connect", peer.Endpoint);
        tool.Input.Close();
        await peer.AcceptAsync();
        byte[] chunk = new byte[100_000_000];
        ValueTask<int> sending = peer.Socket.SendAsync(chunk.AsMemory());
        await Task.Delay(500); // Makes the test stronger, not right.
        Assert.False(sending.IsCompleted);
        Task<byte[]> output = tool.ReadToEndAsync();
        Assert.Equal(chunk.Length, await sending.AsTask().WaitAsync(ToolProcess.TimeOut));
        peer.Finish();
        Assert.Equal(chunk.Length, (await output).Length);
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }
}
