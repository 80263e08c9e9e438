using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>What a close does for the peer, and what an abort does to it.</summary>
public sealed class Closing(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task PendingOutputLeavesBeforeTheClose(Scene scene)
    {
        Served served = await scene.ServeAsync(c =>
        {
            c.Write(Handlers.Pattern(1_000_000));
            return default;
        });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await Task.Delay(20);
        Assert.True(peer.ReceiveToEnd().AsSpan().SequenceEqual(Handlers.Pattern(1_000_000)));
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task APeerThatStillSendsDoesNotLoseTheReply(Scene scene)
    {
        // Closing with unread input would reset the connection, and the reset would take the reply from the peer.
        Served served = await scene.ServeAsync(async c =>
        {
            await c.ReadAsync();
            c.Write("too large"u8);
        });
        Peer peer = served.Connect();
        peer.Send(Handlers.Pattern(1_000));
        await scene.Until(() => served.Done == 1, "the handler is done");
        for (int i = 0; i < 20; i++)
        {
            peer.Send(Handlers.Pattern(10_000));
        }

        peer.FinishSending();
        Assert.Equal("too large", peer.ReceiveTextToEnd());
    }

    [Behaviour(On = Transports.Streams)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task APeerThatNeverStopsIsResetAtTheLimit(Scene scene)
    {
        Served served = await scene.ServeAsync(
            _ => default, new Limits { LingerBytesMax = 100_000, CloseLinger = TimeSpan.FromMinutes(5) });
        Peer peer = served.Connect();
        Assert.ThrowsAny<SocketException>(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                peer.Send(Handlers.Pattern(10_000));
            }
        });
        await scene.Until(() => served.Listener.ConnectionCount == 0, "the connection is gone");
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TheLingerEndsByItself(Scene scene)
    {
        Served served = await scene.ServeAsync(_ =>
            default, new Limits { CloseLinger = TimeSpan.FromMilliseconds(150) });
        Peer peer = served.Connect();
        Assert.Empty(peer.ReceiveToEnd());

        // The peer neither sends nor closes.
        await scene.Until(() => served.Listener.ConnectionCount == 0, "the connection is gone");
        Assert.Equal(End.None, (await scene.EventAsync(NetworkEventKind.Closed)).End);
    }

    [Behaviour]
    internal static async Task ALingerOfZeroClosesAtOnce(Scene scene)
    {
        Served served = await scene.ServeAsync(_ => default, new Limits { CloseLinger = TimeSpan.Zero });
        Peer peer = served.Connect();
        await scene.Until(() => served.Done == 1 && served.Listener.ConnectionCount == 0, "the connection is gone");
        Assert.Empty(peer.ReceiveToEnd());
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task AnAbortResetsThePeer(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            await c.ReadAsync();
            c.Abort();
            Assert.Equal(End.Aborted, c.Ended);
            Assert.Equal(End.Aborted, (await c.ReadAsync()).End);
            Assert.Equal(End.Aborted, await c.FlushAsync());
        });
        Peer peer = served.Connect();
        peer.Send("x");
        Assert.True(peer.IsReset());
        await served.First;
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AnAbortFromElsewhereEndsAWaitingRead(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("x"u8);
            await c.FlushAsync();
            end = (await c.ReadAsync()).End;
            Assert.True(c.Owner.IsCurrent);
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        served.Connections.Single().Abort();
        await served.First;
        Assert.Equal(End.Aborted, end);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AnAbortFromElsewhereEndsASuspendedFlush(Scene scene)
    {
        End end = End.None;
        bool wroteMuch = false;
        Served served = await scene.ServeAsync(async c =>
        {
            while (end == End.None)
            {
                c.Write(new byte[100_000]);
                end = await c.FlushAsync();
                wroteMuch |= c.BytesSent > 0;
            }
        });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await scene.Until(() => Volatile.Read(ref wroteMuch), "something was written");
        await Task.Delay(50);
        served.Connections.Single().Abort();
        await served.First;
        Assert.Equal(End.Aborted, end);
        Assert.True(peer.IsReset());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task DisposingTwiceIsHarmless(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("bye"u8);
            await c.DisposeAsync();
            await c.DisposeAsync();
            c.Abort();
            Assert.True((await c.ReadAsync()).IsEmpty);
        });
        served.Connect();
        await served.First;
    }

    [Behaviour]
    internal static async Task AHandlerMayDisposeAndGoOnWorking(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("bye"u8);
            await c.DisposeAsync();
            await go.Task;
            Assert.True(c.Owner.IsCurrent);
        });
        Peer peer = served.Connect();
        Assert.Equal("bye", peer.ReceiveTextToEnd());
        Assert.Equal(0, served.Done);
        peer.Dispose();
        go.SetResult();
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task DisposingFromElsewhereClosesGracefully(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("bye"u8);
            Assert.Equal(End.Aborted, (await c.ReadAsync()).End);
        });
        Peer peer = served.Connect();
        await scene.Until(() => served.Connections.Count == 1, "accepted");

        // Posted behind the handler's first step.
        await served.Connections.Single().DisposeAsync();
        Assert.Equal("bye", peer.ReceiveTextToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task EveryConnectionIsReportedWhenItCloses(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        for (int i = 0; i < 10; i++)
        {
            using Peer peer = served.Connect();
            peer.Send("x");
            peer.Receive(1);
        }

        await scene.EventAsync(NetworkEventKind.Closed, 10);
        Assert.Equal(10, scene.Events.Count(report => report.Kind == NetworkEventKind.Accepted));
        Assert.Equal(
            10, scene.Events.Where(report =>
                report.Kind == NetworkEventKind.Closed).Select(e => e.Connection!.Id).Distinct().Count());
        await scene.Until(() => served.Listener.ConnectionCount == 0, "all have left");
    }
}
