using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>A descriptor that a completion loop watches for readiness, level-triggered: each poll request reports once,
/// and the next one reports what is still ready.</summary>
internal sealed class UringWatch : IUringTarget
{
    private enum State : byte
    {
        Idle,
        Polling,

        /// <summary>The poll request asks for too little and is being cancelled.</summary>
        Changing,

        Released,
    }

    private readonly UringLoop _loop;
    private readonly IWatched _target;
    private readonly int _descriptor;
    private State _state;
    private Readiness _asked;

    /// <summary>Starts to watch.</summary>
    public UringWatch(UringLoop loop, IWatched target, int descriptor, Readiness interest)
    {
        _loop = loop;
        _target = target;
        _descriptor = descriptor;
        Interest = interest;
        Slot = loop.TakeSlot(this);
        Ask();
    }

    public int Slot { get; }

    /// <summary>What it is watched for.</summary>
    public Readiness Interest { get; private set; }

    public void SetInterest(Readiness interest)
    {
        Interest = interest;

        // What is asked for beyond the interest is not passed on; only what is missing needs another request.
        if (_state == State.Polling && (interest & ~_asked) != 0)
        {
            _state = State.Changing;
            _loop.Cancel(Slot, UringOperation.PollAdd);
        }
    }

    /// <summary>Stops. When this returns the kernel has let go of the descriptor, which can be closed.</summary>
    public void Release()
    {
        bool isAsked = _state is State.Polling or State.Changing;
        _state = State.Released;
        if (isAsked)
        {
            _loop.Cancel(Slot, UringOperation.PollAdd);
            _loop.Flush();
        }

        _loop.ReleaseSlot(Slot);
    }

    void IUringTarget.OnCompletion(UringOperation operation, int result, UringCompletionFlags flags)
    {
        if (_state == State.Released)
        {
            return;
        }

        _state = State.Idle;
        Readiness ready = ReadinessOf(result) & (Interest | Readiness.HungUp);
        if (ready != Readiness.None)
        {
            _target.OnReady(ready);
        }

        if (_state == State.Idle)
        {
            Ask();
        }
    }

    void IUringTarget.OnLoopEnd()
    {
        _target.OnLoopEnd();
        if (_state != State.Released)
        {
            Release();
        }
    }

    private static Readiness ReadinessOf(int result)
    {
        if (result < 0)
        {
            // Other than by a cancellation a poll request fails only when the descriptor is unusable.
            return -result == (int)Errno.ECANCELED ? Readiness.None : Readiness.HungUp;
        }

        var flags = (PollFlags)result;
        return ((flags & PollFlags.Readable) != 0 ? Readiness.Readable : Readiness.None)
            | ((flags & PollFlags.Writable) != 0 ? Readiness.Writable : Readiness.None)
            | ((flags & (PollFlags.HangUp | PollFlags.Error)) != 0 ? Readiness.HungUp : Readiness.None);
    }

    private void Ask()
    {
        _state = State.Polling;
        _asked = Interest;
        var submission = new UringSubmission
        {
            Operation = UringOperation.PollAdd,
            Descriptor = _descriptor,
            OperationFlags = (uint)(((_asked & Readiness.Readable) != 0 ? PollFlags.Readable : PollFlags.None)
                | ((_asked & Readiness.Writable) != 0 ? PollFlags.Writable : PollFlags.None)),
        };
        _loop.Request(Slot, ref submission);
    }
}
