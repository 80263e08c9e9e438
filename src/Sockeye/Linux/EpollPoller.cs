using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>epoll(7): the kernel keeps the set and reports what is ready. Level-triggered, and edge-triggered for those
/// that ask for changes: what was reported is then not looked at again in the next wait, 2 to 3 % of a request of 13
/// bytes (2026-11).</summary>
internal struct EpollPoller : IPoller
{
    private const int EventsMax = 256;

    /// <summary>The token of the event that wakes the loop; no slot has it.</summary>
    private const ulong WakeToken = ulong.MaxValue;

    private const EpollFlags StopsShort = EpollFlags.PeerShutdown | EpollFlags.Priority;

    private int _epoll;
    private WakeEvent _wake;
    private EpollEvents _events;

    public static bool ReportsHangUp => true;

    // When its last duplicate is closed (epoll(7)). Ours are close-on-exec, so that a program that is being started has
    // one for a moment; events that come meanwhile have a token of the past. One system call less for each connection.
    public static bool ForgetsClosed => true;

    public static bool ReportsChanges => true;

    public static bool CanChangeThread => true;

    public static string? WhyUnavailable()
    {
        Result epoll = Interop.EpollCreate1();
        if (!epoll.Ok)
        {
            return $"epoll_create1: {epoll.Error}";
        }

        Interop.Close(epoll.Value);
        return null;
    }

    public Result Open()
    {
        Result epoll = Interop.EpollCreate1();
        if (!epoll.Ok)
        {
            return epoll;
        }

        _epoll = epoll.Value;
        _events = new EpollEvents(EventsMax);
        Result opened = WakeEvent.Open(out _wake);
        if (!opened.Ok)
        {
            Interop.Close(_epoll);
            return opened;
        }

        opened = Interop.EpollCtl(_epoll, EpollOperation.Add, _wake.Descriptor, EpollFlags.Readable, WakeToken);
        if (!opened.Ok)
        {
            Close();
        }

        return opened;
    }

    public readonly Result Add(int descriptor, ulong token, Readiness interest) =>
        Interop.EpollCtl(_epoll, EpollOperation.Add, descriptor, FlagsOf(interest), token);

    public readonly void Change(int descriptor, ulong token, Readiness interest) =>
        Interop.EpollCtl(_epoll, EpollOperation.Modify, descriptor, FlagsOf(interest), token);

    public readonly void Remove(int descriptor, ulong token) =>
        Interop.EpollCtl(_epoll, EpollOperation.Delete, descriptor);

    public readonly Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle)
    {
        Result result = Interop.EpollWait(_epoll, _events, timeoutMilliseconds);
        if (!result.Ok)
        {
            return result.OrNoneIfInterrupted();
        }

        int count = 0;
        for (int i = 0; i < result.Value; i++)
        {
            ulong token = _events.Data(i);
            if (token == WakeToken)
            {
                _wake.Take();
                continue;
            }

            EpollFlags flags = _events.Flags(i);
            ready[count++] = new Ready(
                token,
                ((flags & EpollFlags.Readable) != 0 ? Readiness.Readable : Readiness.None)
                | ((flags & EpollFlags.Writable) != 0 ? Readiness.Writable : Readiness.None)
                | ((flags & (EpollFlags.HangUp | EpollFlags.Error)) != 0 ? Readiness.HungUp : Readiness.None)
                | ((flags & StopsShort) != 0 ? Readiness.StopsShort : Readiness.None));
        }

        return Result.Success(count);
    }

    public readonly void Wake() => _wake.Set();

    public readonly void Close()
    {
        Interop.Close(_epoll);
        _wake.Close();
    }

    private static EpollFlags FlagsOf(Readiness interest) =>
        ((interest & Readiness.Readable) != 0 ? EpollFlags.Readable : EpollFlags.None)
        | ((interest & Readiness.Writable) != 0 ? EpollFlags.Writable : EpollFlags.None)
        | ((interest & Readiness.OnChange) != 0 ? EpollFlags.EdgeTriggered | StopsShort : EpollFlags.None);
}
