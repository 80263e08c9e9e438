using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>Something that has requests in flight on a ring.</summary>
internal interface IUringTarget
{
    /// <summary>A request came to an outcome; with <see cref="UringCompletionFlags.More"/> it goes on. Also after the
    /// target released its slot, so that it can let go of what the kernel used.</summary>
    void OnCompletion(UringOperation operation, int result, UringCompletionFlags flags);

    /// <summary>The loop ends: close, without waiting.</summary>
    void OnLoopEnd();
}

/// <summary>
/// A loop over completions: one io_uring_enter(2) for each turn hands over what the turn asked for, and waits for what
/// comes of it.
/// </summary>
internal sealed class UringLoop : Loop
{
    /// <summary>Completions that one turn deals with at most; the others come in the next one.</summary>
    private const int CompletionsPerTurnMax = 256;

    /// <summary>How long a loop that ends waits for the kernel to let go of its memory, in milliseconds. It takes
    /// microseconds: everything in flight is cancelled before.</summary>
    private const int EndMillisecondsMax = 5_000;

    private const int GenerationBits = 24;

    /// <summary>Loops whose memory the kernel would not let go of: better kept for ever than written to
    /// later.</summary>
    private static readonly List<UringLoop> s_abandoned = [];

    private List<UringConnection> _sending = [];
    private List<UringConnection> _sendingNow = [];
    private readonly uint _submissions;
    private readonly uint _completions;
    private UringRing _ring = null!;
    private UringBuffers _buffers = null!;
    private WakeEvent _wake = null!;
    private Slot[] _slots = new Slot[16];
    private int _slotCount;
    private int _freeSlot = -1;
    private int _inFlight;
    private bool _isEnding;

    /// <param name="network">The network it is part of.</param>
    /// <param name="name">The name of its thread.</param>
    /// <param name="submissions">Entries of the submission queue.</param>
    /// <param name="completions">Entries of the completion queue; 0: four for each submission.</param>
    public UringLoop(
        LoopNetwork network, string name, uint submissions = UringRing.SubmissionsDefault, uint completions = 0)
        : base(network, name, blocking: false)
    {
        _submissions = submissions;
        _completions = completions;
    }

    private struct Slot
    {
        public IUringTarget? Target;
        public uint Generation;     // Tells a late completion of a closed descriptor from one of its successor.
        public int InFlight;        // Requests that will complete once more.
        public bool IsReleased;     // Free as soon as the last of them has.
        public int NextFree;
    }

    public override bool ReportsHangUp => true;

    protected override bool CanWaitInline => false;

    // A ring takes requests from the thread alone that opened it (IORING_SETUP_SINGLE_ISSUER).
    protected override bool CanChangeThread => false;

    public override IAcceptor StartAccepting(int descriptor, LoopListener listener) =>
        new UringAcceptor(this, descriptor, listener);

    public override Result Adopt(
        int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits, out SocketConnection connection)
    {
        if (_isEnding)
        {
            connection = null!;
            return Result.Failure(Errno.ECANCELED);
        }

        connection = new UringConnection(this, descriptor, peer, listener, limits);
        return Result.Success();
    }

    public override Result Watch(IWatched target, int descriptor, Readiness interest, out int slot)
    {
        slot = -1;
        if (_isEnding)
        {
            return Result.Failure(Errno.ECANCELED);
        }

        slot = new UringWatch(this, target, descriptor, interest).Slot;
        return Result.Success();
    }

    public override Readiness InterestOf(int slot) => WatchOf(slot).Interest;

    public override void SetInterest(int slot, Readiness interest) => WatchOf(slot).SetInterest(interest);

    public override void Unwatch(int slot) => WatchOf(slot).Release();

    /// <summary>A slot for a target, which names its requests.</summary>
    public int TakeSlot(IUringTarget target)
    {
        int slot = _freeSlot;
        if (slot >= 0)
        {
            _freeSlot = _slots[slot].NextFree;
        }
        else
        {
            if (_slotCount == _slots.Length)
            {
                Array.Resize(ref _slots, _slots.Length * 2);
            }

            slot = _slotCount++;
        }

        _slots[slot].Target = target;
        Load++;
        return slot;
    }

    /// <summary>The target is done. Its slot is free when its last request has completed.</summary>
    public void ReleaseSlot(int slot)
    {
        ref Slot entry = ref _slots[slot];
        Debug.Assert(entry.Target is not null && !entry.IsReleased, "released once");
        entry.IsReleased = true;
        Load--;
        if (entry.InFlight == 0)
        {
            Free(slot);
        }
    }

    /// <summary>Asks the kernel for something at the end of this turn. A target has one request of a kind at a
    /// time.</summary>
    public void Request(int slot, ref UringSubmission submission)
    {
        submission.UserData = TokenOf(slot, submission.Operation);
        _slots[slot].InFlight++;
        _inFlight++;
        _ring.Submit(submission);
    }

    /// <summary>Asks for the end of a request. It completes all the same: cancelled, or with what it did after
    /// all.</summary>
    public void Cancel(int slot, UringOperation operation) => _ring.Submit(new UringSubmission
    {
        Operation = UringOperation.Cancel,
        Descriptor = -1,
        Address = TokenOf(slot, operation),
        Flags = UringSubmissionFlags.SkipCompletion,
    });

    /// <summary>
    /// Closes a descriptor behind everything asked for so far: closed any sooner, its number could belong to somebody
    /// else by the time the kernel sees those requests.
    /// </summary>
    public void CloseDescriptor(int descriptor) => _ring.Submit(new UringSubmission
    {
        Operation = UringOperation.Close,
        Descriptor = descriptor,
        Flags = UringSubmissionFlags.SkipCompletion,
    });

