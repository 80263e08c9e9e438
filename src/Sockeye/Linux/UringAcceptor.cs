using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>Accepts connections on a completion loop: one request that completes with each of them.</summary>
internal sealed class UringAcceptor : IUringTarget, IAcceptor, IScheduled
{
    private enum State : byte
    {
        Accepting,
        Paused,
        Stopped,
    }

    private readonly UringLoop _loop;
    private readonly LoopListener _listener;
    private readonly int _descriptor;
    private readonly int _slot;
    private Deadline _deadline;
    private State _state;
    private bool _isAsked;      // A request is in flight.

    /// <summary>Starts to accept.</summary>
    public UringAcceptor(UringLoop loop, int descriptor, LoopListener listener)
    {
        _loop = loop;
        _descriptor = descriptor;
        _listener = listener;
        _slot = loop.TakeSlot(this);
        Ask();
    }

    public void Stop()
    {
        if (_state == State.Stopped)
        {
            return;
        }

        _state = State.Stopped;
        if (_isAsked)
        {
            // At once, since a request in flight would keep the socket, and with it the port.
            _loop.Cancel(_slot, UringOperation.Accept);
            _loop.Flush();
        }

        Interop.Close(_descriptor);
        _loop.ReleaseSlot(_slot);
    }

    void IUringTarget.OnCompletion(UringOperation operation, int result, UringCompletionFlags flags)
    {
        _isAsked = (flags & UringCompletionFlags.More) != 0;
        if (result >= 0)
        {
            Accept(result);
        }
        else if (_state == State.Accepting && AcceptFailures.MustPause((Errno)(-result)))
        {
            Pause((Errno)(-result));
        }

        // The kernel may end the request with any completion, and does with each error.
        if (!_isAsked && _state == State.Accepting)
        {
            Ask();
        }
    }

    void IUringTarget.OnLoopEnd() => Stop();

    ref Deadline IScheduled.Deadline => ref _deadline;

    void IScheduled.OnDeadline()
    {
        if (_state == State.Paused)
        {
            _state = State.Accepting;
            if (!_isAsked)
            {
                Ask();
            }

            _listener.ReportResumed();
        }
    }

    private void Accept(int descriptor)
    {
        if (_state == State.Stopped)
        {
            // Accepted while the cancellation was under way.
            Sockets.ResetOnClose(descriptor);
            Interop.Close(descriptor);
        }
        else if (Interop.Getpeername(descriptor, out SocketAddress peer).Ok)
        {
            _listener.Accept(_loop, descriptor, peer);
        }
        else
        {
            // Reset already (ENOTCONN). A request that goes on cannot give the address with each connection.
            Interop.Close(descriptor);
        }
    }

    private void Ask()
    {
        _isAsked = true;
        var submission = new UringSubmission
        {
            Operation = UringOperation.Accept,
            Variant = UringVariant.MultishotAccept,
            Descriptor = _descriptor,
            OperationFlags = (uint)(SocketKind.NonBlocking | SocketKind.CloseOnExec),
        };
        _loop.Request(_slot, ref submission);
    }

    private void Pause(Errno reason)
    {
        _state = State.Paused;
        _loop.Schedule(this, _loop.Now + AcceptFailures.PauseMilliseconds);
        _listener.ReportPaused(reason);
    }
}
