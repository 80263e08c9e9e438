using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>Handlers that misbehave, peers that do, and what the others notice of it.</summary>
public sealed class Resilience(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AHandlerThatThrowsIsReportedAndTheServerGoesOn(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            byte[] first = await Handlers.ReadExactlyAsync(c, 1);
            if (first[0] == 'x')
            {
                throw new FormatException("that was an x");
            }

            c.Write(first);
        });
        Peer bad = served.Connect();
        bad.Send("x");
        if (scene.PeersSeeResets)
        {
            Assert.True(bad.IsReset());
        }
        else
        {
            Assert.Empty(bad.ReceiveToEnd());
        }

        NetworkEvent report = await scene.EventAsync(NetworkEventKind.HandlerFailed);
        Assert.IsType<FormatException>(report.Exception);
        Assert.Contains("that was an x", report.Message, StringComparison.Ordinal);
        Assert.Same(served.Listener, report.Listener);
        Peer good = served.Connect();
        good.Send("y");
        Assert.Equal("y", good.ReceiveTextToEnd());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AHandlerThatThrowsAtOnceIsReported(Scene scene)
    {
        Served served = await scene.ServeAsync(_ => throw new FormatException("at once"));
        Assert.True(served.Connect().IsReset());
        Assert.IsType<FormatException>((await scene.EventAsync(NetworkEventKind.HandlerFailed)).Exception);
    }

    [Behaviour]
    [Except("blocking", "every connection has a thread of its own, and a handler holds nobody up")]
    [Except("runtime", "the runtime's thread pool takes another thread, and a handler holds nobody up")]
    internal static async Task AHandlerThatBlocksIsNamedWhileItDoes(Scene scene)
    {
        using var go = new ManualResetEventSlim();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask Hold(Connection c)
        {
            go.Wait(TimeSpan.FromSeconds(15));
            done.SetResult();
            return default;
        }

        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), Hold);
        using var peer = Peer.To(listener.Endpoint);
        NetworkEvent report = await scene.EventAsync(NetworkEventKind.LoopHeld);
        Assert.False(done.Task.IsCompleted);
        go.Set();
        Assert.Contains(
            "Resilience.AHandlerThatBlocksIsNamedWhileItDoes.Hold", report.Message, StringComparison.Ordinal);
        Assert.Contains(peer.LocalEndpoint.ToString(), report.Message, StringComparison.Ordinal);
        Assert.Contains("Task.Run", report.Message, StringComparison.Ordinal);
        Assert.Equal(peer.LocalEndpoint, report.Connection!.RemoteEndpoint);
        Assert.True(report.Duration >= scene.Options.LoopHeldAfter);
        await done.Task.WaitAsync(scene.End);
    }

    [Behaviour]
    [Except("readiness", "a handler that blocks holds its loop; that is what the watchdog is for")]
    [Except("completion", "a handler that blocks holds its loop; that is what the watchdog is for")]
    internal static async Task AHandlerThatBlocksHoldsNobodyUp(Scene scene)
    {
        using var go = new ManualResetEventSlim();
        int number = 0;
        Served served = await scene.ServeAsync(async c =>
        {
            if (Interlocked.Increment(ref number) == 1)
            {
                Assert.True(go.Wait(TimeSpan.FromSeconds(15)));
            }

            await Handlers.Echo(c);
        });
        Peer held = served.Connect();
        held.Send("held");
        await scene.Until(() => number == 1, "the first is held");
        for (int i = 0; i < 5; i++)
        {
            Peer peer = served.Connect();
            peer.Send("x");
            peer.Receive(1);
        }

        go.Set();
        Assert.Equal("held", held.ReceiveText(4));
    }

    [Behaviour]
    internal static async Task AHandlerThatWaitsHoldsNobodyUp(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            if ((await Handlers.ReadExactlyAsync(c, 1))[0] == 'w')
            {
                await go.Task;
            }

            c.Write("done"u8);
        });
        Peer[] waiting = [.. Enumerable.Range(0, 20).Select(_ => served.Connect())];
        foreach (Peer peer in waiting)
        {
            peer.Send("w");
        }

        for (int i = 0; i < 20; i++)
        {
            Peer peer = served.Connect();
            peer.Send("q");
            Assert.Equal("done", peer.ReceiveTextToEnd());
            peer.Dispose();
        }

        go.SetResult();
        foreach (Peer peer in waiting)
        {
            Assert.Equal("done", peer.ReceiveTextToEnd());
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AGreedyPeerDoesNotStarveTheOthers(Scene scene)
    {
        scene.Options = scene.Options with { Loops = 1 };
        Served served = await scene.ServeAsync(async c => await Handlers.DrainAsync(c));
        Served polite = await scene.ServeAsync(Handlers.Echo);
        using var stop = new CancellationTokenSource();
        Task greedy = Task.Run(() =>
        {
            Peer peer = served.Connect();
            byte[] much = new byte[200_000];
            while (!stop.IsCancellationRequested)
            {
                peer.Send(much);
            }

            peer.Dispose();
        });
        Peer peer = polite.Connect();
        for (int i = 0; i < 100; i++)
        {
            peer.Send("x");
            peer.Receive(1);
        }

        await stop.CancelAsync();
        await greedy;
    }

    [Behaviour(IsCore = true)]
    internal static async Task QuickConnectionsNeverSeeTheDataOfOthers(Scene scene)
    {
        // Descriptors are reused at once; a late event or a stale buffer would show as another connection's bytes.
        Served served = await scene.ServeAsync(async c =>
        {
            byte[] name = await Handlers.ReadExactlyAsync(c, 4);
            if (name[0] % 3 == 0)
            {
                await Task.Yield();
            }

            c.Write(name);
            await c.FlushAsync();
            if (name[0] % 2 == 0)
            {
                await c.ReadAsync();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(lane => Task.Run(() =>
        {
            for (int i = 0; i < 250; i++)
            {
                using var peer = Peer.To(served.Endpoint);
                byte[] name = BitConverter.GetBytes((lane << 16) + i);
                peer.Send(name);
                if (i % 5 != 4)
                {
                    Assert.Equal(name, peer.Receive(4));
                }

                if (i % 7 == 0)
                {
                    peer.Reset();
                }
            }
        })));

        // One that was reset before it was accepted may have no handler; every other one has, and all of them end.
        await scene.Until(
            () => served.Done >= 800 && served.Done == served.Connections.Count && served.Listener.ConnectionCount == 0,
            "all have come and gone");
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task PeersThatGoAwayBeforeTheyAreAcceptedAreHarmless(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        for (int i = 0; i < 200; i++)
        {
            Peer peer = Peer.To(served.Endpoint);
            if (scene.PeersSeeResets && i % 2 == 0)
            {
                peer.Reset();
            }
            else
            {
                peer.Dispose();
            }
        }

        Peer last = served.Connect();
        last.Send("x");
        last.Receive(1);
        last.Dispose();
        await scene.Until(() => served.Listener.ConnectionCount == 0, "all are gone");
        Assert.DoesNotContain(scene.Events, report => report.Kind == NetworkEventKind.HandlerFailed);
    }

    [Behaviour]
    internal static async Task AHundredGreetingsAtOnceEachWithATimer(Scene scene)
    {
        int count = scene.Model.Name == "pool" ? scene.Options.PoolThreads : 100;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("Welcome!"u8);
            await c.FlushAsync();
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                byte[] name = received.Span.ToArray();
                c.Consume(received.Length);
                await Task.Delay(100);
                c.Write("Hello, "u8);
                c.Write(name);
                c.Write("!"u8);
                await c.FlushAsync();
            }
        });
        Peer[] peers = [.. Enumerable.Range(0, count).Select(_ => served.Connect())];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < count; i++)
            {
                if (round == 0)
                {
                    Assert.Equal("Welcome!", peers[i].ReceiveText(8));
                }

                peers[i].Send($"{i:000}");
            }

            for (int i = 0; i < count; i++)
            {
                Assert.Equal($"Hello, {i:000}!", peers[i].ReceiveText(11));
            }
        }
    }

    [Behaviour]
    internal static async Task AnUrgentByteDoesNotDisturb(Scene scene)
    {
        string got = "";
        Served served = await scene.ServeAsync(async c => got = await Handlers.ReadTextAsync(c, 6));
        SendWithAnUrgentByte(served.Connect());
        await served.First;
        Assert.Equal("abcdef", got);
    }

    [Behaviour]
    internal static async Task AnUrgentByteInWhatWaitsToBeReadDoesNotDisturb(Scene scene)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string got = "";
        Served served = await scene.ServeAsync(async c =>
        {
            await sent.Task;
            got = await Handlers.ReadTextAsync(c, 6);
        });
        SendWithAnUrgentByte(served.Connect());
        sent.SetResult();
        await served.First;
        Assert.Equal("abcdef", got);
    }

    private static void SendWithAnUrgentByte(Peer peer)
    {
        peer.Send("abc");
        peer.Socket.Send("!"u8, SocketFlags.OutOfBand);
        peer.Send("def");
    }
}
