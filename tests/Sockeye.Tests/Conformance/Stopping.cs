using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>Graceful stop, and the end of a network.</summary>
public sealed class Stopping(MatrixPage page) : ConformanceArea(page)
{
    private static readonly TimeSpan s_long = Patience.Time;

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task WaitingReadersAreToldOnce(Scene scene)
    {
        List<End> ends = [];
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("."u8);
            await c.FlushAsync();
            ends.Add((await c.ReadAsync()).End);

            // In the middle of something: it reads on, and is not told again.
            c.Write("!"u8);
            await c.FlushAsync();
            Received received = await c.ReadAsync();
            ends.Add(received.End);
            Assert.Equal(4, received.Length);
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        ValueTask<bool> stopping = served.Listener.StopAsync(s_long);
        peer.Receive(1);
        peer.Send("last");
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        Assert.True(await stopping);
        await served.First;
        Assert.Equal([End.Shutdown, End.None], ends);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task ThoseWhoAreBusyAreToldAtTheirNextRead(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("."u8);
            await c.FlushAsync();
            await go.Task;
            c.Write("work in flight"u8);
            await c.FlushAsync();
            end = (await c.ReadAsync()).End;
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        ValueTask<bool> stopping = served.Listener.StopAsync(s_long);
        await Task.Delay(30);
        Assert.False(stopping.IsCompleted);
        go.SetResult();
        Assert.Equal("work in flight", peer.ReceiveTextToEnd());
        peer.Dispose();
        Assert.True(await stopping);
        Assert.Equal(End.Shutdown, end);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task TheDeadlineResetsTheRestAndTheResultTells(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("."u8);
            await c.FlushAsync();
            Assert.Equal(End.Shutdown, (await c.ReadAsync()).End);
            end = (await c.ReadAsync()).End; // Does not take the hint.
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        Assert.False(await served.Listener.StopAsync(TimeSpan.FromMilliseconds(150)));
        Assert.Single(scene.Events, one => one.Kind == NetworkEventKind.Closed);
        await served.First;
        Assert.Equal(End.Aborted, end);
        Assert.Equal(0, served.Listener.ConnectionCount);
        if (scene.PeersSeeResets)
        {
            Assert.True(peer.IsReset());
        }
        else
        {
            Assert.Empty(peer.ReceiveToEnd());
        }
    }

    [Behaviour]
    internal static async Task AStopWithoutADeadlineWaitsForEverybody(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Peer peer = served.Connect();
        peer.Send("x");
        peer.Receive(1);
        Task<bool> stopping = served.Listener.StopAsync(Timeout.InfiniteTimeSpan).AsTask();

        // Told of the stop, the handler has ended, and its connection lingers until the peer finishes.
        Assert.Empty(peer.ReceiveToEnd());
        peer.FinishSending();
        Assert.True(await stopping.WaitAsync(scene.End));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await served.Listener.StopAsync(TimeSpan.FromSeconds(-2)));
    }

    [Behaviour]
    internal static async Task AStopWithoutConnectionsIsDoneAtOnce(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Assert.True(await served.Listener.StopAsync(s_long));
        Assert.True(await served.Listener.StopAsync(s_long));
        await served.Listener.DisposeAsync();
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task TheStopClosesTheListeningSocketAtOnce(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("."u8);
            await c.FlushAsync();
            await go.Task;
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        ValueTask<bool> stopping = served.Listener.StopAsync(s_long);
        await scene.Until(
            () =>
            {
                using Socket late = Peer.New(served.Endpoint);
                try
                {
                    late.Connect(Peer.AddressOf(served.Endpoint));
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "nobody listens any more");
        Assert.False(stopping.IsCompleted);
        go.SetResult();
        Assert.Empty(peer.ReceiveToEnd());
        peer.Dispose();
        Assert.True(await stopping);
    }

    [Behaviour]
    internal static async Task OtherListenersGoOn(Scene scene)
    {
        Served one = await scene.ServeAsync(Handlers.Echo);
        Served two = await scene.ServeAsync(Handlers.Echo);
        Peer peer = two.Connect();
        peer.Send("x");
        peer.Receive(1);
        await one.Listener.DisposeAsync();
        peer.Send("x");
        peer.Receive(1);
        Peer late = two.Connect();
        late.Send("x");
        late.Receive(1);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task TheEndOfTheNetworkEndsEverything(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Peer[] peers = [.. Enumerable.Range(0, 20).Select(_ => served.Connect())];
        foreach (Peer peer in peers)
        {
            peer.Send("x");
            peer.Receive(1);
        }

        await scene.Network.DisposeAsync();
        foreach (Peer peer in peers)
        {
            if (scene.PeersSeeResets)
            {
                Assert.True(peer.IsReset());
            }
            else
            {
                Assert.Empty(peer.ReceiveToEnd());
            }
        }

        await scene.Until(() => served.Done == 20, "every handler is done");
        Assert.Equal(0, served.Listener.ConnectionCount);
        await scene.Network.DisposeAsync();
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TheEndOfTheNetworkEndsClientsToo(Scene scene)
    {
        using var peer = new Rendezvous(scene);
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<End> client = Task.Run(async () =>
        {
            Connection c = await scene.ConnectAsync(peer.Endpoint);
            connected.SetResult();
            return (await c.ReadAsync()).End;
        });
        using Peer accepted = await peer.AcceptAsync();
        await connected.Task.WaitAsync(scene.End);
        await Task.Delay(20);
        await scene.Network.DisposeAsync();
        Assert.Equal(End.Aborted, await client.WaitAsync(scene.End));
        Assert.True(accepted.IsReset());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AHandlerThatWakesAfterTheEndOfTheNetworkFindsItsConnectionEnded(Scene scene)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            begun.SetResult();
            await wake.Task;
            Assert.Equal(End.Aborted, (await c.ReadAsync()).End);
            c.Write("nobody gets this"u8);
            Assert.Equal(End.Aborted, await c.FlushAsync());
            Assert.Equal(End.Aborted, await c.ShutdownAsync());
            Assert.True(c.Lost.IsCancellationRequested);
        }, Handlers.SoonAborted.Limits);
        served.Connect();
        await begun.Task.WaitAsync(scene.End);
        await scene.Network.DisposeAsync();
        wake.SetResult();
        await served.First;
        await scene.EventAsync(NetworkEventKind.Closed);
        Assert.DoesNotContain(scene.Events, report => report.Kind == NetworkEventKind.HandlerFailed);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task WhatIsDoneWithAConnectionAfterTheEndOfTheNetworkEnds(Scene scene)
    {
        using var peer = new Rendezvous(scene);
        Task<Connection[]> connecting = Task.Run(async () => new[]
        {
            await scene.ConnectAsync(peer.Endpoint), await scene.ConnectAsync(peer.Endpoint),
        });
        using Peer first = await peer.AcceptAsync();
        using Peer second = await peer.AcceptAsync();
        Connection[] connections = await connecting.WaitAsync(scene.End);
        await scene.Network.DisposeAsync();

        // As a stream, by posting, and at last by disposing: none of them finds the owner any more.
        Stream stream = connections[0].AsStream();
        byte[] some = new byte[1];
        await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(some).AsTask().WaitAsync(scene.End));
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(some).AsTask().WaitAsync(scene.End));
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[1].Post(
            c =>
            {
                ((Connection)c!).Write("too late"u8);
                written.SetResult();
            },
            connections[1]);
        await written.Task.WaitAsync(scene.End);
        foreach (Connection connection in connections)
        {
            await connection.DisposeAsync().AsTask().WaitAsync(scene.End);
        }
    }

    [Behaviour]
    internal static async Task EndingTheNetworkFromAHandlerDoesNotDeadlock(Scene scene)
    {
        var ending = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            await c.ReadAsync();
            ending.SetResult(c.Network.DisposeAsync().AsTask());
        });
        Peer peer = served.Connect();
        peer.Send("x");
        await (await ending.Task.WaitAsync(scene.End)).WaitAsync(scene.End);
        await served.First;
        await scene.Network.DisposeAsync();
    }

    [Behaviour]
    internal static async Task AHandlerMayAwaitTheEndOfTheNetwork(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            await c.ReadAsync();
            await c.Network.DisposeAsync();
        }, Handlers.SoonAborted.Limits);
        Peer peer = served.Connect();
        peer.Send("x");
        await served.First;
    }

    [Behaviour]
    internal static async Task NothingIsServedAfterTheEnd(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await scene.Network.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
            await scene.Network.ListenAsync(scene.FreshEndpoint(), Handlers.Echo)
            .AsTask().WaitAsync(scene.End));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await scene.Network.ConnectAsync(served.Endpoint).AsTask().WaitAsync(scene.End);
        });
        Assert.False(scene.IsOver);
    }
}
