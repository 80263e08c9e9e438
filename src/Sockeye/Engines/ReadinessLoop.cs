using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>Something that a readiness loop watches.</summary>
internal interface IWatched
{
    /// <summary>It became ready.</summary>
    void OnReady(Readiness readiness);

    /// <summary>The loop ends: close, without waiting.</summary>
    void OnLoopEnd();
}

/// <summary>The part of a readiness loop that its sockets use; it does not differ by poller.</summary>
internal abstract class ReadinessLoop : Loop
{
    private readonly List<ReadinessConnection> _sending = [];
    private readonly List<ReadinessConnection> _sendingNow = [];

    protected ReadinessLoop(LoopNetwork network, string name, bool blocking)
        : base(network, name, blocking)
    {
    }

    public sealed override IAcceptor StartAccepting(int descriptor, LoopListener listener)
    {
        Result started = ReadinessAcceptor.TryStart(this, descriptor, listener, out ReadinessAcceptor acceptor);
        return started.Ok ? acceptor : throw Failures.Of(NetworkOperation.Listen, listener.Endpoint, started.Error);
    }

    public sealed override Result Adopt(
        int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits, out SocketConnection connection)
    {
        Result created = ReadinessConnection.TryCreate(
            this, descriptor, peer, listener, limits, out ReadinessConnection made);
        connection = made;
        return created;
    }

    /// <summary>Does not look at a descriptor until it is watched for something again: a hang-up, which cannot be
    /// looked away from, would be reported every turn. It still counts, and is closed with the loop.</summary>
    public abstract void Ignore(int slot);

    /// <summary>Whether <see cref="Readiness.OnChange"/> makes a difference.</summary>
    public abstract bool ReportsChanges { get; }

    /// <summary>Has what is ready already reported once more, where only changes are.</summary>
    public abstract void LookAgain(int slot);

    /// <summary>Sends this connection's output at the end of the turn.</summary>
    public void QueueSend(ReadinessConnection connection) => _sending.Add(connection);

    protected sealed override bool SendQueued()
    {
        // What resumes here may write again: that goes out at the end of the next turn, which bounds this one. A
        // blocking wait may come back here from inside, so the list is taken before it is walked.
        if (_sending.Count == 0)
        {
            return false;
        }

        int first = _sendingNow.Count;
        _sendingNow.AddRange(_sending);
        _sending.Clear();
        int last = _sendingNow.Count;
        for (int i = first; i < last; i++)
        {
            ReadinessConnection connection = _sendingNow[i];
            Begin(connection);
            connection.SendQueued();
        }

        _sendingNow.RemoveRange(first, _sendingNow.Count - first);
        return _sending.Count > 0;
    }
}

