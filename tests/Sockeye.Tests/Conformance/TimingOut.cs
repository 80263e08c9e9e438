namespace Sockeye.Tests.Conformance;

/// <summary>The time-outs, as values. Only their outcome is looked at, never how long they took.</summary>
public sealed class TimingOut(MatrixPage page) : ConformanceArea(page)
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough for a handshake on a busy machine.</summary>
    private static readonly TimeSpan s_handshake = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_steady = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_steadyMax = TimeSpan.FromSeconds(15);

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AnIdleConnectionTimesOutAsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(
            async c =>
            {
                end = (await c.ReadAsync()).End;
                Assert.True(c.Owner.IsCurrent);

                // The peer is told why it is dropped: writing still works.
                c.Write("too slow"u8);
                Assert.Equal(End.None, await c.FlushAsync());
            },
            new Limits { IdleTimeout = Short(scene) });
        Assert.Equal("too slow", served.Connect().ReceiveTextToEnd());
        await served.First;
        Assert.Equal(End.IdleTimeout, end);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AReadThatTakesTooLongTimesOutAsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(
            async c => end = (await c.ReadAsync()).End, new Limits { ReadTimeout = Short(scene) });
        served.Connect();
        await served.First;
        Assert.Equal(End.ReadTimeout, end);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task AHandlerMayGiveEachReadATimeOfItsOwn(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(
            async c =>
            {
                Assert.Equal(TimeSpan.FromMinutes(1), c.ReadTimeout);
                c.ReadTimeout = Timeout.InfiniteTimeSpan;
                Assert.Equal(Timeout.InfiniteTimeSpan, c.ReadTimeout);
                c.Consume((await c.ReadAsync()).Length);
                c.ReadTimeout = s_short;
                end = (await c.ReadAsync()).End;
                Assert.Throws<ArgumentOutOfRangeException>(() => c.ReadTimeout = TimeSpan.Zero);
            },
            new Limits { ReadTimeout = TimeSpan.FromMinutes(1) });
        served.Connect().Send("x");
        await served.First;
        Assert.Equal(End.ReadTimeout, end);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task EachByteBeginsTheIdleTimeAnew(Scene scene)
    {
        await SteadilyAsync(
            time => scene.ServeAsync(Handlers.Echo, new Limits { IdleTimeout = time }),
            peer =>
            {
                peer.Send("x");
                peer.Receive(1);
            });
    }

    [Behaviour]
    [Except("runtime", "the runtime's sockets do not tell what the kernel still holds")]
    internal static async Task APeerThatTakesLessThanTheKernelReportsIsStillTaking(Scene scene)
    {
        // Far too little to free a third of that buffer within the time-out, which is when the kernel tells of room.
        await SteadilyAsync(
            time => scene.ServeAsync(
                async c =>
                {
                    End end = End.None;
                    while (end == End.None)
                    {
                        c.Write(new byte[60_000]);
                        end = await c.FlushAsync();
                    }
                },
                new Limits { WriteTimeout = time },
                new SocketOptions { SendBufferBytes = 2_000_000 }),
            peer => peer.Receive(3_000),
            receiveBufferBytes: 4_096);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task APeerThatTakesNothingTimesOutAsAValue(Scene scene)
    {
        End end = End.None;
        Served served = await scene.ServeAsync(
            async c =>
            {
                while (end == End.None)
                {
                    c.Write(new byte[100_000]);
                    end = await c.FlushAsync();
                }

                Assert.Equal(End.WriteTimeout, c.Ended);
            },
            new Limits { WriteTimeout = s_short },
            new SocketOptions { SendBufferBytes = 8_192 });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        await served.First;
        Assert.Equal(End.WriteTimeout, end);
        Assert.True(peer.IsReset());
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task APeerThatTakesSlowlyDoesNotTimeOut(Scene scene)
    {
        await SteadilyAsync(
            time => scene.ServeAsync(
                async c =>
                {
                    while (await c.FlushAsync() == End.None)
                    {
                        c.Write(new byte[100_000]);
                    }
                },
                new Limits { WriteTimeout = time },
                new SocketOptions { SendBufferBytes = 8_192 }),
            peer => peer.Receive(100_000),
            receiveBufferBytes: 8_192);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task PendingOutputOfAClosedConnectionTimesOut(Scene scene)
    {
        Served served = await scene.ServeAsync(
            c =>
            {
                c.Write(new byte[1_000_000]);
                return default;
            },
            new Limits { WriteTimeout = s_short },
            new SocketOptions { SendBufferBytes = 8_192 });
        Peer peer = served.Connect(receiveBufferBytes: 8_192);
        Assert.Equal(End.WriteTimeout, (await scene.EventAsync(NetworkEventKind.Closed)).End);
        await scene.Until(() => served.Listener.ConnectionCount == 0, "the connection is gone");
        Assert.True(peer.IsReset());
    }

    [Behaviour]
    internal static async Task ThoseThatDoNotWaitDoNotTimeOut(Scene scene)
    {
        // The handler works for longer than the idle time-out, and reads what came meanwhile.
        int got = 0;
        Served served = await scene.ServeAsync(
            async c =>
            {
                await Handlers.ReadExactlyAsync(c, 1);
                c.Write("."u8);
                await c.FlushAsync();
                await Task.Delay(500);
                got = (await Handlers.ReadExactlyAsync(c, 4)).Length;
            },
            new Limits { IdleTimeout = TimeSpan.FromMilliseconds(300), ReadTimeout = TimeSpan.FromMilliseconds(300) });
        Peer peer = served.Connect();
        peer.Send("x");
        peer.Receive(1);
        peer.Send("more");
        await served.First;
        Assert.Equal(4, got);
    }

    [Behaviour]
    internal static async Task TimeOutsOfInfinityAreOff(Scene scene)
    {
        var off = new Limits
        {
            IdleTimeout = Timeout.InfiniteTimeSpan,
            ReadTimeout = Timeout.InfiniteTimeSpan,
            WriteTimeout = Timeout.InfiniteTimeSpan,
        };
        Served served = await scene.ServeAsync(Handlers.Echo, off);
        Peer peer = served.Connect();
        await Task.Delay(100);
        peer.Send("x");
        peer.Receive(1);
    }

    // A handshake waits for its peer like any read.
    private static TimeSpan Short(Scene scene) => scene.Transport == Transports.Tls ? s_handshake : s_short;

    /// <summary>
    /// Takes a step twelve times within the time-out, for longer than it, and nothing may end meanwhile. Where the
    /// machine was so busy that the steps themselves came late, that proves nothing, and twice the time is tried.
    /// </summary>
    private static async Task SteadilyAsync(
        Func<TimeSpan, Task<Served>> serve, Action<Peer> step, int receiveBufferBytes = 0)
    {
        for (TimeSpan timeout = s_steady; ; timeout *= 2)
        {
            Served served = await serve(timeout);
            Peer? peer = null;
            long latest = Environment.TickCount64;
            long longest = 0;
            try
            {
                peer = served.Connect(receiveBufferBytes);
                for (int i = 0; i < 16; i++)
                {
                    step(peer);
                    await Task.Delay(timeout / 12);
                    longest = Math.Max(longest, Environment.TickCount64 - latest);
                    latest = Environment.TickCount64;
                }

                return;
            }
            catch (Exception exception) when (
                exception is IOException or System.Net.Sockets.SocketException
                && timeout < s_steadyMax
                && Math.Max(longest, Environment.TickCount64 - latest) > timeout.TotalMilliseconds / 3)
            {
                peer?.Dispose();
            }
        }
    }
}
