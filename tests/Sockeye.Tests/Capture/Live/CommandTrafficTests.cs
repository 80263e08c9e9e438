using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sockeye.Capture;
using Sockeye.Capture.Linux;
using Sockeye.Wire;

namespace Sockeye.Tests.Capture.Live;

/// <summary>What the kernel tells of the flows of a command.</summary>
public sealed class CommandTrafficTests
{
    /// <summary>For each line that it reads: 200 datagrams, each of a new flow, then one of an old flow.</summary>
    private const string ManyFlows = """
        use Socket; $| = 1; socket(S, PF_INET, SOCK_DGRAM, 17);
        while (<STDIN>) {
            for (1..200) { $n++; send(S, "x", 0, pack_sockaddr_in(9, pack("C4", 127, 66, $n >> 8, $n & 255))) }
            send(S, "last", 0, pack_sockaddr_in($ARGV[0], INADDR_LOOPBACK)); print "sent\n"
        }
        """;

    /// <summary>A datagram that is longer than the packets of loopback, then a short one.</summary>
    private const string LongDatagram = """
        use Socket; socket(S, PF_INET6, SOCK_DGRAM, 17);
        $to = Socket::pack_sockaddr_in6($ARGV[0], Socket::IN6ADDR_LOOPBACK);
        send(S, "x" x 65500, 0, $to) or die $!; send(S, "y", 0, $to) or die $!
        """;

    [CommandFact("perl")]
    public async Task FlowThatGoesOnIsNotForgottenForTheNewOnes()
    {
        const int Rounds = 10;
        using var datagrams = new Datagrams();
        using LiveCapture capture = LiveCapture.Open(new LiveCaptureOptions
        {
            Interface = "lo",
            Filter = $"udp and (port {datagrams.Port} or dst net 127.66.0.0/16)",
        });
        using CommandTraffic traffic = CommandTraffic.Open(TimeProvider.System, flowsMax: 1_024);
        using Process command = traffic.Start(Perl(ManyFlows, datagrams.Port));
        int others = 0;
        for (int i = 0; i < Rounds; i++)
        {
            await command.StandardInput.WriteLineAsync("go");
            Assert.Equal("sent", await command.StandardOutput.ReadLineAsync().WaitAsync(Patience.Time));
            bool isLast = false;
            while (!isLast)
            {
                Assert.Equal(CaptureWait.Ready, capture.Wait(Patience.Time));
                while (capture.TryRead(out CapturedFrame frame))
                {
                    isLast = frame.Bytes[^4..].SequenceEqual("last"u8);
                    Assert.True(traffic.Owns(frame), $"round {i}: {others} others so far");
                    others += isLast ? 0 : 1;
                }
            }
        }

        Assert.Equal(Rounds * 200, others);
        command.StandardInput.Close();
        await command.WaitForExitAsync().WaitAsync(Patience.Time);
    }

    [CommandFact("perl")]
    public async Task EveryFragmentOfIpv6BelongsToTheCommand()
    {
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        int port = ((IPEndPoint)receiver.Client.LocalEndPoint!).Port;
        using LiveCapture capture = LiveCapture.Open(
            new LiveCaptureOptions { Interface = "lo", Filter = "ip6 and host ::1" });
        using CommandTraffic traffic = CommandTraffic.Open(TimeProvider.System);
        using Process command = traffic.Start(Perl(LongDatagram, port));
        await command.WaitForExitAsync().WaitAsync(Patience.Time);
        Assert.Equal(0, command.ExitCode);
        Assert.Equal(65_500, (await receiver.ReceiveAsync().WaitAsync(Patience.Time)).Buffer.Length);
        capture.Stop();
        var kinds = new List<byte>();
        while (capture.Wait(Timeout.InfiniteTimeSpan) != CaptureWait.Ended)
        {
            while (capture.TryRead(out CapturedFrame frame))
            {
                if (traffic.Owns(frame))
                {
                    kinds.Add(frame.Bytes[14 + 6]); // The next header, behind that of Ethernet.
                }
            }
        }

        Assert.Equal([44, 44, 17], kinds);
    }

    [Fact]
    public void GroupThatCannotBeMadeLeavesNothingBehind()
    {
        // An ordinary folder has no list of members.
        string folder = Directory.CreateTempSubdirectory("sockeye-group").FullName;
        try
        {
            Assert.Throws<CaptureException>(() => ControlGroup.Make(folder));
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ProcessStartInfo Perl(string program, int port) => new("perl", ["-e", program, $"{port}"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    };
}
