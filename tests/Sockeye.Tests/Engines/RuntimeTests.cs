using System.Net;
using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Engines.Runtime;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Engines;

/// <summary>What is special about the model async: owners without threads, and .NET's sockets beneath.</summary>
public sealed class RuntimeTests
{
    private static readonly TimeSpan s_limit = Patience.Time;
    private static readonly Endpoint s_anyPort = Endpoint.Parse("tcp://127.0.0.1:0");

    [Fact]
    public async Task PostedWorkRunsInOrderAndNeverTwoAtOnce()
    {
        const int Posters = 4;
        const int Each = 5_000;
        await using Network network = Open();
        var owner = new SerialOwner(network);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int[] seen = new int[Posters];
        int inside = 0, overlaps = 0, disorders = 0, left = Posters * Each;
        Parallel.For(0, Posters, poster =>
        {
            for (int i = 0; i < Each; i++)
            {
                int number = i;
                owner.Post(
                    _ =>
                    {
                        overlaps += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
                        disorders += seen[poster]++ == number ? 0 : 1;
                        Interlocked.Decrement(ref inside);
                        if (--left == 0)
                        {
                            done.SetResult();
                        }
                    },
                    (object?)null);
            }
        });
        await done.Task.WaitAsync(s_limit);
        Assert.Equal((0, 0), (overlaps, disorders));
    }

    [Fact]
    public async Task PostedWorkNeverRunsInline()
    {
        await using Network network = Open();
        var owner = new SerialOwner(network);
        bool wasInline = await On(owner, finish =>
        {
            bool returned = false;
            owner.Post(_ => finish(!returned), (object?)null);
            returned = true;
        });
        Assert.False(wasInline);
    }

    [Fact]
    public async Task OwnerAndContextAreSetWhileWorkRunsAndNotAfter()
    {
        await using Network network = Open();
        var owner = new SerialOwner(network);
        Assert.True(await On(owner, finish =>
            finish(owner.IsCurrent && Owner.Current == owner && SynchronizationContext.Current == owner)));

        // A completion on a free owner runs here and now, which shows what is left behind.
        var before = SynchronizationContext.Current;
        bool ran = false;
        owner.Run(_ => ran = owner.IsCurrent, owner);
        Assert.True(ran);
        Assert.Null(Owner.Current);
        Assert.Equal(before, SynchronizationContext.Current);
    }

    [Fact]
    public async Task CompletionOnABusyOwnerWaitsItsTurn()
    {
        await using Network network = Open();
        var owner = new SerialOwner(network);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var order = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(
            _ =>
            {
                entered.Set();
                leave.Wait(s_limit);
                order.Add("busy");
            },
            (object?)null);
        Assert.True(entered.Wait(s_limit));
        owner.Run(
            _ =>
            {
                order.Add("completion");
                done.SetResult();
            },
            owner);
        leave.Set();
        await done.Task.WaitAsync(s_limit);
        Assert.Equal(["busy", "completion"], order);
    }

    [Fact]
    public async Task AsyncLocalsDoNotLeakIntoOrBetweenWork()
    {
        await using Network network = Open();
        var owner = new SerialOwner(network);
        var local = new AsyncLocal<string?> { Value = "poster" };
        string? ofPoster = "";
        string? ofEarlierWork = "";
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(
            _ =>
            {
                ofPoster = local.Value;
                local.Value = "work";
            },
            (object?)null);
        owner.Post(
            _ =>
            {
                ofEarlierWork = local.Value;
                done.SetResult();
            },
            (object?)null);
        await done.Task.WaitAsync(s_limit);
        Assert.Equal((null, null), (ofPoster, ofEarlierWork));
    }

    [Fact]
    public async Task WorkThatPostsItselfLetsOthersHaveThePool()
    {
        await using Network network = Open();
        int count = (2 * ThreadPool.ThreadCount) + 64;
        SerialOwner[] owners = [.. Enumerable.Range(0, count).Select(_ => new SerialOwner(network))];
        using var stop = new CancellationTokenSource();
        foreach (SerialOwner owner in owners)
        {
            void Again(object? state)
            {
                if (!stop.IsCancellationRequested)
                {
                    owner.Post(Again, state);
                }
            }

            owner.Post(Again, (object?)null);
        }

        var last = new SerialOwner(network);
        bool had = await On(last, finish => finish(true));
        await stop.CancelAsync();
        Assert.True(had);
    }

