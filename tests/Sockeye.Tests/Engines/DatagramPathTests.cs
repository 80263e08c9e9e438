using System.Diagnostics;
using System.Net.Sockets;
using Sockeye.Tests.Adapters;

namespace Sockeye.Tests.Engines;

/// <summary>Unix datagram sockets: whose path it is, and how long a peer that does not receive is waited for.</summary>
public sealed class DatagramPathTests : IDisposable
{
    /// <summary>What the engines wait for a peer, less what the coarse clocks of both may be off.</summary>
    private static readonly TimeSpan s_leastWait = TimeSpan.FromMilliseconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("sockeye-").FullName;

    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(m => m.WhyUnavailable() is null).Select(m => m.Name)];

    /// <summary>The runtime's sockets delete the path that they bound, whoever has it now.</summary>
    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    /// <summary>Those on which a flush that waits gives the handler back the control.</summary>
    public static TheoryData<string> EventModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "blocking" && m.WhyUnavailable() is null).Select(m => m.Name)];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task ThePathOfOneWhoCameAfterUsIsLeftAlone(string model)
    {
        string path = Path.Combine(_directory, "s");
        var endpoint = Endpoint.Parse($"unixgram:{path}");
        await RunAsync(model, async network =>
        {
            DatagramSocket ours = await network.BindAsync(endpoint);
            File.Delete(path);
            using var successor = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            successor.Bind(new UnixDomainSocketEndPoint(path));
            await ours.DisposeAsync();
            Assert.True(File.Exists(path));
            using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            client.SendTo("hello"u8, new UnixDomainSocketEndPoint(path));
            Assert.Equal(5, successor.Receive(new byte[10]));
        });
    }

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task OurOwnPathIsRemoved(string model)
    {
        string path = Path.Combine(_directory, "s");
        await RunAsync(model, async network =>
        {
            await using (await network.BindAsync(Endpoint.Parse($"unixgram:{path}")))
            {
                Assert.True(File.Exists(path));
            }

            Assert.False(File.Exists(path));
        });
    }

    [Theory]
    [MemberData(nameof(Models))]
    public Task ADatagramForAPeerThatDoesNotReceiveIsDroppedAfterItsTimeAndCounted(string model) =>
        RunAsync(model, async network =>
        {
            await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("unixgram:@"));
            using Socket deaf = Deaf(socket, out PeerAddress peer);
            int sent = 0;
            TimeSpan waited = default;
            for (; socket.DatagramsFailed == 0; sent++)
            {
                Assert.True(socket.Send("hello"u8, peer));
                long began = Stopwatch.GetTimestamp();
                Assert.Equal(End.None, await socket.FlushAsync());
                waited = Stopwatch.GetElapsedTime(began);
            }

            Assert.InRange(waited, s_leastWait, Served.TimeOut);
            Assert.Equal((sent - 1, 1), (socket.DatagramsSent, socket.DatagramsFailed));
        });

    [Theory]
    [MemberData(nameof(EventModels))]
    public Task APeerThatReceivesInTimeGetsIt(string model) => RunAsync(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("unixgram:@"));
        using Socket deaf = Deaf(socket, out PeerAddress peer);
        int sent = 0;
        ValueTask<End> flush = default;
        while (flush.IsCompletedSuccessfully)
        {
            Assert.True(socket.Send(BitConverter.GetBytes(sent++), peer));
            flush = socket.FlushAsync();
        }

        byte[] received = new byte[sizeof(int)];
        Assert.Equal(sizeof(int), deaf.Receive(received));
        Assert.Equal(End.None, await flush);
        Assert.Equal((sent, 0), (socket.DatagramsSent, socket.DatagramsFailed));
        for (int i = 1; i < sent; i++)
        {
            deaf.Receive(received);
        }

        Assert.Equal(sent - 1, BitConverter.ToInt32(received));
    });

    /// <summary>A socket that receives only when the test does.</summary>
    private static Socket Deaf(DatagramSocket socket, out PeerAddress address)
    {
        string name = $"sockeye-{Guid.NewGuid():N}";
        var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Served.TimeOut.TotalMilliseconds,
        };
        deaf.Bind(new UnixDomainSocketEndPoint('\0' + name));
        address = socket.AddressOf(Endpoint.Parse($"unixgram:@{name}"));
        return deaf;
    }

    private static async Task RunAsync(string model, Func<Network, Task> test)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await network.RunAsync(() => test(network)).WaitAsync(Served.TimeOut);
    }
}
