using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Linux;
using Sockeye.Tests.Adapters;

namespace Sockeye.Tests.Engines;

/// <summary>A loop that the kernel refuses to wait for ends, loudly, and takes only its own connections
/// along.</summary>
public sealed class LoopFailureTests
{
    [Fact]
    public async Task AFailedLoopAbortsItsConnectionsIsReportedOnceAndTheOthersServeOn()
    {
        var reports = new ConcurrentQueue<NetworkEvent>();
        var loops = new List<Loop>();
        var network = new EventNetwork(
            "failing",
            new NetworkOptions { Loops = 2, Observe = reports.Enqueue },
            (owner, name) =>
            {
                loops.Add(new ReadinessLoop<FailingPoller>(owner, name, default));
                return loops[^1];
            });
        var served = new BlockingCollection<Connection>();
        var ends = new BlockingCollection<End>();
        Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), async (Connection c) =>
        {
            served.Add(c);
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                c.Write(received.Span);
                c.Consume(received.Length);
                await c.FlushAsync();
            }

            ends.Add(c.Ended);
        });

        using Socket first = await ConnectAsync(listener);
        var failing = (Loop)served.Take().Owner;
        failing.Post(_ => FailingPoller.s_failsHere = true, null);
        await failing.Ended.WaitAsync(Served.TimeOut);
        Assert.Equal(End.Aborted, ends.Take());
        int dispatches = failing.Dispatches;

        // The other loop has the port to itself now, and clients of our own go there.
        using Socket second = await ConnectAsync(listener);
        await Served.SendAsync(second, "still served");
        Assert.Equal("still served", await Served.ReadAsync(second, 12));
        for (int i = 0; i < 4; i++)
        {
            await network.RunAsync(async () =>
            {
                await using Connection client = await network.ConnectAsync(listener.Endpoint);
                Assert.NotSame(failing, client.Owner);
            });
        }

        await network.DisposeAsync().AsTask().WaitAsync(Served.TimeOut);
        Assert.Equal(dispatches, failing.Dispatches);
        NetworkEvent report = Assert.Single(reports, report => report.Kind == NetworkEventKind.LoopFailed);
        Assert.Contains($"'{failing.Name}'", report.Message, StringComparison.Ordinal);
        Assert.Contains("EBADF", report.Message, StringComparison.Ordinal);
    }

    private static async Task<Socket> ConnectAsync(Listener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, listener.Endpoint.Port).WaitAsync(Served.TimeOut);
        return socket;
    }

    /// <summary>poll(2) that says EBADF on the thread that asks for it.</summary>
    private struct FailingPoller : IPoller
    {
        [ThreadStatic]
        internal static bool s_failsHere;

        private PollPoller _poller;

        public static bool ReportsHangUp => PollPoller.ReportsHangUp;

        public static bool ForgetsClosed => PollPoller.ForgetsClosed;

        public static bool CanChangeThread => PollPoller.CanChangeThread;

        public Result Open() => _poller.Open();

        public Result Add(int descriptor, ulong token, Readiness interest) => _poller.Add(descriptor, token, interest);

        public readonly void Change(int descriptor, ulong token, Readiness interest) =>
            _poller.Change(descriptor, token, interest);

        public void Remove(int descriptor, ulong token) => _poller.Remove(descriptor, token);

        public Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle) =>
            s_failsHere ? Result.Failure(Errno.EBADF) : _poller.Wait(ready, timeoutMilliseconds, idle);

        public readonly void Wake() => _poller.Wake();

        public readonly void Close() => _poller.Close();
    }
}
