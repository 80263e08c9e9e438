using System.Globalization;
using System.Net.Sockets;

namespace Sockeye.Tests.Cli;

/// <summary>Several members of one chat.</summary>
public sealed class ServeChatTests
{
    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    [Fact]
    public async Task ChatTellsEverybodyElseWhatWasSaidAndWhoCameAndLeft()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "chat", "tcp://127.0.0.1:0", "--json", "--quiet");
        int port = await tool.PortAsync();
        using ServeClient ada = ServeClient.Connect(port);
        ada.Expect("* you are guest1, you are the first\n");
        using (ServeClient grace = ServeClient.Connect(port))
        {
            grace.Expect("* you are guest2, with guest1\n");
            ada.Expect("* guest2 joined\n");
            ada.Send("hi\n");
            grace.Expect("guest1: hi\n");
            grace.Send("hello\r\n");
            ada.Expect("guest2: hello\n");
        }

        ada.Expect("* guest2 left\n");
        await tool.StopAsync();
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task MemberWhoReadsNothingIsDroppedAndTheOthersMissNothing(string model)
    {
        const int Lines = 20_000;
        const int LinesAtOnce = 100;        // Fewer than may wait for a member: who reads is never dropped.
        const int PeakKilobytesMax = 150_000;
        string text = new('x', 4_000);
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "chat", "tcp://127.0.0.1:0", "--io", model, "--json", "--quiet");
        int port = await tool.PortAsync();
        using ServeClient speaker = ServeClient.Connect(port);
        speaker.Expect("* you are guest1, you are the first\n");
        using ServeClient listener = ServeClient.Connect(port);
        using var heard = new StreamReader(new NetworkStream(listener.Socket));
        Assert.Equal("* you are guest2, with guest1", await heard.ReadLineAsync());
        using ServeClient deaf = ServeClient.Connect(port, receiveBufferBytes: 4_096);
        Assert.Equal("* guest3 joined", await heard.ReadLineAsync());

        int droppedAfter = 0;
        string batch = string.Concat(Enumerable.Repeat(text + "\n", LinesAtOnce));
        for (int line = 0; line < Lines; line += LinesAtOnce)
        {
            speaker.Send(batch);
            for (int i = 0; i < LinesAtOnce; i++)
            {
                string? next = await heard.ReadLineAsync().WaitAsync(ToolProcess.TimeOut);
                if (next == "* guest3 left")
                {
                    droppedAfter = line + i;
                    next = await heard.ReadLineAsync().WaitAsync(ToolProcess.TimeOut);
                }

                Assert.Equal($"guest1: {text}", next);
            }
        }

        Assert.InRange(droppedAfter, 1, Lines / 2);
        string status = await File.ReadAllTextAsync($"/proc/{tool.Id}/status");
        string peak = status.Split("VmHWM:")[1].Trim().Split(' ')[0];
        Assert.InRange(int.Parse(peak, CultureInfo.InvariantCulture), 1, PeakKilobytesMax);
        await tool.StopAsync();
    }
}