    [Fact]
    public async Task DeadlinesComeInOrderAndNotAfterTheLastConnection()
    {
        await using Network network = Open();
        var owner = new SerialOwner(network);
        var order = new List<int>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(
            _ =>
            {
                owner.Attach();
                long now = owner.Now;
                owner.Schedule(new Alarm(() => order.Add(2)), now + 20);
                owner.Schedule(new Alarm(() => order.Add(1)), now + 10);
                owner.Schedule(
                    new Alarm(() =>
                    {
                        owner.Schedule(new Alarm(() => order.Add(4)), owner.Now);
                        owner.Detach();
                        order.Add(3);
                        done.SetResult();
                    }),
                    now + 30);
            },
            (object?)null);
        await done.Task.WaitAsync(s_limit);
        Assert.True(await On(owner, finish => finish(true)));
        Assert.Equal([1, 2, 3], order);
    }

    [Fact]
    public async Task ConnectionMadeInAHandlerHasTheHandlersOwner()
    {
        await using Network network = Open();
        await using Listener upstream = await network.ListenAsync(s_anyPort, Echo);
        var same = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Listener proxy = await network.ListenAsync(s_anyPort, async (Connection connection) =>
        {
            await using Connection onward = await network.ConnectAsync(upstream.Endpoint);
            onward.Write("x"u8);
            await onward.FlushAsync();
            Received received = await onward.ReadAsync();
            same.SetResult(received.Length == 1 && onward.Owner == connection.Owner && connection.Owner.IsCurrent);
        });
        using Socket client = Connect(proxy);
        Assert.True(await same.Task.WaitAsync(s_limit));
    }

    [Fact]
    public async Task SecondListenerOnAPortIsRefusedInTheWordsOfTheOtherModels()
    {
        await using Network network = Open();
        await using Listener first = await network.ListenAsync(s_anyPort, Echo);
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            async () => await network.ListenAsync(first.Endpoint, Echo));
        Assert.Equal(NetworkError.AddressInUse, refused.Error);

        await using Network other = Network.Open(IoModel.Parse("poll"));
        NetworkException refusedThere = await Assert.ThrowsAsync<NetworkException>(
            async () => await other.ListenAsync(first.Endpoint, Echo));
        Assert.Equal(refusedThere.Message, refused.Message);
    }

    [Fact]
    public async Task TwoListenersShareAPortWhenBothAsk()
    {
        var options = new ListenOptions { Socket = new SocketOptions { SharePort = true } };
        await using Network network = Open();
        await using Listener first = await network.ListenAsync(s_anyPort, Echo, options);
        await using Listener second = await network.ListenAsync(first.Endpoint, Echo, options);
        Assert.Equal(first.Endpoint, second.Endpoint);
    }

    [Fact]
    public async Task LimitCountsConnectionsWhoseHandlersHaveNotStarted()
    {
        const int Most = 3;
        int refused = 0;
        var allRefused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Network network = Network.Open(IoModel.Parse("async"), new NetworkOptions
        {
            Observe = report =>
            {
                if (report.Kind == NetworkEventKind.Refused && Interlocked.Increment(ref refused) == 20 - Most)
                {
                    allRefused.SetResult();
                }
            },
        });
        await using Listener listener = await network.ListenAsync(
            s_anyPort, Echo, new ListenOptions { Limits = new Limits { ConnectionsMax = Most } });
        Socket[] clients = [.. Enumerable.Range(0, 20).Select(_ => Connect(listener))];
        await allRefused.Task.WaitAsync(s_limit);

        // Those that were let in count when they are served, which may be a moment later.
        await Eventually.Async(() => listener.ConnectionCount == Most);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task HandlerThatBlocksHoldsUpNeitherAcceptingNorOthers()
    {
        using var leave = new ManualResetEventSlim();
        await using Network network = Open();
        await using Listener blocking = await network.ListenAsync(s_anyPort, (Connection _) =>
        {
            leave.Wait(s_limit);
            return default;
        });
        await using Listener echo = await network.ListenAsync(s_anyPort, Echo);
        Socket[] blocked = [Connect(blocking), Connect(blocking)];
        using Socket client = Connect(echo);
        client.Send("hello"u8);
        byte[] reply = new byte[5];
        Assert.Equal(5, await client.ReceiveAsync(reply).WaitAsync(s_limit));
        leave.Set();
        Array.ForEach(blocked, one => one.Dispose());
    }

    private static async ValueTask Echo(Connection connection)
    {
        while (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            connection.Write(received.Span);
            connection.Consume(received.Length);
            await connection.FlushAsync();
        }
    }

    private static Network Open() => Network.Open(IoModel.Parse("async"));

    private static Socket Connect(Listener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, listener.Endpoint.Port);
        return socket;
    }

    /// <summary>Runs work on the owner and gives what it finishes with.</summary>
    private static Task<bool> On(SerialOwner owner, Action<Action<bool>> work)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        owner.Post(_ => work(done.SetResult), (object?)null);
        return done.Task.WaitAsync(s_limit);
    }

    private sealed class Alarm(Action action) : IScheduled
    {
        private Deadline _deadline;

        public ref Deadline Deadline => ref _deadline;

        public void OnDeadline() => action();
    }
}