/// <summary>
/// A loop over readiness: wait, then receive, accept and send what can be done without waiting. Generic over a
/// small poller; the pollers differ, the loop does not.
/// </summary>
internal sealed class ReadinessLoop<TPoller> : ReadinessLoop
    where TPoller : struct, IPoller
{
    /// <summary>Descriptors that one wait reports at most: the bound on one turn's work.</summary>
    private const int ReadyPerTurnMax = 256;

    private TPoller _poller;
    private Slot[] _slots = new Slot[16];
    private int _slotCount;
    private int _freeSlot = -1;
    private int _watched;
    private bool _idle;
    private bool _isEnding;
    private readonly Func<Loop, bool>? _isDone;

    /// <param name="network">The network it is part of.</param>
    /// <param name="name">The name of its thread.</param>
    /// <param name="poller">The poller, not yet open.</param>
    /// <param name="blocking">Handlers wait in the system call.</param>
    /// <param name="isDone">Asked when nothing is watched and no handler runs: whether the loop ends.</param>
    public ReadinessLoop(
        LoopNetwork network, string name, TPoller poller, bool blocking = false, Func<Loop, bool>? isDone = null)
        : base(network, name, blocking)
    {
        _poller = poller;
        _isDone = isDone;
    }

    private struct Slot
    {
        public IWatched? Target;
        public int Descriptor;
        public uint Generation; // Tells a late event of a closed descriptor from one of its successor.
        public Readiness Interest;
        public bool IsIgnored;  // The poller does not have it.
        public int NextFree;
    }

    public override bool ReportsHangUp => TPoller.ReportsHangUp;

    public override bool WatchesTimers => TPoller.WatchesTimers;

    protected override bool IsDone => Load == 0 && _isDone is not null && _isDone(this);

    protected override bool CanChangeThread => TPoller.CanChangeThread && !IsBlocking;

    protected override bool CanWaitInline => _watched == 1 && Load <= 2;

    public override Result Watch(IWatched target, int descriptor, Readiness interest, out int slot)
    {
        if (_isEnding)
        {
            slot = -1;
            return Result.Failure(Errno.ECANCELED); // Nobody would close it.
        }

        slot = TakeSlot();
        ref Slot entry = ref _slots[slot];
        Result added = _poller.Add(descriptor, TokenOf(slot), interest);
        if (!added.Ok)
        {
            entry.NextFree = _freeSlot;
            _freeSlot = slot;
            slot = -1;
            return added;
        }

        entry.Target = target;
        entry.Descriptor = descriptor;
        entry.Interest = interest;
        entry.IsIgnored = false;
        _watched++;
        Load++;
        return added;
    }

    public override Readiness InterestOf(int slot) => _slots[slot].Interest;

    public override void SetInterest(int slot, Readiness interest)
    {
        ref Slot entry = ref _slots[slot];
        if (entry.Interest == interest)
        {
            return;
        }

        entry.Interest = interest;
        if (!entry.IsIgnored)
        {
            _poller.Change(entry.Descriptor, TokenOf(slot), interest);
        }
        else if (interest != Readiness.None)
        {
            // If the kernel is out of memory for it, the time-outs of the connection end what waits.
            entry.IsIgnored = !_poller.Add(entry.Descriptor, TokenOf(slot), interest).Ok;
        }
    }

    public override bool ReportsChanges => TPoller.ReportsChanges;

    public override void LookAgain(int slot)
    {
        ref Slot entry = ref _slots[slot];
        if (TPoller.ReportsChanges && !entry.IsIgnored)
        {
            _poller.Change(entry.Descriptor, TokenOf(slot), entry.Interest);
        }
    }

    public override void Ignore(int slot)
    {
        ref Slot entry = ref _slots[slot];
        if (!entry.IsIgnored)
        {
            _poller.Remove(entry.Descriptor, TokenOf(slot));
            entry.IsIgnored = true;
            entry.Interest = Readiness.None;
        }
    }

    public override void Unwatch(int slot)
    {
        ref Slot entry = ref _slots[slot];
        if (!entry.IsIgnored)
        {
            _poller.Remove(entry.Descriptor, TokenOf(slot));
        }

        Free(slot);
    }

    public override void UnwatchClosing(int slot)
    {
        if (TPoller.ForgetsClosed)
        {
            Free(slot);
        }
        else
        {
            Unwatch(slot);
        }
    }

    protected override Result Open() => _poller.Open();

    protected override void Close()
    {
        _isEnding = true;
        for (int slot = 0; slot < _slotCount; slot++)
        {
            _slots[slot].Target?.OnLoopEnd();
        }

        _poller.Close();
    }

    protected override void Wake() => _poller.Wake();

    [SkipLocalsInit]
    protected override void Poll(int timeoutMilliseconds)
    {
        Span<Ready> ready = stackalloc Ready[ReadyPerTurnMax];
        Result found = _poller.Wait(ready, timeoutMilliseconds, _idle);
        ReadClock();
        if (!found.Ok)
        {
            Fail(found.Error);
            return;
        }

        int count = found.Value;
        int before = Progress;
        for (int i = 0; i < count; i++)
        {
            int slot = (int)(uint)ready[i].Token;
            ref Slot entry = ref _slots[slot];
            if (entry.Target is { } target && entry.Generation == (uint)(ready[i].Token >> 32))
            {
                Dispatch(target, ready[i].Readiness);
            }
        }

        _idle = Progress == before;
    }

    // Not inlined, so that the JIT keeps no socket of the last event alive in this loop's frame while it waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Dispatch(IWatched target, Readiness readiness)
    {
        Begin(target);
        target.OnReady(readiness);
    }

    private ulong TokenOf(int slot) => ((ulong)_slots[slot].Generation << 32) | (uint)slot;

    private int TakeSlot()
    {
        if (_freeSlot >= 0)
        {
            int slot = _freeSlot;
            _freeSlot = _slots[slot].NextFree;
            return slot;
        }

        if (_slotCount == _slots.Length)
        {
            Array.Resize(ref _slots, _slots.Length * 2);
        }

        return _slotCount++;
    }

    private void Free(int slot)
    {
        ref Slot entry = ref _slots[slot];
        Debug.Assert(entry.Target is not null, "watched once");
        entry.Target = null;
        entry.Generation++;
        entry.NextFree = _freeSlot;
        _freeSlot = slot;
        _watched--;
        Load--;
    }
}
