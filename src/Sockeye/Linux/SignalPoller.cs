using System.Runtime.CompilerServices;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// Signal-driven input and output: the kernel queues a real-time signal with the descriptor when its state changes
/// (F_SETSIG, fcntl(2)), directed at the loop's own thread, which takes it with sigtimedwait(2). A signal only says
/// that something changed, so what it names is looked at with poll(2), and again until it is not ready any more; that
/// makes it level-triggered. When the queue overflows the kernel sends plain SIGIO, and everything is looked at.
/// </summary>
internal struct SignalPoller : IPoller
{
    /// <summary>Clear of those that libc and the runtime use, which are the first ones (SIGRTMIN is 34 in
    /// glibc).</summary>
    private const int ReadySignal = 46;

    private const int OverflowSignal = (int)Signal.Io;

    private const int SignalsPerWaitMax = 256;

    private SignalSet _signals;
    private int _thread;
    private int _process;
    private Dictionary<int, (ulong Token, Readiness Interest)> _watched;    // By descriptor.
    private HashSet<int> _suspects;     // Descriptors that may be ready.
    private List<int> _order;           // The suspects of one wait.
    private PollEntry[] _entries;
    private int _next;
    private StrongBox<bool> _closed;

    public static bool ReportsHangUp => true;

    // fcntl(2), O_ASYNC: signals come for "terminals, pseudoterminals, sockets, and […] pipes and FIFOs".
    public static bool WatchesTimers => false;

    public static bool ForgetsClosed => false;

    // Its signals are sent to the thread that opened it.
    public static bool CanChangeThread => false;

    public Result Open()
    {
        _watched = [];
        _suspects = [];
        _order = [];
        _entries = new PollEntry[16];
        _closed = new StrongBox<bool>();
        _thread = Interop.Gettid();
        _process = Environment.ProcessId;
        _signals = SignalSet.Of(ReadySignal, OverflowSignal);

        // Blocked, the signals wait in the queue of this thread instead of ending the process.
        return Interop.PthreadSigmask(SignalMaskChange.Block, _signals, out _);
    }

    public Result Add(int descriptor, ulong token, Readiness interest)
    {
        Result result = Interop.Fcntl(descriptor, new SignalOwner(OwnerKind.Thread, _thread));
        result = result.Ok ? Interop.Fcntl(descriptor, FcntlCommand.SetSignal, ReadySignal) : result;
        result = result.Ok ? Interop.Fcntl(descriptor, FcntlCommand.GetFlags, 0) : result;
        result = result.Ok ? Interop.Fcntl(descriptor, (FileFlags)result.Value | FileFlags.Async) : result;
        if (result.Ok)
        {
            _watched[descriptor] = (token, interest);
            _suspects.Add(descriptor); // What happened before the signals were on is not signalled.
        }

        return result;
    }

    public readonly void Change(int descriptor, ulong token, Readiness interest)
    {
        _watched[descriptor] = (token, interest);
        _suspects.Add(descriptor);
    }

    public readonly void Remove(int descriptor, ulong token)
    {
        // A signal that is still queued for it finds nothing watched, or at worst makes its successor a suspect.
        _watched.Remove(descriptor);
        _suspects.Remove(descriptor);
        Result flags = Interop.Fcntl(descriptor, FcntlCommand.GetFlags, 0);
        if (flags.Ok)
        {
            Interop.Fcntl(descriptor, (FileFlags)flags.Value & ~FileFlags.Async);
        }
    }

    public Result Wait(Span<Ready> ready, int timeoutMilliseconds, bool idle)
    {
        Result found = PollSuspects(ready);
        if (!found.Ok)
        {
            return found;
        }

        Result taken = TakeSignals(found.Value > 0 ? 0 : timeoutMilliseconds);
        return !taken.Ok ? taken : found.Value > 0 ? found : PollSuspects(ready);
    }

    public readonly void Wake()
    {
        lock (_closed)
        {
            if (!_closed.Value)
            {
                // A real-time signal needs room in the queue (RLIMIT_SIGPENDING), which may be full; SIGIO does not.
                if (!Interop.Tgkill(_process, _thread, ReadySignal).Ok)
                {
                    Interop.Tgkill(_process, _thread, OverflowSignal);
                }
            }
        }
    }

    public readonly void Close()
    {
        lock (_closed)
        {
            _closed.Value = true;
        }
    }

    private readonly Result TakeSignals(int timeoutMilliseconds)
    {
        for (int i = 0; i < SignalsPerWaitMax; i++)
        {
            Result taken = Interop.Sigtimedwait(_signals, out SignalInfo info, i == 0 ? timeoutMilliseconds : 0);
            if (!taken.Ok)
            {
                return taken.IsWouldBlock ? Result.Success() : taken.OrNoneIfInterrupted(); // The time is over.
            }

            if (taken.Value == OverflowSignal)
            {
                _suspects.UnionWith(_watched.Keys);
            }
            else if (info.Code > 0 && _watched.ContainsKey(info.Descriptor))
            {
                _suspects.Add(info.Descriptor);
            }
        }

        return Result.Success();
    }

    private Result PollSuspects(Span<Ready> ready)
    {
        if (_suspects.Count == 0)
        {
            return Result.Success();
        }

        _order.Clear();
        _order.AddRange(_suspects);
        if (_entries.Length < _order.Count)
        {
            Array.Resize(ref _entries, _order.Count * 2);
        }

        for (int i = 0; i < _order.Count; i++)
        {
            _entries[i] = new PollEntry(_order[i], PollPoller.FlagsOf(_watched[_order[i]].Interest));
        }

        Result polled = Interop.Poll(_entries.AsSpan(0, _order.Count), 0);
        if (!polled.Ok)
        {
            return polled.OrNoneIfInterrupted(); // They stay suspects.
        }

        int count = 0;
        int scanned = 0;
        for (; scanned < _order.Count && count < ready.Length; scanned++)
        {
            int place = (_next + scanned) % _order.Count;
            PollEntry entry = _entries[place];
            if (entry.Happened == PollFlags.None)
            {
                _suspects.Remove(entry.Descriptor); // The next change is signalled again.
            }
            else
            {
                ready[count++] = new Ready(_watched[entry.Descriptor].Token, PollPoller.ReadinessOf(entry.Happened));
            }
        }

        _next = scanned < _order.Count ? _next + scanned : 0;
        return Result.Success(count);
    }
}
