using System.Diagnostics;

namespace Sockeye.Tests.Conformance;

/// <summary>Much at once: bytes, connections, and nothing to do at all.</summary>
[Collection(Alone.Name)]
public sealed class Heavy(MatrixPage page) : ConformanceArea(page)
{
    private const int Megabyte = 1_048_576;

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task SixtyFourMegabytesEachWayWithASlowReaderInBoundedMemory(Scene scene)
    {
        const int Total = 64 * Megabyte;
        Served served = await scene.ServeAsync(Handlers.Echo);
        byte[] chunk = Handlers.Pattern(Megabyte);
        byte[] back = new byte[Megabyte];
        long before = MemoryInUse();
        Peer peer = served.Connect();
        Task sending = Task.Run(() =>
        {
            for (int i = 0; i < Total / Megabyte; i++)
            {
                peer.Send(chunk);
            }
        });

        // The reader does nothing for a while: the sender must come to stand, and nothing may pile up in between.
        await Task.Delay(150);
        long most = MemoryInUse();
        for (int i = 0; i < Total / Megabyte; i++)
        {
            for (int have = 0; have < Megabyte;)
            {
                int count = peer.ReceiveSome(back.AsSpan(have));
                Assert.NotEqual(0, count);
                have += count;
            }

            Assert.True(back.AsSpan().SequenceEqual(chunk), $"megabyte {i} came back as it was sent");
            if (i % 16 == 0)
            {
                most = Math.Max(most, MemoryInUse());
            }
        }

        await sending;
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        Assert.InRange(most - before, long.MinValue, 32 * Megabyte);
    }

    [Behaviour]
    internal static async Task TwoThousandConnectionsAtOnce(Scene scene)
    {
        // select has 1,024 descriptors in all; pool has threads for as many as it is given; threads makes one each.
        int count = scene.Model.Name switch
        {
            "select" => 300,
            "pool" => 256,
            _ => 2_000,
        };
        scene.Options = scene.Options with { PoolThreads = 256 };
        Served served = await scene.ServeAsync(Handlers.Echo, new Limits { ConnectionsPerAddressMax = 4_000 });
        var peers = new Peer[count];
        for (int i = 0; i < count; i++)
        {
            peers[i] = served.Connect();
            peers[i].Send(BitConverter.GetBytes(i));
        }

        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(i, BitConverter.ToInt32(peers[i].Receive(4)));
                peers[i].Send(BitConverter.GetBytes(i));
            }
        }

        Assert.Equal(count, served.Listener.ConnectionCount);
        foreach (Peer peer in peers)
        {
            peer.Dispose();
        }

        await scene.Until(() => served.Listener.ConnectionCount == 0, "all are gone");
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task NobodyBurnsTheProcessorWhileNothingHappens(Scene scene)
    {
        // Idle connections, one that its peer half-closed and one that was reset while their handlers are busy
        // elsewhere: each is a way to be ready for ever. nonblocking tries again every few milliseconds by design.
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served idle = await scene.ServeAsync(Handlers.Echo);
        Served busy = await scene.ServeAsync(async c =>
        {
            CancellationToken lost = c.Lost;
            c.Write("."u8);
            await c.FlushAsync();
            await go.Task;
            Assert.False(lost.IsCancellationRequested && c.Ended == End.None);
        });
        Peer[] peers = [.. Enumerable.Range(0, 8).Select(_ => idle.Connect())];
        Peer unread = busy.Connect();
        Peer halfClosed = busy.Connect();
        Peer closed = busy.Connect();
        Peer reset = busy.Connect();
        foreach (Peer peer in (Peer[])[unread, halfClosed, closed, reset])
        {
            peer.Receive(1);
        }

        unread.Send(new byte[10_000]);
        halfClosed.FinishSending();
        closed.Dispose();
        reset.Reset();

        // The least of a few: whatever else the process does meanwhile only adds.
        TimeSpan least = TimeSpan.MaxValue;
        for (int i = 0; i < 5 && least > TimeSpan.FromMilliseconds(20); i++)
        {
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            await Task.Delay(100);
            least = TimeSpan.FromTicks(
                Math.Min(least.Ticks, (Process.GetCurrentProcess().TotalProcessorTime - start).Ticks));
        }

        Assert.True(least < TimeSpan.FromMilliseconds(48), $"{least.TotalMilliseconds} ms of processor in 100 ms");
        go.SetResult();
        halfClosed.ReceiveToEnd();
        await scene.Until(() => busy.Done == 4, "the busy are done");
        Assert.Equal(8, idle.Listener.ConnectionCount);
        Assert.Equal(8, peers.Length);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task LongPipelinesOfSmallMessagesKeepTheirOrder(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Peer peer = served.Connect();
        Task sending = Task.Run(() =>
        {
            byte[] batch = new byte[4 * 1_000];
            for (int i = 0; i < 300_000; i++)
            {
                BitConverter.TryWriteBytes(batch.AsSpan(i % 1_000 * 4), i);
                if (i % 1_000 == 999)
                {
                    peer.Send(batch);
                }
            }
        });
        for (int i = 0; i < 300_000; i += 1_000)
        {
            byte[] batch = peer.Receive(4_000);
            for (int k = 0; k < 1_000; k++)
            {
                Assert.Equal(i + k, BitConverter.ToInt32(batch, k * 4));
            }
        }

        await sending;
    }

    private static long MemoryInUse() => GC.GetTotalMemory(forceFullCollection: true);
}
