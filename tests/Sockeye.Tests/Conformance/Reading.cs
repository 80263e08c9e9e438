using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>What a read gives, and what it keeps.</summary>
public sealed class Reading(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task OneByteFragmentsArriveComplete(Scene scene)
    {
        string got = "";
        Served served = await scene.ServeAsync(async c =>
            got = Encoding.UTF8.GetString(await Handlers.ReadExactlyAsync(c, 26)));
        Peer peer = served.Connect();
        foreach (char letter in "abcdefghijklmnopqrstuvwxyz")
        {
            peer.Send(letter.ToString());
            await Task.Yield();
        }

        await served.First;
        Assert.Equal("abcdefghijklmnopqrstuvwxyz", got);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task UnconsumedBytesComeAgainAtTheFront(Scene scene)
    {
        var seen = new List<string>();
        Served served = await scene.ServeAsync(async c =>
        {
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                seen.Add(Encoding.UTF8.GetString(received.Span));
                c.Write("."u8);
                await c.FlushAsync();
            }
        });
        Peer peer = served.Connect();
        foreach (string part in (string[])["one", "two", "three"])
        {
            peer.Send(part);
            peer.Receive(1);
        }

        peer.FinishSending();
        await served.First;
        Assert.Equal(["one", "onetwo", "onetwothree"], seen);
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task APartMayBeConsumed(Scene scene)
    {
        var seen = new List<string>();
        Served served = await scene.ServeAsync(async c =>
        {
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                seen.Add(Encoding.UTF8.GetString(received.Span));
                c.Consume(2);
                c.Write("."u8);
                await c.FlushAsync();
            }

            seen.Add(Encoding.UTF8.GetString(c.Unconsumed.Span));
        });
        Peer peer = served.Connect();
        foreach (string part in (string[])["abc", "def", "ghi"])
        {
            peer.Send(part);
            peer.Receive(1);
        }

        peer.FinishSending();
        await served.First;
        Assert.Equal(["abc", "cdef", "efghi", "ghi"], seen);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AReadWaitsForANewByte(Scene scene)
    {
        int reads = 0;
        Served served = await scene.ServeAsync(async c =>
        {
            Assert.Equal(1, (await c.ReadAsync()).Length);
            reads = 1;
            c.Write("."u8);
            await c.FlushAsync();

            // One byte is there unconsumed; only a second one may complete this.
            Assert.Equal(2, (await c.ReadAsync()).Length);
            reads = 2;
        });
        Peer peer = served.Connect();
        peer.Send("a");
        peer.Receive(1);
        await Task.Delay(50);
        Assert.Equal(1, reads);
        peer.Send("b");
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AFullInputBlockIsAClearError(Scene scene)
    {
        InvalidOperationException? error = null;
        Served served = await scene.ServeAsync(
            async c =>
            {
                try
                {
                    while (await c.ReadAsync() is { IsEmpty: false } received)
                    {
                        Assert.InRange(received.Length, 1, 4_096);
                    }
                }
                catch (InvalidOperationException exception)
                {
                    error = exception;
                    Assert.Equal(4_096, c.Unconsumed.Length);
                    Assert.Equal(Handlers.Pattern(4_096), c.Unconsumed.ToArray());
                }
            },
            new Limits { InputBytesMax = 4_096 });
        served.Connect().Send(Handlers.Pattern(10_000));
        await served.First;
        Assert.Contains("Limits.InputBytesMax", error?.Message, StringComparison.Ordinal);
        Assert.Contains("Consume", error?.Message, StringComparison.Ordinal);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TheInputBlockFillsToItsLastByte(Scene scene)
    {
        byte[] sent = Handlers.Pattern(5_000);
        byte[] got = [];
        Served served = await scene.ServeAsync(
            async c => got = await Handlers.ReadExactlyAsync(c, 5_000), new Limits { InputBytesMax = 5_000 });
        Peer peer = served.Connect();
        for (int i = 0; i < sent.Length; i += 100)
        {
            peer.Send(sent.AsSpan(i, 100));
        }

        await served.First;
        Assert.Equal(sent, got);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task ASmallLeftoverIsKeptOverManyReads(Scene scene)
    {
        // Records of 7 bytes in chunks that never fit them: something is always left over.
        byte[] sent = Handlers.Pattern(7 * 5_000);
        using var got = new MemoryStream();
        Served served = await scene.ServeAsync(async c =>
        {
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                int whole = received.Length / 7 * 7;
                got.Write(received.Span[..whole]);
                c.Consume(whole);
            }
        });
        Peer peer = served.Connect();
        for (int i = 0, size = 1; i < sent.Length; i += size, size = (size * 3 % 997) + 1)
        {
            size = Math.Min(size, sent.Length - i);
            peer.Send(sent.AsSpan(i, size));
        }

        peer.FinishSending();
        await served.First;
        Assert.Equal(sent, got.ToArray());
    }

    [Behaviour]
    internal static async Task ConsumingTooMuchIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            Received received = await c.ReadAsync();
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Consume(received.Length + 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Consume(-1));
            c.Consume(received.Length);
            Assert.Throws<ArgumentOutOfRangeException>(() => c.Consume(1));
        });
        served.Connect().Send("abc");
        await served.First;
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task ACancelledReadLosesNothing(Scene scene)
    {
        string got = "";
        Served served = await scene.ServeAsync(async c =>
        {
            Assert.Equal(3, (await c.ReadAsync()).Length);
            using var cancel = new CancellationTokenSource(30);
            OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await c.ReadAsync(cancel.Token));
            Assert.Equal(cancel.Token, error.CancellationToken);
            Assert.True(c.Owner.IsCurrent);
            c.Write("."u8);
            await c.FlushAsync();
            got = Encoding.UTF8.GetString(await Handlers.ReadExactlyAsync(c, 6));
        });
        Peer peer = served.Connect();
        peer.Send("abc");
        peer.Receive(1);
        peer.Send("def");
        await served.First;
        Assert.Equal("abcdef", got);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task CancellingWhileBytesArriveLosesNothing(Scene scene)
    {
        byte[] sent = Handlers.Pattern(200_000);
        using var got = new MemoryStream();
        int cancelled = 0;
        Served served = await scene.ServeAsync(async c =>
        {
            bool ended = false;
            while (!ended)
            {
                using var cancel = new CancellationTokenSource();
                using var timer = new Timer(static s =>
                    ((CancellationTokenSource)s!).Cancel(), cancel, 1, Timeout.Infinite);
                try
                {
                    Received received = await c.ReadAsync(cancel.Token);
                    ended = received.IsEmpty;
                    got.Write(received.Span);
                    c.Consume(received.Length);
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }

                // The timer may fire until it is gone, and must not find the source disposed.
                await timer.DisposeAsync();
            }
        });
        Peer peer = served.Connect();
        for (int i = 0; i < sent.Length; i += 1_000)
        {
            peer.Send(sent.AsSpan(i, 1_000));
            if (i % 20_000 == 0)
            {
                int before = cancelled;
                await scene.Until(() => cancelled > before, "a read was cancelled");
            }
        }

        peer.FinishSending();
        await served.First;
        Assert.Equal(sent, got.ToArray());
    }

    [Behaviour]
    internal static async Task ATokenThatFiredBeforeTheReadIsHeeded(Scene scene)
    {
        string got = "";
        Served served = await scene.ServeAsync(async c =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await c.ReadAsync(new CancellationToken(true)));
            got = Encoding.UTF8.GetString(await Handlers.ReadExactlyAsync(c, 3));
        });
        served.Connect().Send("abc");
        await served.First;
        Assert.Equal("abc", got);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    [Except("blocking", "a read is waited for inside the call, so a second one cannot begin meanwhile")]
    internal static async Task ASecondReadAtATimeIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            ValueTask<Received> first = c.ReadAsync();
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => { _ = c.ReadAsync(); });
            Assert.Contains("outstanding", error.Message, StringComparison.Ordinal);
            c.Write("."u8);
            await c.FlushAsync();
            Assert.Equal(1, (await first).Length);
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        peer.Send("x");
        await served.First;
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task TheCountersCountTheBytes(Scene scene)
    {
        (long Received, long Sent) counted = default;
        Served served = await scene.ServeAsync(async c =>
        {
            await Handlers.Echo(c);
            await c.ShutdownAsync();
            counted = (c.BytesReceived, c.BytesSent);
        });
        Peer peer = served.Connect();
        for (int i = 0; i < 10; i++)
        {
            peer.Send(Handlers.Pattern(12_345, i));
            Assert.Equal(Handlers.Pattern(12_345, i), peer.Receive(12_345));
        }

        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        await served.First;
        Assert.Equal((123_450L, 123_450L), counted);
    }
}
