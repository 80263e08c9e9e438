using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

public sealed class ReadinessCallTests : IDisposable
{
    // Above the signals that glibc (32, 33), musl (32 to 34) and the runtime (SIGRTMIN) use.
    private const int TestSignal = 40;

    private readonly Loopback _loopback = new();

    public void Dispose() => _loopback.Dispose();

    [Fact]
    public void EpollTellsDescriptorsApart()
    {
        int epoll = _loopback.Keep(Interop.EpollCreate1());
        (int client, int server) = _loopback.Connect();
        const ulong ClientData = 0x0123_4567_89AB_CDEF;
        const ulong ServerData = ulong.MaxValue - 1;
        Loopback.Value(Interop.EpollCtl(epoll, EpollOperation.Add, client, EpollFlags.Readable, ClientData));
        Loopback.Value(Interop.EpollCtl(
            epoll, EpollOperation.Add, server, EpollFlags.Readable | EpollFlags.PeerShutdown, ServerData));
        Assert.Equal(
            Errno.EEXIST, Interop.EpollCtl(epoll, EpollOperation.Add, server, EpollFlags.Readable).Error);

        var events = new EpollEvents(4);
        Assert.Equal(0, Loopback.Value(Interop.EpollWait(epoll, events, 0)));
        Loopback.Value(Interop.Send(client, "x"u8));
        Loopback.Value(Interop.Send(server, "y"u8));
        Assert.Equal(2, Loopback.Value(Interop.EpollWait(epoll, events, 1000)));
        Assert.Equal([ClientData, ServerData], new[] { events.Data(0), events.Data(1) }.Order());
        Assert.Equal(EpollFlags.Readable, events.Flags(0));
        Assert.Equal(EpollFlags.Readable, events.Flags(1));

        Loopback.Value(Interop.EpollCtl(epoll, EpollOperation.Delete, server));
        Loopback.Value(Interop.EpollCtl(
            epoll, EpollOperation.Modify, client, EpollFlags.Writable | EpollFlags.EdgeTriggered, 7));
        Assert.Equal(1, Loopback.Value(Interop.EpollWait(epoll, events, 1000)));
        Assert.Equal((EpollFlags.Writable, 7UL), (events.Flags(0), events.Data(0)));
        Assert.Equal(0, Loopback.Value(Interop.EpollWait(epoll, events, 0)));
    }

    [Fact]
    public void PollReportsEachDescriptor()
    {
        (int client, int server) = _loopback.Connect();
        PollEntry[] entries =
        [
            new(client, PollFlags.Readable | PollFlags.Writable),
            new(server, PollFlags.Readable),
            new(-1, PollFlags.Readable),
        ];
        Assert.Equal(1, Loopback.Value(Interop.Poll(entries, 0)));
        Assert.Equal(PollFlags.Writable, entries[0].Happened);
        Loopback.Value(Interop.Send(client, "x"u8));
        Assert.Equal(2, Loopback.Value(Interop.Poll(entries, 1000)));
        Assert.Equal(PollFlags.Readable, entries[1].Happened);
        Assert.Equal(PollFlags.None, entries[2].Happened);
    }

    [Fact]
    public void SelectLeavesTheReadyOnes()
    {
        (int client, int server) = _loopback.Connect();
        int limit = Math.Max(client, server) + 1;
        DescriptorSet read = default;
        DescriptorSet write = default;
        DescriptorSet except = default;
        Assert.True(read.Add(client));
        Assert.True(read.Add(server));
        Assert.Equal(0, Loopback.Value(Interop.Select(limit, ref read, ref write, ref except, 10)));
        Assert.False(read.Contains(server));

        Loopback.Value(Interop.Send(client, "x"u8));
        read.Add(client);
        read.Add(server);
        write.Add(client);
        Assert.Equal(2, Loopback.Value(Interop.Select(limit, ref read, ref write, ref except, 1000)));
        Assert.True(read.Contains(server));
        Assert.False(read.Contains(client));
        Assert.True(write.Contains(client));
    }

