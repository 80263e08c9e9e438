using System.Net.Sockets;
using Sockeye.Linux;
using Sockeye.Tests.Adapters;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Tests.Engines;

/// <summary>Datagrams that leave as one message, where the kernel cannot cut it apart.</summary>
public sealed class DatagramMergingTests
{
    /// <summary>SO_NO_CHECK, under which the kernel refuses to cut: the checksums would have to be made then.</summary>
    private const int NoChecksum = 11;

    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task WhatTheKernelCannotCutApartLeavesOneByOne(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("udp://127.0.0.1:0"));
            using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            receiver.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            receiver.ReceiveTimeout = (int)Served.TimeOut.TotalMilliseconds;
            PeerAddress peer = socket.AddressOf(Endpoint.Parse($"udp://{receiver.LocalEndPoint}"));
            int descriptor = DescriptorOf(socket.LocalEndpoint.Port);
            Assert.True(Interop.Setsockopt(descriptor, (SocketOption)NoChecksum, 1).Ok);
            byte[] buffer = new byte[10];
            for (int round = 1; round <= 2; round++)
            {
                for (int i = 0; i < 5; i++)
                {
                    Assert.True(socket.Send([(byte)round, (byte)i], peer));
                }

                Assert.Equal(End.None, await socket.FlushAsync());
                Assert.Equal((5 * round, 0), (socket.DatagramsSent, socket.DatagramsFailed));
                for (int i = 0; i < 5; i++)
                {
                    Assert.Equal(2, receiver.Receive(buffer));
                    Assert.Equal([(byte)round, (byte)i], buffer[..2]);
                }
            }

            return true;
        }).WaitAsync(Served.TimeOut);
    }

    /// <summary>The descriptor of ours that is bound to the port.</summary>
    private static int DescriptorOf(int port) => Directory.EnumerateFiles("/proc/self/fd")
        .Select(path => int.Parse(Path.GetFileName(path)))
        .First(one => Interop.Getsockname(one, out SocketAddress name).Ok && name.Port == port);
}
