using System.Net;
using System.Net.Sockets;
using System.Text;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>Conversations in datagrams.</summary>
public sealed class ConnectDatagramTests
{
    /// <summary>A model of each family that can run everywhere.</summary>
    public static TheoryData<string> Models => ["epoll", "threads"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task EachLineIsADatagramAndAnswersAreWrittenOut(string model)
    {
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        string endpoint = $"udp://127.0.0.1:{((IPEndPoint)peer.Client.LocalEndPoint!).Port}";
        await using var tool = ToolProcess.Start("connect", endpoint, "--io", model, "--wait", "1s");
        await tool.WriteAsync("one\ntwo\nthree");
        tool.Input.Close();
        foreach (string expected in (string[])["one\n", "two\n", "three"])
        {
            UdpReceiveResult received = await peer.ReceiveAsync().WaitAsync(ToolProcess.TimeOut);
            Assert.Equal(expected, Encoding.UTF8.GetString(received.Buffer));
            await peer.SendAsync(Encoding.UTF8.GetBytes(expected.ToUpperInvariant()), received.RemoteEndPoint);
        }

        Assert.Equal("ONE\nTWO\nTHREE", await tool.ReadTextAsync());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    [InlineData("async")]
    public async Task ThatNobodyListensIsToldAsForAStream(string model)
    {
        await using var tool = ToolProcess.Start("connect", "udp://:1", "--io", model);
        await tool.WriteAsync("one\ntwo\n");
        string sentence = "sockeye: cannot send to udp://127.0.0.1:1: nobody listens there (ECONNREFUSED); "
            + "start the server, or check the port\n";
        Assert.Equal((ExitCode.Network, sentence), await tool.ExitAsync());
    }

    [Fact]
    public async Task NoAnswerToADatagramIsANegativeResult()
    {
        using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        string endpoint = $"udp://127.0.0.1:{((IPEndPoint)peer.Client.LocalEndPoint!).Port}";
        await using var tool = ToolProcess.Start("connect", endpoint, "--whole", "--wait", "100ms");
        await tool.WriteAsync("two\nlines\n");
        tool.Input.Close();
        Assert.Equal("two\nlines\n", Encoding.UTF8.GetString((await peer.ReceiveAsync()).Buffer));
        Assert.Equal(
            (ExitCode.Negative, $"sockeye: {endpoint} did not answer in the time of --wait\n"), await tool.ExitAsync());
    }
}
