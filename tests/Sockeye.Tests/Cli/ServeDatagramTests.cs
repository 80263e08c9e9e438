using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Serving;

namespace Sockeye.Tests.Cli;

/// <summary>The built tool serves datagrams, and counts them.</summary>
public sealed class ServeDatagramTests
{
    [Fact]
    public async Task EchoesTheLongestDatagramWhole()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "echo", "udp://127.0.0.1:0", "--json", "--quiet");
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, await tool.PortAsync());
        byte[] datagram = new byte[DatagramSocket.DataBytesMax];
        new Random(1).NextBytes(datagram);
        await client.SendAsync(datagram);
        Assert.Equal(datagram, (await client.ReceiveAsync().WaitAsync(ToolProcess.TimeOut)).Buffer);
        await tool.StopAsync();
    }

    [Fact]
    public async Task GreetDelaysDatagramsBesideEachOther()
    {
        await using ToolProcess tool = ToolProcess.Start(
            "serve", "greet", "udp://127.0.0.1:0", "--delay", "200ms", "--json", "--quiet");
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, await tool.PortAsync());
        for (int i = 0; i < 20; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"guest {i:00}"));
        }

        for (int i = 0; i < 20; i++)
        {
            byte[] reply = (await client.ReceiveAsync().WaitAsync(ToolProcess.TimeOut)).Buffer;
            Assert.Equal($"Hello, guest {i:00}!", Encoding.ASCII.GetString(reply));
        }

        await tool.StopAsync();
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    [InlineData("async")]
    public async Task TellsOfEachPeerOnceAndOfItsDatagramsAtTheEnd(string model)
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "greet", "udp://127.0.0.1:0", "--io", model);
        string listening = await tool.ExpectAsync(";");
        int port = Endpoint.Parse(listening.Split(' ')[2]).Port;
        List<string> expected = [];
        foreach (string name in (string[])["Ada", "Grace"])
        {
            using var client = new UdpClient();
            client.Connect(IPAddress.Loopback, port);
            for (int i = 0; i < 2; i++)
            {
                await client.SendAsync(Encoding.ASCII.GetBytes(name));
                await client.ReceiveAsync().WaitAsync(ToolProcess.TimeOut);
            }

            expected.Add($"udp://{client.Client.LocalEndPoint}");
        }

        string error = await tool.StopAsync();
        Assert.StartsWith(
            $"{expected[0]} sends datagrams to udp://127.0.0.1:{port}\n" +
            $"{expected[1]} sends datagrams to udp://127.0.0.1:{port}\n",
            error);
        Assert.Contains($"\n{expected[0]}: 2 datagrams, 6 B in; 2 datagrams, 22 B out\n", error);
        Assert.Contains($"\n{expected[1]}: 2 datagrams, 10 B in; 2 datagrams, 26 B out\n", error);
        Assert.Matches(@"\nserved 4 datagrams, answered 4, lost 0; 16 B in, 48 B out, in \d+\.\d s\n$", error);
    }

    [Fact]
    public async Task AnswersGoOnWhenTheLogCannotBeWritten()
    {
        string command = string.Join(' ', ToolProcess.Command);
        await using ToolProcess tool = ToolProcess.StartOther(
            ["sh", "-c", $"exec env --default-signal=INT {command} serve echo udp://127.0.0.1:0 2>/dev/full"]);
        string listening = await tool.ExpectAsync(";");
        int port = Endpoint.Parse(listening.Split(' ')[2]).Port;
        for (int i = 0; i < 3; i++)
        {
            using var client = new UdpClient(); // Each is a new peer, of whom the log tells.
            client.Connect(IPAddress.Loopback, port);
            await client.SendAsync("x"u8.ToArray());
            Assert.Equal("x"u8.ToArray(), (await client.ReceiveAsync().WaitAsync(ToolProcess.TimeOut)).Buffer);
        }

        await tool.StopAsync();
    }

    [Fact]
    public async Task JsonTellsTheSame()
    {
        await using ToolProcess tool = ToolProcess.Start("serve", "discard", "udp://127.0.0.1:0", "--json");
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, await tool.PortAsync());
        await client.SendAsync("12345"u8.ToArray());
        string log = await tool.ExpectAsync("first_datagram");
        await tool.InterruptAsync();
        log += await tool.ReadTextAsync();
        JsonElement[] lines = [.. log.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(
            ["first_datagram", "stopping", "datagrams", "summary"],
            lines.Select(line => line.GetProperty("type").GetString()!));
        Assert.Equal($"udp://{client.Client.LocalEndPoint}", lines[2].GetProperty("peer").GetString());
        Assert.Equal(5, lines[2].GetProperty("received_bytes").GetInt64());
        Assert.Equal(1, lines[3].GetProperty("received_datagrams").GetInt64());
        Assert.Equal(0, lines[3].GetProperty("sent_datagrams").GetInt64());
        Assert.Equal(5, lines[3].GetProperty("received_bytes").GetInt64());
        Assert.Equal((ExitCode.Done, ""), await tool.ExitAsync());
    }

    [Fact]
    public async Task PeersBeyondTheTableAreInTheTotalsOnly()
    {
        await using Network network = Network.Open();
        await network.RunAsync(async () =>
        {
            await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("udp://127.0.0.1:0"));
            int told = 0;
            var counts = new DatagramCounts((_, _) => told++);
            for (int i = 0; i < DatagramCounts.PeersMax + 3; i++)
            {
                PeerAddress peer = socket.AddressOf(Endpoint.Parse($"udp://192.0.2.1:{10_000 + i}"));
                counts.Add(peer, new DatagramCounts.Tally(1, 10, 0, 0), socket);
                counts.Add(peer, new DatagramCounts.Tally(1, 10, 1, 1), socket);
            }

            Assert.Equal(DatagramCounts.PeersMax, told);
            Assert.Equal(DatagramCounts.PeersMax, counts.Peers.Length);
            Assert.All(counts.Peers, one => Assert.Equal(new DatagramCounts.Tally(2, 20, 1, 1), one.Value));
            const int All = DatagramCounts.PeersMax + 3;
            Assert.Equal(new DatagramCounts.Tally(2 * All, 20 * All, All, All), counts.Total);
            return true;
        });
    }
}
