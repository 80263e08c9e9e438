using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>How connections end: FIN, reset, half-close. Ends are values.</summary>
public sealed class Ends(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task ThePeersFINIsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            Assert.Equal(End.None, c.Ended);
            Received received = await c.ReadAsync();
            c.Consume(received.Length);
            received = await c.ReadAsync();
            Assert.True(received.IsEmpty);
            end = received.End;
            Assert.Equal(End.Finished, c.Ended);

            // And it stays so.
            Assert.Equal(End.Finished, (await c.ReadAsync()).End);
        });
        Peer peer = served.Connect();
        peer.Send("bye");
        peer.FinishSending();
        await served.First;
        Assert.Equal(End.Finished, end);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AfterThePeersFINTheReplyStillArrives(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            (long count, End end) = await Handlers.DrainAsync(c);
            Assert.Equal(End.Finished, end);
            await Task.Delay(20);
            c.Write(Encoding.UTF8.GetBytes($"got {count}"));
            Assert.Equal(End.None, await c.FlushAsync());
        });
        Peer peer = served.Connect();
        peer.Send(Handlers.Pattern(100_000));
        peer.FinishSending();
        Assert.Equal("got 100000", peer.ReceiveTextToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AfterOurFINThePeerMayGoOnSending(Scene scene)
    {
        (long Count, End End) got = default;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("done"u8);
            Assert.Equal(End.None, await c.ShutdownAsync());
            Assert.Equal(End.None, c.Ended);
            got = await Handlers.DrainAsync(c);
        });
        Peer peer = served.Connect();
        Assert.Equal("done", peer.ReceiveTextToEnd());
        peer.Send(Handlers.Pattern(300_000));
        peer.FinishSending();
        await served.First;
        Assert.Equal((300_000L, End.Finished), got);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task OurFINFollowsThePendingOutput(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            for (int i = 0; i < 40; i++)
            {
                c.Write(Handlers.Pattern(20_000, i));
            }

            Assert.Equal(End.None, await c.ShutdownAsync());
            Assert.Equal(800_000, c.BytesSent);
            Assert.Equal(End.Finished, (await c.ReadAsync()).End);
        });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        byte[] all = peer.ReceiveToEnd();
        Assert.Equal(800_000, all.Length);
        Assert.True(all.AsSpan(39 * 20_000).SequenceEqual(Handlers.Pattern(20_000, 39)));
        peer.Dispose();
        await served.First;
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task AResetWhileReadingIsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("x"u8);
            await c.FlushAsync();
            end = (await c.ReadAsync()).End;
            Assert.Equal(End.Reset, c.Ended);
            Assert.True(c.Owner.IsCurrent);
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.Reset();
        await served.First;
        Assert.Equal(End.Reset, end);
        Assert.Equal(End.Reset, (await scene.EventAsync(NetworkEventKind.Closed)).End);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task AResetWhileWritingIsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            while (end == End.None)
            {
                c.Write(new byte[50_000]);
                end = await c.FlushAsync();
            }
        });
        Peer peer = served.Connect();
        peer.Receive(100_000);
        peer.Reset();
        await served.First;
        Assert.Equal(End.Reset, end);
    }

    [Behaviour(On = Transports.Streams)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task AResetWhileAFlushIsSuspendedIsAValue(Scene scene)
    {
        End end = End.None;
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            while (end == End.None)
            {
                c.Write(new byte[50_000]);
                if (c.BytesSent > 0)
                {
                    stalled.TrySetResult();
                }

                end = await c.FlushAsync();
            }
        });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await stalled.Task.WaitAsync(scene.End);
        await Task.Delay(50);
        peer.Reset();
        await served.First;
        Assert.Equal(End.Reset, end);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task APeerThatClosedWhileWeWriteIsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            while (end == End.None)
            {
                c.Write(new byte[1_000]);
                end = await c.FlushAsync();
            }
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.Dispose();
        await served.First;
        Assert.Equal(End.Reset, end);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    [Except(Transports.Tls, "a peer that closes with session tickets unread sends a reset")]
    internal static async Task WhatCameBeforeThePeersCloseIsDelivered(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (long Count, End End) got = default;
        Served served = await scene.ServeAsync(async c =>
        {
            await go.Task;
            got = await Handlers.DrainAsync(c);
        });
        Peer peer = served.Connect();
        peer.Send(Handlers.Pattern(50_000));
        peer.Dispose();
        await scene.Until(() => served.Connections.Count == 1, "accepted");
        go.SetResult();
        await served.First;
        Assert.Equal((50_000L, End.Finished), got);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task WhatCameBeforeThePeersCloseIsDeliveredAlsoAfterAFailedWrite(Scene scene)
    {
        // The peer closes with our greeting unread, which makes its kernel send a reset; what it had sent is still
        // ours.
        string got = "";
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            await gone.Task;
            c.Write("a"u8);
            await c.FlushAsync();
            await Task.Delay(30);
            c.Write("b"u8);
            await c.FlushAsync();
            await Task.Delay(30);
            if (await c.ReadAsync() is { IsEmpty: false } received)
            {
                got = Encoding.UTF8.GetString(received.Span);
            }
        });
        Peer peer = served.Connect();
        peer.Send("last words");
        await scene.Until(() => served.Connections.Count == 1, "accepted");
        peer.Dispose();
        gone.SetResult();
        await served.First;

        // TCP drops what it holds when a reset arrives, and Linux does so for a write after the peer's close.
        if (!scene.PeersSeeResets)
        {
            Assert.Equal("last words", got);
        }
        else
        {
            Assert.True(got is "last words" or "", got);
        }
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task TheLossTokenFiresWhileTheHandlerIsBusyElsewhere(Scene scene)
    {
        bool fired = false;
        bool onOwner = false;
        Served served = await scene.ServeAsync(async c =>
        {
            var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            c.Lost.Register(() =>
            {
                onOwner = c.Owner.IsCurrent;
                lost.SetResult();
            });
            c.Write("x"u8);
            await c.FlushAsync();
            await lost.Task;
            fired = true;
            Assert.Equal(End.Reset, c.Ended);
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.Reset();
        await served.First;
        Assert.True(fired);
        Assert.True(onOwner);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task TheLossTokenDoesNotFireAtTheFIN(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            CancellationToken lost = c.Lost;
            c.Write("x"u8);
            await c.FlushAsync();
            await go.Task;
            Assert.False(lost.IsCancellationRequested);
            Assert.Equal(End.Finished, (await c.ReadAsync()).End);
            Assert.False(lost.IsCancellationRequested);
            c.Write("reply"u8);
            Assert.Equal(End.None, await c.FlushAsync());
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.FinishSending();
        await Task.Delay(300); // A look for losses later, where one looks now and then (250 ms).
        go.SetResult();
        Assert.Equal("reply", peer.ReceiveTextToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TheLossTokenOfALostConnectionHasFiredAlready(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            Assert.Equal(End.Reset, (await c.ReadAsync()).End);
            Assert.True(c.Lost.IsCancellationRequested);
        });
        Peer peer = served.Connect();
        await scene.Until(() => served.Connections.Count == 1, "accepted");
        peer.Reset();
        await served.First;
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task UnconsumedBytesOutliveTheEnd(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            Received received;
            do
            {
                received = await c.ReadAsync();
            }
            while (!received.IsEmpty);

            Assert.Equal(0, received.Length);
            Assert.Equal("rest", Encoding.UTF8.GetString(c.Unconsumed.Span));
            c.Consume(4);
        });
        Peer peer = served.Connect();
        peer.Send("rest");
        peer.FinishSending();
        await served.First;
    }
}