    /// <summary>Hands over what was asked for so far, and has cancelled requests let go of their descriptors.</summary>
    public void Flush() => _ring.Enter(0);

    /// <summary>Sends this connection's output at the end of the turn.</summary>
    public void QueueSend(UringConnection connection) => _sending.Add(connection);

    /// <summary>The block that a receive chose; its place must be refilled.</summary>
    public Block ReceivedBlock(UringCompletionFlags flags) => _buffers.Take((int)((uint)flags >> 16));

    /// <summary>Puts a block in the place of the one that a receive chose.</summary>
    public void Refill(UringCompletionFlags flags, Block block) => _buffers.Refill((int)((uint)flags >> 16), block);

    /// <summary>A receive found no block: more of them from now on.</summary>
    public void AddBlocks() => _buffers.Grow();

    protected override Result Open()
    {
        Result opened = UringRing.Open(_submissions, _completions, out _ring, out _);
        if (!opened.Ok)
        {
            return opened;
        }

        opened = UringBuffers.Open(_ring, Rent, out _buffers);
        if (opened.Ok)
        {
            opened = WakeEvent.Open(out _wake);
            if (opened.Ok)
            {
                return Watch(new Waker(this), _wake.Descriptor, Readiness.Readable, out _);
            }

            _ring.Close();
            _buffers.Close(Return);
            return opened;
        }

        _ring.Close();
        return opened;
    }

    protected override void Close()
    {
        _isEnding = true;
        for (int slot = 0; slot < _slotCount; slot++)
        {
            if (!_slots[slot].IsReleased)
            {
                _slots[slot].Target?.OnLoopEnd();
            }
        }

        // The kernel writes into our memory until the last request has completed.
        long until = Environment.TickCount64 + EndMillisecondsMax;
        while ((_inFlight > 0 || _ring.HasUnsubmitted) && Environment.TickCount64 < until
            && IsPassing(EnterAndDispatch(_inFlight > 0 ? 10 : 0)))
        {
        }

        _wake.Close();
        _ring.Close();
        if (_inFlight == 0)
        {
            _buffers.Close(Return);
            return;
        }

        lock (s_abandoned)
        {
            s_abandoned.Add(this);
        }
    }

    protected override void Wake() => _wake.Set();

    protected override bool SendQueued()
    {
        // Most outcomes come as completions. What resumes here, after a piece of a file, may write again: that goes out
        // at the end of the next turn, which bounds this one.
        (_sending, _sendingNow) = (_sendingNow, _sending);
        foreach (UringConnection connection in _sendingNow)
        {
            Begin(connection);
            connection.SendQueued();
        }

        _sendingNow.Clear();
        return _sending.Count > 0;
    }

    protected override void Poll(int timeoutMilliseconds)
    {
        Result entered = EnterAndDispatch(timeoutMilliseconds);
        if (!IsPassing(entered))
        {
            Fail(entered.Error);
        }
    }

    /// <summary>Whether the ring can go on. io_uring_enter(2) says with these that a signal came, that the time is
    /// over, or that not everything was taken for want of memory or of room for completions: the next turn goes
    /// on.</summary>
    internal static bool IsPassing(Result entered) =>
        entered.Ok || entered.Error is Errno.EINTR or Errno.ETIME or Errno.EAGAIN or Errno.EBUSY;

    private Result EnterAndDispatch(int timeoutMilliseconds)
    {
        Result entered = _ring.Enter(timeoutMilliseconds);
        ReadClock();
        for (int i = 0; i < CompletionsPerTurnMax && _ring.TryTake(out UringCompletion completion); i++)
        {
            Dispatch(completion);
        }

        return entered;
    }

    // Not inlined, so that the JIT keeps no target of the last completion alive in the loop's frame while it waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Dispatch(in UringCompletion completion)
    {
        var operation = (UringOperation)(completion.UserData >> 56);
        if (operation == UringOperation.None)
        {
            return; // A cancellation that came too late.
        }

        int slot = (int)(uint)completion.UserData;
        ref Slot entry = ref _slots[slot];
        bool isCurrent = entry.Target is not null && TokenOf(slot, operation) == completion.UserData;
        Debug.Assert(isCurrent, "a slot is kept until its last request has completed");
        if (!isCurrent)
        {
            return;
        }

        bool isLast = (completion.Flags & UringCompletionFlags.More) == 0;
        if (isLast)
        {
            entry.InFlight--;
            _inFlight--;
        }

        IUringTarget target = entry.Target!;
        bool wasReleased = entry.IsReleased;
        Begin(target);
        target.OnCompletion(operation, completion.Result, completion.Flags);
        if (wasReleased && isLast && _slots[slot].InFlight == 0)
        {
            Free(slot);
        }
    }

    private void Free(int slot)
    {
        ref Slot entry = ref _slots[slot];
        entry.Target = null;
        entry.IsReleased = false;
        entry.Generation = (entry.Generation + 1) & ((1 << GenerationBits) - 1);
        entry.NextFree = _freeSlot;
        _freeSlot = slot;
    }

    private UringWatch WatchOf(int slot) => (UringWatch)_slots[slot].Target!;

    private ulong TokenOf(int slot, UringOperation operation) =>
        ((ulong)operation << 56) | ((ulong)_slots[slot].Generation << 32) | (uint)slot;

    /// <summary>Ends the wait when another thread asks for it.</summary>
    private sealed class Waker(UringLoop loop) : IWatched
    {
        public void OnReady(Readiness readiness) => loop._wake.Take();

        public void OnLoopEnd()
        {
        }
    }
}
