using System.Net;
using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Tests.Adapters;

namespace Sockeye.Tests.Engines;

/// <summary>A peer that is gone while the handler is busy elsewhere: the engine looks away from it, and neither forgets
/// the connection nor misses the next read.</summary>
public sealed class HangUpTests
{
    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(m => m.WhyUnavailable() is null).Select(m => m.Name)];

    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task AReadThatTheNewsOfTheLossBeginsEnds(string model)
    {
        var watching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Served served = await Served.StartAsync(
            async c =>
            {
                // Goes on inside the callback, before the engine is done with the hang-up.
                var lost = new TaskCompletionSource();
                await using CancellationTokenRegistration _ = c.Lost.Register(lost.SetResult);
                watching.SetResult();
                await lost.Task;
                while (await c.ReadAsync() is { IsEmpty: false } received)
                {
                    c.Consume(received.Length);
                }

                Assert.Equal(End.Reset, c.Ended);
            },
            model);
        Socket peer = await served.ConnectAsync();
        await Served.SendAsync(peer, "last words");
        await watching.Task.WaitAsync(Served.TimeOut);
        Served.Reset(peer);
        await served.Done;
    }

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task AClientWhosePeerIsGoneKeepsItsOwner(string model)
    {
        using Socket listener = Listen();
        await using Network network = Open(model);
        await Task.Run(async () =>
        {
            Connection client = await network.ConnectAsync(EndpointOf(listener));
            var loop = (Loop)client.Owner;
            Task lost = ResetAndTell(client, listener);

            // Long enough for a thread that has nothing else to do to end, if it thinks so.
            await Task.WhenAny(loop.Ended, Task.Delay(200));
            await lost;
            Assert.False(loop.Ended.IsCompleted);
            Assert.True(client.Owner.IsCurrent);
            Received received = await client.ReadAsync();
            Assert.Equal((0, End.Reset), (received.Length, received.End));
            await client.DisposeAsync();
        }).WaitAsync(Served.TimeOut);
    }

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task AClientWhosePeerIsGoneIsClosedWithTheNetwork(string model)
    {
        using Socket listener = Listen();
        Network network = Open(model);
        Connection? client = null;
        await Task.Run(async () =>
        {
            client = await network.ConnectAsync(EndpointOf(listener));
            await ResetAndTell(client, listener);
            await Task.Delay(1).ConfigureAwait(false); // Away from its loop, which is about to end.
        }).WaitAsync(Served.TimeOut);
        await network.DisposeAsync().AsTask().WaitAsync(Served.TimeOut);
        Assert.True(client!.IsClosed);
        await client.DisposeAsync().AsTask().WaitAsync(Served.TimeOut);
    }

    /// <summary>Has the peer reset the connection, and completes when the engine has noticed.</summary>
    private static async Task ResetAndTell(Connection client, Socket listener)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Lost.Register(lost.SetResult);
        Served.Reset(await listener.AcceptAsync());
        await lost.Task;
    }

    private static Network Open(string model) => Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static Endpoint EndpointOf(Socket listener) =>
        Endpoint.From((IPEndPoint)listener.LocalEndPoint!, EndpointScheme.Tcp);
}
