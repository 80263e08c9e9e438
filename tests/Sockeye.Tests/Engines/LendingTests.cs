using System.Diagnostics;
using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Engines;

/// <summary>A loop lends its thread, and goes on with another when it does not get it back.</summary>
public sealed class LendingTests
{
    private static readonly TimeSpan s_long = Patience.Time;

    public static TheoryData<string> Lending =>
        [.. IoModel.All.Where(one => one.Lends && one.WhyUnavailable() is null).Select(one => one.Name)];

    public static TheoryData<string> Others =>
        [.. IoModel.All.Where(one => !one.Lends && one.WhyUnavailable() is null).Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Lending))]
    public async Task ShortWorkRunsOnTheLoopsThreadAndIsNobodys(string model)
    {
        await using Network network = Open(model);
        var (before, during, after) = await network.RunAsync(async () =>
        {
            Thread mine = Thread.CurrentThread;
            Seen seen = await LendAsync(Seen.Now);
            return (mine, seen, Thread.CurrentThread);
        });
        Assert.Same(before, during.Thread);
        Assert.Same(before, after);
        Assert.Null(during.Owner);
        Assert.Null(during.Context);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task OtherModelsGiveItToTheThreadPool(string model)
    {
        await using Network network = Open(model);
        Seen seen = await network.RunAsync(() => LendAsync(Seen.Now));
        Assert.True(seen.Thread.IsThreadPoolThread);
        Assert.Null(seen.Owner);
        Assert.Null(seen.Context);
    }

    [Theory]
    [MemberData(nameof(Lending))]
    public async Task LoopGoesOnWithAnotherThreadWhileItsOwnIsBlocked(string model)
    {
        await using Network network = Open(model);
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Handlers.Echo);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync("127.0.0.1", listener.Endpoint.Port);
        using var began = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Thread first = null!;
        Task<Seen> blocked = network.RunAsync(() =>
        {
            first = Thread.CurrentThread;
            return LendAsync(() =>
            {
                began.Set();
                Assert.True(release.Wait(s_long));
                return Seen.Now();
            });
        });
        Assert.True(began.Wait(s_long));
        for (int i = 0; i < 10; i++)
        {
            await client.SendAsync("served"u8.ToArray());
            byte[] reply = new byte[6];
            await client.ReceiveAsync(reply).WaitAsync(s_long);
            Assert.Equal("served"u8, reply);
        }

        Seen next = await network.RunAsync(() => LendAsync(Seen.Now));
        Assert.True(next.Thread.IsThreadPoolThread); // For a while: the application blocks.
        release.Set();
        Assert.Same(first, (await blocked).Thread);
        Assert.True(first.Join(s_long)); // The thread that was left behind ends.
        Thread second = await network.RunAsync(() => Task.FromResult(Thread.CurrentThread));
        Assert.NotSame(first, second);
    }

    [Fact]
    public async Task NetworkIsDisposedOfWhileTheThreadIsLent()
    {
        Network network = Open("epoll");
        using var began = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Task<Seen> blocked = network.RunAsync(() => LendAsync(() =>
        {
            began.Set();
            Assert.True(release.Wait(s_long));
            return Seen.Now();
        }));
        Assert.True(began.Wait(s_long));
        await network.DisposeAsync().AsTask().WaitAsync(s_long);
        Assert.False(blocked.IsCompleted);
        release.Set();
        await blocked.WaitAsync(s_long);
    }

    [Fact]
    public async Task NoThreadIsLentWhileTooManyHaveNotComeBack()
    {
        const int LeftBehindMax = 16;
        await using Network network = Open("epoll");
        using var release = new ManualResetEventSlim();
        List<Task<Seen>> blocked = [];
        while (blocked.Count < LeftBehindMax)
        {
            var began = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<Seen> lent = network.RunAsync(() =>
            {
                var loop = (Loop)Owner.Current!;
                return LendAsync(() =>
                {
                    var seen = Seen.Now();
                    bool isLent = !seen.Thread.IsThreadPoolThread;
                    if (isLent)
                    {
                        loop.LeaveThreadBehind(); // As the watchdog would.
                    }

                    began.SetResult(isLent);
                    Assert.True(!isLent || release.Wait(s_long));
                    return seen;
                });
            });
            if (await began.Task.WaitAsync(s_long))
            {
                blocked.Add(lent);
            }
            else
            {
                await Task.Delay(20); // The watchdog was quicker than we, and pauses lending for a second.
            }
        }

        Assert.True((await network.RunAsync(() => LendAsync(Seen.Now))).Thread.IsThreadPoolThread);
        release.Set();
        foreach (Seen one in await Task.WhenAll(blocked))
        {
            Assert.True(one.Thread.Join(s_long));
        }

        // When they are back, and the pause is over if the watchdog made one.
        var clock = Stopwatch.StartNew();
        while ((await network.RunAsync(() => LendAsync(Seen.Now))).Thread.IsThreadPoolThread)
        {
            Assert.True(clock.Elapsed < s_long);
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task AnAsyncLocalOfTheWorkStaysInIt()
    {
        var local = new AsyncLocal<string>();
        await using Network network = Open("epoll");
        await network.RunAsync(() => LendAsync(() =>
        {
            local.Value = "mine";
            return Seen.Now();
        }));
        string? seen = null;
        await network.RunAsync(() => LendAsync(() =>
        {
            seen = local.Value;
            return Seen.Now();
        }));
        Assert.Null(seen);
    }

    [Theory]
    [MemberData(nameof(Lending))]
    public async Task ConnectionsHaveTheirTurnBetweenPiecesThatTakeLong(string model)
    {
        const int LongMilliseconds = 15; // More than a turn has for lent work, and too little for the watchdog.
        await using Network network = Open(model);
        bool hasTurned = false;
        Task<Seen> second = await network.RunAsync(() =>
        {
            Owner loop = Owner.Current!;
            _ = LendAsync(() =>
            {
                loop.Post(_ => hasTurned = true, null);
                long began = Environment.TickCount64;
                while (Environment.TickCount64 - began < LongMilliseconds)
                {
                    Thread.SpinWait(100);
                }

                return Seen.Now();
            });
            return Task.FromResult(LendAsync(() =>
            {
                Assert.True(Volatile.Read(ref hasTurned));
                return Seen.Now();
            }));
        });
        await second.WaitAsync(s_long);
    }

    [Theory]
    [MemberData(nameof(Lending))]
    public async Task WhatIsLentWhileTheLoopClosesRunsAllTheSame(string model)
    {
        await using Network serving = Open("epoll");
        await using Listener listener = await serving.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Handlers.Echo);
        Network network = Open(model);
        var lent = new TaskCompletionSource<Task<Seen>>(TaskCreationOptions.RunContinuationsAsynchronously);
        await network.RunAsync(async () =>
        {
            Connection connection = await network.ConnectAsync(listener.Endpoint);
            _ = LendAtTheEndAsync(connection);
        });
        await network.DisposeAsync();
        Seen seen = await (await lent.Task.WaitAsync(s_long)).WaitAsync(s_long);
        Assert.True(seen.Thread.IsThreadPoolThread);

        async Task LendAtTheEndAsync(Connection connection)
        {
            await connection.ReadAsync();
            lent.SetResult(LendAsync(Seen.Now));
        }
    }

    private static Network Open(string model) =>
        Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });

    /// <summary>Lends the thread of the owner that this is called on.</summary>
    private static Task<Seen> LendAsync(Func<Seen> function)
    {
        var work = new Piece(function);
        Owner.Current!.Lend(work);
        return work.Done;
    }

    private sealed record Seen(Thread Thread, Owner? Owner, SynchronizationContext? Context)
    {
        public static Seen Now() => new(Thread.CurrentThread, Owner.Current, SynchronizationContext.Current);
    }

    private sealed class Piece(Func<Seen> function) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<Seen> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Seen> Done => _done.Task;

        public void Execute()
        {
            try
            {
                _done.SetResult(function());
            }
            catch (Exception exception)
            {
                _done.SetException(exception);
            }
        }
    }
}