    [Fact]
    public void SelectCannotHoldHighDescriptors()
    {
        DescriptorSet set = default;
        Assert.True(set.Add(1023));
        Assert.True(set.Contains(1023));
        Assert.False(set.Contains(1022));
        set.Remove(1023);
        Assert.False(set.Contains(1023));
        Assert.False(set.Add(1024));
        Assert.False(set.Add(-1));
        Assert.False(set.Contains(1024));
        DescriptorSet none = default;
        Assert.Throws<ArgumentOutOfRangeException>(() => Interop.Select(1025, ref none, ref none, ref none, 0));
    }

    [Fact]
    public void EventfdCountsWhatIsAdded()
    {
        int descriptor = _loopback.Keep(Interop.Eventfd(0));
        Assert.True(Interop.EventfdTake(descriptor, out _).IsWouldBlock);
        Loopback.Value(Interop.EventfdAdd(descriptor));
        Loopback.Value(Interop.EventfdAdd(descriptor, 41));
        Loopback.Value(Interop.EventfdTake(descriptor, out ulong count));
        Assert.Equal(42UL, count);
        Loopback.Value(Interop.EventfdAdd(descriptor, ulong.MaxValue - 1));
        Assert.True(Interop.EventfdAdd(descriptor).IsWouldBlock);
    }

    [Fact]
    public void ASignalNamesTheReadyDescriptor() => OnThread(() =>
    {
        SignalSet signals = SignalSet.Of(TestSignal, (int)Signal.Io);
        Assert.True(signals.Contains(TestSignal));
        Assert.False(signals.Contains(TestSignal + 1));
        Loopback.Value(Interop.PthreadSigmask(SignalMaskChange.Block, signals, out SignalSet previous));
        Assert.False(previous.Contains(TestSignal));
        Loopback.Value(Interop.PthreadSigmask(SignalMaskChange.Block, SignalSet.Of(), out previous));
        Assert.True(previous.Contains(TestSignal));
        Assert.True(Interop.Sigtimedwait(signals, out _, 0).IsWouldBlock);

        (int client, int server) = _loopback.Connect();
        Loopback.Value(Interop.Fcntl(server, FcntlCommand.SetSignal, TestSignal));
        Loopback.Value(Interop.Fcntl(server, new SignalOwner(OwnerKind.Thread, Interop.Gettid())));
        Loopback.Value(Interop.Fcntl(server, FileFlags.NonBlocking | FileFlags.Async));
        Assert.Equal(TestSignal, Loopback.Value(Interop.Fcntl(server, FcntlCommand.GetSignal)));

        Loopback.Value(Interop.Send(client, "x"u8));
        Assert.Equal(TestSignal, Loopback.Value(Interop.Sigtimedwait(signals, out SignalInfo info, 5000)));
        Assert.Equal(TestSignal, info.Number);
        Assert.Equal(server, info.Descriptor);
        Assert.True(info.Code > 0);
        Assert.True(((PollFlags)info.Band).HasFlag(PollFlags.Readable));
    });

    [Fact]
    public void AThreadCanBeSignalled() => OnThread(() =>
    {
        SignalSet signals = SignalSet.Of(TestSignal + 1);
        Loopback.Value(Interop.PthreadSigmask(SignalMaskChange.Block, signals, out _));
        Loopback.Value(Interop.Tgkill(Environment.ProcessId, Interop.Gettid(), TestSignal + 1));
        Assert.Equal(TestSignal + 1, Loopback.Value(Interop.Sigtimedwait(signals, out SignalInfo info, 5000)));
        Assert.True(info.Code <= 0);
        Assert.Equal(Errno.ESRCH, Interop.Tgkill(Environment.ProcessId, int.MaxValue, TestSignal).Error);
    });

    // A mask belongs to a thread, and the runtime's own threads must keep theirs.
    private static void OnThread(Action body)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
