namespace Sockeye.Tests.Conformance;

/// <summary>Where a handler runs: on its connection's owner, whatever it awaited.</summary>
public sealed class Ownership(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task AnAwaitOfATimerResumesOnTheOwner(Scene scene) => await ResumesAfter(
        scene, async _ => await Task.Delay(10));

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task AnAwaitOfATaskResumesOnTheOwner(Scene scene) => await ResumesAfter(
        scene, async c => Assert.True(await Task.Run(() => !c.Owner.IsCurrent)));

    [Behaviour]
    internal static async Task AnAwaitOfAYieldResumesOnTheOwner(Scene scene) => await ResumesAfter(
        scene, async _ => await Task.Yield());

    [Behaviour]
    internal static async Task AnAwaitOfAFailedTaskResumesOnTheOwner(Scene scene) => await ResumesAfter(
        scene,
        async c =>
        {
            await Assert.ThrowsAsync<FormatException>(() => Task.Run(() => throw new FormatException()));
            Assert.True(c.Owner.IsCurrent);
        });

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task AnAwaitOfAnotherConnectionResumesOnTheOwner(Scene scene)
    {
        Served other = await scene.ServeAsync(Handlers.Echo);
        await ResumesAfter(scene, async c =>
        {
            await using Connection client = await scene.ConnectAsync(other.Endpoint);
            Assert.True(c.Owner.IsCurrent);
            Assert.Same(c.Owner, client.Owner);
            client.Write("over there"u8);
            await client.FlushAsync();
            Assert.True(c.Owner.IsCurrent);
            Assert.Equal(10, (await Handlers.ReadExactlyAsync(client, 10)).Length);
        });
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task HandlersOfOneConnectionNeverRunInParallel(Scene scene)
    {
        int inside = 0;
        int most = 0;
        Served served = await scene.ServeAsync(async c =>
        {
            async Task Work(int steps)
            {
                for (int i = 0; i < steps; i++)
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Thread.SpinWait(50);
                    Interlocked.Decrement(ref inside);
                    await Task.Run(() => { });
                    Assert.True(c.Owner.IsCurrent);
                }
            }

            await Task.WhenAll(Work(100), Work(100), Work(100));
        });
        served.Connect();
        await served.First;
        Assert.Equal(1, most);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TouchingAConnectionFromElsewhereIsAClearError(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            await Task.Delay(10).ConfigureAwait(false);
            Assert.False(c.Owner.IsCurrent);
            foreach (Action touch in (Action[])
                [
                    () => c.Write("x"u8), () => c.Consume(0), () => _ = c.ReadAsync(), () => _ = c.FlushAsync(),
                    () => c.GetSpan(), () => c.GetMemory(), () => _ = c.ShutdownAsync(), c.SendNow, () => _ = c.Lost,
                ])
            {
                InvalidOperationException error = Assert.Throws<InvalidOperationException>(touch);
                Assert.Contains("ConfigureAwait(false)", error.Message, StringComparison.Ordinal);
                Assert.Contains("Post", error.Message, StringComparison.Ordinal);
            }
        });
        Peer peer = served.Connect();
        await served.First;

        // The handler ended away from home; its connection is closed all the same.
        Assert.Empty(peer.ReceiveToEnd());
    }

    [Behaviour]
    internal static async Task ANeighbourOfTheSameOwnerMayBeTouchedAndOthersByPosting(Scene scene)
    {
        Connection? other = null;
        Served served = await scene.ServeAsync(async c =>
        {
            if (Interlocked.CompareExchange(ref other, c, null) is not { } first)
            {
                await c.ReadAsync();
            }
            else if (ReferenceEquals(first.Owner, c.Owner))
            {
                first.Write("hello neighbour"u8);
                await first.FlushAsync();
            }
            else
            {
                Assert.Throws<InvalidOperationException>(() => first.Write("x"u8));
                var done = new TaskCompletionSource();
                first.Post(
                    async _ =>
                    {
                        first.Write("hello neighbour"u8);
                        await first.FlushAsync();
                        done.SetResult();
                    },
                    null);
                await done.Task;
                Assert.True(c.Owner.IsCurrent);
            }
        });
        Peer receiver = served.Connect();
        await scene.Until(() => other is not null, "the first is served");
        served.Connect();
        Assert.Equal("hello neighbour", receiver.ReceiveText(15));
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task WorkPostedFromAnyThreadRunsOnTheOwner(Scene scene)
    {
        int ran = 0;
        int wrong = 0;
        Served served = await scene.ServeAsync(async c =>
        {
            c.Write("x"u8);
            await c.FlushAsync();
            await c.ReadAsync();
        });
        Peer peer = served.Connect();
        peer.Receive(1);
        Connection connection = served.Connections.Single();
        await Parallel.ForAsync(0, 4, async (_, _) =>
        {
            for (int i = 0; i < 500; i++)
            {
                connection.Post(
                    _ =>
                    {
                        ran++; // Not atomic on purpose: only the owner does it.
                        wrong += connection.Owner.IsCurrent ? 0 : 1;
                    },
                    null);
                if (i % 100 == 0)
                {
                    await Task.Yield();
                }
            }
        });
        await scene.Until(() => Volatile.Read(ref ran) == 2_000, "all of it ran");
        Assert.Equal(0, wrong);
        peer.FinishSending();
        await served.First;
    }

    [Behaviour]
    internal static async Task PostedWorkRunsInOrderAndNeverInline(Scene scene)
    {
        List<int> order = [];
        Served served = await scene.ServeAsync(async c =>
        {
            var done = new TaskCompletionSource();
            for (int i = 1; i <= 100; i++)
            {
                int number = i;
                c.Post(_ => order.Add(number), null);
            }

            c.Post(_ => done.SetResult(), null);
            order.Add(0);
            await done.Task;
        });
        served.Connect();
        await served.First;
        Assert.Equal(Enumerable.Range(0, 101), order);
    }

    [Behaviour]
    internal static async Task WorkPostedAfterTheCloseRunsSomewhere(Scene scene)
    {
        Served served = await scene.ServeAsync(_ => default, new Limits { CloseLinger = TimeSpan.Zero });
        served.Connect().Dispose();
        await scene.EventAsync(NetworkEventKind.Closed);
        var afterClose = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        served.Connections.Single().Post(_ => afterClose.SetResult(), null);
        await afterClose.Task.WaitAsync(scene.End);
        await scene.Network.DisposeAsync();
        var afterAll = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        served.Connections.Single().Post(_ => afterAll.SetResult(), null);
        await afterAll.Task.WaitAsync(scene.End);
    }

    [Behaviour(IsCore = true, On = Transports.Streams)]
    internal static async Task AProxyMovesBothDirectionsAtOnce(Scene scene)
    {
        static async Task Pump(Connection from, Connection to)
        {
            while (await from.ReadAsync() is { IsEmpty: false } received)
            {
                to.Write(received.Span);
                from.Consume(received.Length);
                if (await to.FlushAsync() != End.None)
                {
                    return;
                }
            }

            await to.ShutdownAsync();
        }

        Served backend = await scene.ServeAsync(Handlers.Echo);
        Served proxy = await scene.ServeAsync(async c =>
        {
            await using Connection upstream = await scene.ConnectAsync(backend.Endpoint);
            await Task.WhenAll(Pump(c, upstream), Pump(upstream, c));
        });
        Peer peer = proxy.Connect();
        peer.Send("ping");
        Assert.Equal("ping", peer.ReceiveText(4));
        byte[] sent = Handlers.Pattern(3_000_000);
        Task sending = Task.Run(() => peer.Send(sent));
        Assert.True(peer.Receive(sent.Length).AsSpan().SequenceEqual(sent), "what went through came back");
        await sending;
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        await proxy.First;
    }

    [Behaviour]
    internal static async Task AsyncLocalsDoNotLeakFromWhoStartedTheServer(Scene scene)
    {
        var local = new AsyncLocal<string?> { Value = "of the starter" };
        string? seen = "nothing";
        Served served = await scene.ServeAsync(c =>
        {
            seen = local.Value;
            local.Value = "of the handler";
            return default;
        });
        Assert.Empty(served.Connect().ReceiveToEnd());
        Assert.Null(seen);
        Assert.Empty(served.Connect().ReceiveToEnd());
        await scene.Until(() => served.Done == 2, "both are done");
        Assert.Null(seen);
    }

    [Behaviour(On = Transports.Streams)]
    internal static async Task AStreamOverAConnectionWorksFromAnyThread(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            Stream stream = c.AsStream();
            byte[] some = new byte[5];
            await stream.ReadExactlyAsync(some);
            await stream.WriteAsync(some);
            await Task.Run(async () =>
            {
                Assert.False(c.Owner.IsCurrent);
                await stream.ReadExactlyAsync(some);
                await stream.WriteAsync(some);
            });
            Assert.Equal(0, await stream.ReadAsync(some));
        });
        Peer peer = served.Connect();
        peer.Send("helloworld");
        Assert.Equal("helloworld", peer.ReceiveText(10));
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        await served.First;
    }

    [Behaviour(On = Transports.Streams)]
    [Except(Transports.Unix, Reasons.NoReset)]
    internal static async Task AStreamOverAConnectionThrowsAtAReset(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            Stream stream = c.AsStream();
            byte[] some = new byte[5];
            await stream.ReadExactlyAsync(some);
            IOException error = await Assert.ThrowsAsync<IOException>(async () => await stream.ReadExactlyAsync(some));
            Assert.Contains("Reset", error.Message, StringComparison.Ordinal);
        });
        Peer peer = served.Connect();
        peer.Send("hello");
        await scene.Until(() => served.Connections.Any(c => c.BytesReceived == 5), "the bytes are in");
        peer.Reset();
        await served.First;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task PipesOverAConnectionWork(Scene scene)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            System.IO.Pipelines.IDuplexPipe pipe = c.AsDuplexPipe();
            while (true)
            {
                System.IO.Pipelines.ReadResult result = await pipe.Input.ReadAsync();
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                {
                    await pipe.Output.WriteAsync(part);
                }

                pipe.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        });
        Peer peer = served.Connect();
        byte[] sent = Handlers.Pattern(100_000);
        peer.Send(sent);
        Assert.True(peer.Receive(100_000).AsSpan().SequenceEqual(sent));
        peer.FinishSending();
        Assert.Empty(peer.ReceiveToEnd());
        await served.First;
    }

    private static async Task ResumesAfter(Scene scene, Func<Connection, Task> step)
    {
        Served served = await scene.ServeAsync(async c =>
        {
            int thread = Environment.CurrentManagedThreadId;
            for (int i = 0; i < 3; i++)
            {
                await step(c);
                Assert.True(c.Owner.IsCurrent);
                Assert.Same(c.Owner, Owner.Current);
                if (scene.HasThreadPerOwner)
                {
                    Assert.Equal(thread, Environment.CurrentManagedThreadId);
                }

                c.Write("."u8);
                await c.FlushAsync();
            }
        });
        Assert.Equal("...", served.Connect().ReceiveTextToEnd());
        await served.First;
    }
}
