using System.Buffers;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>What is written, when it leaves, and how much of it may wait.</summary>
public sealed class Writing(MatrixPage page) : ConformanceArea(page)
{
    private static readonly SocketOptions s_smallBuffers = new() { SendBufferBytes = 8_192 };

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task WhatIsWrittenIsEchoed(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Peer peer = served.Connect();
        for (int size = 1; size < 100_000; size *= 3)
        {
            peer.Send(Handlers.Pattern(size, size));
            Assert.Equal(Handlers.Pattern(size, size), peer.Receive(size));
        }
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task TheServerMaySpeakFirst(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("Welcome!"u8);
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                c.Consume(received.Length);
            }
        });
        Peer peer = served.Connect();

        // It is never flushed: it leaves when the handler is done.
        peer.FinishSending();
        Assert.Equal("Welcome!", peer.ReceiveTextToEnd());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task FlushedBytesLeaveWhileTheHandlerWaits(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("Welcome!"u8);
            await c.FlushAsync();
            await c.ReadAsync();
        });
        Peer peer = served.Connect();
        Assert.Equal("Welcome!", peer.ReceiveText(8));
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task FlushedBytesLeaveWhileTheHandlerAwaitsSomethingElse(Scene scene)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("now"u8);
            await c.FlushAsync();
            await go.Task;
            c.Write("then"u8);
            await c.FlushAsync();
        });
        Peer peer = served.Connect();
        Assert.Equal("now", peer.ReceiveText(3));
        go.SetResult();
        Assert.Equal("then", peer.ReceiveTextToEnd());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task WritesWithoutFlushGoOutAtDispose(Scene scene)
    {
        Served served = await scene.ServeAsync(c =>
        {
            for (int i = 0; i < 10; i++)
            {
                c.Write("0123456789"u8);
            }

            return default;
        });
        Assert.Equal(string.Concat(Enumerable.Repeat("0123456789", 10)), served.Connect().ReceiveTextToEnd());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task SendNowSendsBeforeTheTurnEnds(Scene scene)
    {
        using var go = new ManualResetEventSlim();
        Served served = await scene.ServeAsync(c =>
        {
            c.Write("early"u8);
            c.SendNow();

            // Holds the loop until the peer has the bytes.
            Assert.True(go.Wait(TimeSpan.FromSeconds(15)));
            return default;
        });
        Peer peer = served.Connect();
        Assert.Equal("early", peer.ReceiveText(5));
        go.Set();
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task TheOutputIsABufferWriter(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            IBufferWriter<byte> writer = c;
            for (int i = 0; i < 1_000; i++)
            {
                if (i % 2 == 0)
                {
                    Encoding.UTF8.GetBytes($"{i:000}", writer);
                }
                else
                {
                    Memory<byte> memory = writer.GetMemory(100 + i);
                    Assert.InRange(memory.Length, 100 + i, int.MaxValue);
                    writer.Advance(Encoding.UTF8.GetBytes($"{i:000}", memory.Span));
                }
            }

            await c.FlushAsync();
        });
        Assert.Equal(string.Concat(Enumerable.Range(0, 1_000).Select(i =>
            $"{i:000}")), served.Connect().ReceiveTextToEnd());
    }

    [Behaviour]
    internal static async Task AdvancingTooFarIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(c =>
        {
            int room = c.GetSpan(10).Length;
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Advance(room + 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Advance(-1));
            c.Advance(0);
            return default;
        });
        Assert.Empty(served.Connect().ReceiveToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task WritingPastTheLimitSaysToFlushFirst(Scene scene)
    {
        InvalidOperationException? error = null;
        Served served = await scene.ServeAsync(
            async c =>
            {
                c.Write(new byte[10_000]);
                error = Assert.Throws<InvalidOperationException>(() => c.Write(new byte[10_000]));
                await c.ShutdownAsync();
            },
            new Limits { OutputBytesMax = 16_384, OutputBytesHighWater = 4_096 });
        Assert.Equal(10_000, served.Connect().ReceiveToEnd().Length);
        await served.First;
        Assert.Contains("flush first", error?.Message, StringComparison.Ordinal);
        Assert.Contains("Limits.OutputBytesMax", error?.Message, StringComparison.Ordinal);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task TheHighWaterMarkSuspendsTheFlushAndRoomResumesIt(Scene scene)
    {
        const int Total = 8_000_000;
        int written = 0;
        Served served = await scene.ServeAsync(
            async c =>
            {
                while (written < Total)
                {
                    c.Write(Handlers.Pattern(50_000, written));
                    Volatile.Write(ref written, written + 50_000);
                    Assert.Equal(End.None, await c.FlushAsync());
                }
            },
            new Limits { OutputBytesHighWater = 100_000 },
            s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);

        // The peer takes nothing. The kernel's buffers take some, then the handler must stand still.
        int before = -1;
        int same = 0;
        await scene.Until(
            () =>
            {
                int now = Volatile.Read(ref written);
                same = now > 0 && now == before ? same + 1 : 0;
                before = now;
                return same == 30;
            },
            "the handler stopped writing");
        Assert.InRange(before, 1, Total - 1);
        using var expected = new MemoryStream();
        for (int i = 0; i < Total; i += 50_000)
        {
            expected.Write(Handlers.Pattern(50_000, i));
        }

        Assert.True(expected.ToArray().AsSpan().SequenceEqual(peer.ReceiveToEnd()), "the bytes are those written");
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task ACancelledFlushStillSends(Scene scene)
    {
        const int Size = 900_000;
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(
            async c =>
            {
                int written = 0;
                try
                {
                    while (true)
                    {
                        c.Write(Handlers.Pattern(Size, 0));
                        written++;
                        using var cancel = new CancellationTokenSource(100);
                        await c.FlushAsync(cancel.Token);
                    }
                }
                catch (OperationCanceledException)
                {
                    Assert.True(c.Owner.IsCurrent);
                }

                cancelled.SetResult();
                Received count = await c.ReadAsync();
                c.Consume(count.Length);
                await c.FlushAsync();
                c.Write(BitConverter.GetBytes(written));
            },
            new Limits { OutputBytesHighWater = 65_536 },
            s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await cancelled.Task.WaitAsync(scene.End);
        peer.Send("x");
        byte[] all = peer.ReceiveToEnd();
        int rounds = BitConverter.ToInt32(all.AsSpan(all.Length - 4));
        Assert.Equal((rounds * Size) + 4, all.Length);
        for (int i = 0; i < rounds; i++)
        {
            Assert.True(all.AsSpan(i * Size, Size).SequenceEqual(Handlers.Pattern(Size, 0)), $"round {i}");
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    [Except("blocking", "a flush is waited for inside the call, so a second one cannot begin meanwhile")]
    internal static async Task ASecondFlushAtATimeIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(
            async c =>
            {
                ValueTask<End> first = default;
                do
                {
                    c.Write(new byte[100_000]);
                    first = c.FlushAsync();
                }
                while (first.IsCompleted && await first == End.None);

                Assert.Contains(
                    "outstanding",
                    Assert.Throws<InvalidOperationException>(() => { _ = c.FlushAsync(); }).Message,
                    StringComparison.Ordinal);
                Assert.Equal(End.None, await first);
            },
            new Limits { OutputBytesHighWater = 50_000 },
            s_smallBuffers);
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        Assert.NotEmpty(peer.ReceiveToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task WritingAfterTheLossIsHarmless(Scene scene)
    {
        End flushed = End.None;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("x"u8);
            await c.FlushAsync();
            Received received = await c.ReadAsync();
            Assert.Equal(End.Reset, received.End);
            for (int i = 0; i < 1_000; i++)
            {
                c.Write(new byte[10_000]);
            }

            flushed = await c.FlushAsync();
            Assert.Equal(End.Reset, c.Ended);
            Assert.Equal(End.Reset, await c.ShutdownAsync());
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.Reset();
        await served.First;
        Assert.Equal(End.Reset, flushed);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task WritingAfterOurFINIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("bye"u8);
            Assert.Equal(End.None, await c.ShutdownAsync());
            Assert.Throws<InvalidOperationException>(() => c.Write("more"u8));
        });
        Assert.Equal("bye", served.Connect().ReceiveTextToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task ManySmallFlushesInOneTurnArriveInOrder(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                c.Write(BitConverter.GetBytes(i));
                await c.FlushAsync();
            }
        });
        byte[] all = served.Connect().ReceiveToEnd();
        Assert.Equal(40_000, all.Length);
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32(all, i * 4));
        }
    }
}
