using System.Net;
using System.Net.Sockets;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Engines;

/// <summary>A server of datagrams that cannot be started.</summary>
public sealed class DatagramListenTests
{
    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    public static TheoryData<string> OneOfEachFamily { get; } =
        [.. new[] { "uring", "epoll", "threads", "async" }.Where(m => IoModel.Parse(m).WhyUnavailable() is null)];

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task AfterAFailureThePortIsFree(string model)
    {
        Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 2 });
        await network.DisposeAsync();
        var address = new IPEndPoint(IPAddress.Loopback, 0);
        using (var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
        {
            free.Bind(address);
            address = (IPEndPoint)free.LocalEndPoint!;
        }

        // The sockets are bound before a loop or a thread is asked for, which a disposed network has none of.
        await Assert.ThrowsAnyAsync<Exception>(async () => await network.ListenAsync(
            Endpoint.From(address, EndpointScheme.Udp), (DatagramSocket _) => default));
        using var after = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        after.Bind(address);
    }

    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public async Task AStopWaitsForAHandlerWhoseSocketIsClosedAlready(string model)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(
            Endpoint.Parse("udp://127.0.0.1:0"),
            async (DatagramSocket socket) =>
            {
                await socket.DisposeAsync();
                closed.SetResult();
                await goOn.Task;
            },
            Handlers.SoonAborted);
        await closed.Task;
        Assert.False(await listener.StopAsync(TimeSpan.FromMilliseconds(1)), "the handler still runs");
        goOn.SetResult();
        Assert.True(await listener.StopAsync(Timeout.InfiniteTimeSpan));
    }
}
