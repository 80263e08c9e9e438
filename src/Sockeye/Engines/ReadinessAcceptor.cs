using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>Accepts connections on a readiness loop.</summary>
internal sealed class ReadinessAcceptor : IWatched, IAcceptor, IScheduled
{
    /// <summary>Connections accepted in one turn at most, so that a burst of them does not hold up the
    /// others.</summary>
    private const int AcceptsPerTurnMax = 64;

    private enum State : byte
    {
        Accepting,
        Paused,
        Stopped,
    }

    private readonly ReadinessLoop _loop;
    private readonly LoopListener _listener;
    private readonly int _descriptor;
    private Deadline _deadline;
    private int _slot;
    private State _state;

    private ReadinessAcceptor(ReadinessLoop loop, int descriptor, LoopListener listener)
    {
        _loop = loop;
        _descriptor = descriptor;
        _listener = listener;
    }

    /// <summary>Starts to accept.</summary>
    public static Result TryStart(
        ReadinessLoop loop, int descriptor, LoopListener listener, out ReadinessAcceptor acceptor)
    {
        acceptor = new ReadinessAcceptor(loop, descriptor, listener);
        return loop.Watch(acceptor, descriptor, Readiness.Readable, out acceptor._slot);
    }

    public void Stop()
    {
        if (_state != State.Stopped)
        {
            _state = State.Stopped;
            _loop.Unwatch(_slot);
            Interop.Close(_descriptor);
        }
    }

    void IWatched.OnReady(Readiness readiness)
    {
        for (int i = 0; i < AcceptsPerTurnMax && _state == State.Accepting; i++)
        {
            Result accepted = Interop.Accept4(_descriptor, out SocketAddress peer);
            if (accepted.Ok)
            {
                _loop.Progress++;
                _listener.Accept(_loop, accepted.Value, peer);
            }
            else if (accepted.IsWouldBlock)
            {
                break;
            }
            else if (AcceptFailures.MustPause(accepted.Error))
            {
                Pause(accepted.Error);
            }
        }
    }

    void IWatched.OnLoopEnd() => Stop();

    ref Deadline IScheduled.Deadline => ref _deadline;

    void IScheduled.OnDeadline()
    {
        if (_state == State.Paused)
        {
            _state = State.Accepting;
            _loop.SetInterest(_slot, Readiness.Readable);
            _listener.ReportResumed();
        }
    }

    private void Pause(Errno reason)
    {
        _state = State.Paused;
        _loop.SetInterest(_slot, Readiness.None);
        _loop.Schedule(this, _loop.Now + AcceptFailures.PauseMilliseconds);
        _listener.ReportPaused(reason);
    }
}
