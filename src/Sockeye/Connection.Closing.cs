using System.Diagnostics;
using Sockeye.Engines;

namespace Sockeye;

// How a connection ends: half-close, graceful close, loss and time-outs. Every field is owned by the owner.
public abstract partial class Connection
{
    private enum Life : byte
    {
        Open,

        /// <summary>Disposed; what was written is still leaving.</summary>
        Closing,

        /// <summary>Our FIN has left; what the peer still sends is discarded until its own.</summary>
        Lingering,

        /// <summary>The transport is closed.</summary>
        Closed,
    }

    private static long s_lastId;

    private readonly long _idleTimeout;
    private TimeSpan _readTimeout;
    private long _readTimeoutMilliseconds;
    private readonly long _writeTimeout;
    private Life _life;
    private End _lost;
    private CancellationTokenSource? _lostSource;
    private long _lastActivity;
    private Deadline _deadline;
    private long _lingerUntil;
    private int _lingered;
    private bool _expectsNoMore;

    /// <summary>Makes a connection that is open.</summary>
    protected Connection(Owner owner, Network network, Limits limits)
    {
        Owner = owner;
        Network = network;
        Limits = limits;
        _idleTimeout = Limits.Milliseconds(limits.IdleTimeout);
        ReadTimeout = limits.ReadTimeout;
        _writeTimeout = Limits.Milliseconds(limits.WriteTimeout);
    }

    /// <summary>The transport is closed, or about to be: no more calls to the engine.</summary>
    protected internal bool IsClosed => _life == Life.Closed;

    /// <summary>Counts the operations that came to an outcome, so that a blocking owner sees when one did.</summary>
    protected internal int Outcomes { get; private set; }

    /// <summary>Another connection lies over this one and waits in its place: a blocking owner then waits inside the
    /// call of the one above, which a stop or a cancellation can end.</summary>
    internal bool IsBeneathAnother { get; set; }

    /// <summary>How many of read, flush and close are waiting for an outcome, and for a caller.</summary>
    protected internal int Pending => IsBeneathAnother
        ? 0
        : (_read.IsPending ? 1 : 0) + (_flush.IsPending ? 1 : 0) + (_finish.IsPending ? 1 : 0);

    int IOwned.Outcomes => Outcomes;

    int IOwned.Pending => Pending;

    void IOwned.NoticeStop() => NoticeStop();

    /// <summary>Closes what lies beneath, with a reset when asked. Called once. Blocks that the engine still uses
    /// must stay untouched until it has let go of them.</summary>
    protected abstract void CloseTransport(bool reset);

    /// <summary>The handler wants to know of a loss also while it does not read.</summary>
    protected virtual void WatchForLoss()
    {
    }

    /// <summary>Something that the handler registered threw.</summary>
    private protected virtual void ReportFailure(Exception exception) =>
        Trace.TraceError($"A callback of {RemoteEndpoint} threw: {exception}");

    /// <summary>Whether the engine still holds the block being sent, so that it must not be lent again.</summary>
    protected virtual bool EngineHoldsOutput => false;

    /// <summary>The connection is over in both directions: pending operations end with this value.</summary>
    protected internal void Lose(End end)
    {
        Debug.Assert(end != End.None);
        if (_life == Life.Closed)
        {
            return;
        }

        _lost = end;
        if (_inputEnd == End.None)
        {
            _inputEnd = end;
        }

        // A connection that lingers has sent all and its FIN, and what the kernel still holds of that is the peer's: it
        // is not taken back when the network is disposed of meanwhile.
        CloseNow(reset: end != End.Reset && _life != Life.Lingering);
        if (_read.IsPending)
        {
            FinishRead(new Received(_inputEnd));
        }

        EndOutput(end);
        TellOfLoss();
    }

    /// <summary>
    /// The peer reset us: nothing more can be sent. What it had sent before may still lie in the kernel and is the
    /// handler's, so the engine goes on receiving until <see cref="EndInput"/> or <see cref="Lose"/>.
    /// </summary>
    protected internal void LoseOutput(End end)
    {
        Debug.Assert(end != End.None);
        if (_life != Life.Open || _inputEnd != End.None)
        {
            Lose(end);
        }
        else if (_lost == End.None)
        {
            _lost = end;
            DropOutput();
            EndOutput(end);
            TellOfLoss();
        }
    }

    /// <summary>Nothing can be sent, though what came before may still be received.</summary>
    protected bool HasLostOutput => _lost != End.None;

    ref Deadline IScheduled.Deadline => ref _deadline;

    /// <summary>A time that the connection asked for has come.</summary>
    void IScheduled.OnDeadline()
    {
        Debug.Assert(_life != Life.Closed, "a closed connection has no deadline");
        long now = Owner.Now;
        if (_life == Life.Lingering)
        {
            if (now >= _lingerUntil)
            {
                CloseNow();
                return;
            }

            Arm(_lingerUntil);
        }

        if (OutputWaiting > 0)
        {
            if (!IsPeerTaking(now))
            {
                Lose(End.WriteTimeout);
                return;
            }
        }

        if (_read.IsPending)
        {
            CheckReadDeadline(now);
        }
    }

    private void CheckReadDeadline(long now)
    {
        long readDue = _readBegan + _readTimeoutMilliseconds;
        long idleDue = Math.Max(_lastActivity, _readBegan) + _idleTimeout;
        if (now < readDue && now < idleDue)
        {
            Arm(Math.Min(readDue, idleDue));
            return;
        }

        StopReceive();
        EndInput(now >= idleDue ? End.IdleTimeout : End.ReadTimeout);
    }

    private void Arm(long due)
    {
        // Only ever brought forward. What was put off meanwhile is seen when the time comes, which is rare; moving
        // the deadline with every read would not be.
        if (!_deadline.IsSet || due < _deadline.Due)
        {
            Owner.Schedule(this, due);
        }
    }

    private ValueTask<End> Shutdown()
    {
        CheckOwner();
        if (_lost != End.None || _outputState == Output.Finished)
        {
            return new ValueTask<End>(_lost);
        }

        if (_finish.IsPending || _outputState == Output.SendingFile)
        {
            ThrowHelper.OperationOutstanding(_finish.IsPending ? "shutdown" : "send of a file");
        }

        BeginFinish();
        if (_lost != End.None || _outputState == Output.Finished)
        {
            return new ValueTask<End>(_lost);
        }

        _finish.Begin();
        Owner.Await(this);
        return _finish.IsPending ? _finish.AsTask() : new ValueTask<End>(_finish.Take());
    }

    private void BeginFinish()
    {
        if (_outputState == Output.Open)
        {
            _outputState = Output.Finishing;
        }

        if (OutputWaiting > 0)
        {
            if (_sending is null)
            {
                _sendProgress = Owner.Now;
            }

            StartSend();
            Arm(SendCheck);
        }
        else
        {
            OutputMoved();
        }
    }

    private ValueTask Close()
    {
        if (!Owner.IsCurrent && !Owner.HasEnded)
        {
            return _life == Life.Closed ? default : new ValueTask(CloseFromElsewhere());
        }

        CheckOwner();
        if (_outputState == Output.SendingFile)
        {
            Lose(End.Aborted); // The peer must not take the part of a file that has left for all of it.
        }

        if (_life == Life.Closed)
        {
            ReleaseInput();
            return default;
        }

        if (_life != Life.Open)
        {
            return default; // Closing already, and what was written is still leaving.
        }

        _life = Life.Closing;
        if (_read.IsPending)
        {
            StopReceive();
            FinishRead(new Received(End.Aborted));
        }

        if (_lost != End.None)
        {
            CloseNow();
            return default;
        }

        if (_outputState == Output.Finished)
        {
            BeginLinger();
            return default;
        }

        BeginFinish();
        if (_life != Life.Closing || _finish.IsPending)
        {
            return default;
        }

        _finish.Begin();
        Owner.Await(this);
        return _finish.IsPending ? _finish.AsPlainTask() : default;
    }

    private void AbortFromAnywhere()
    {
        if (Owner.IsCurrent)
        {
            Lose(End.Aborted);
        }
        else
        {
            Post(static c => ((Connection)c!).Lose(End.Aborted), this);
        }
    }

    private Task CloseFromElsewhere()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            async state =>
            {
                await Close().ConfigureAwait(false);
                ((TaskCompletionSource)state!).SetResult();
            },
            closed);
        return closed.Task;
    }

    /// <summary>Nothing more comes that a reset could answer, or nobody wants to wait for it.</summary>
    private bool ClosesAtOnce => _inputEnd == End.Finished || Limits.CloseLinger == TimeSpan.Zero
        || (_expectsNoMore && _inputHead == _inputTail);

    private void BeginLinger()
    {
        Debug.Assert(_life == Life.Closing);
        if (ClosesAtOnce)
        {
            CloseNow();
            return;
        }

        _life = Life.Lingering;
        ReleaseInput();
        _lingerUntil = Owner.Now + Limits.Milliseconds(Limits.CloseLinger);
        Arm(_lingerUntil);
        StartReceive();
    }

    private void DiscardWhileLingering(int count)
    {
        _lingered += count;
        ReleaseInput();
        if (_lingered > Limits.LingerBytesMax)
        {
            CloseNow(reset: true);
        }
        else
        {
            StartReceive();
        }
    }

    private void CloseNow(bool reset = false)
    {
        if (_life == Life.Closed)
        {
            return;
        }

        bool kept = _life == Life.Open; // Lost under the handler, which may still look at what it received.
        DropOutput();
        _life = Life.Closed;
        if (!kept)
        {
            ReleaseInput();
        }

        Owner.Unschedule(this);
        CloseTransport(reset);
    }

    /// <summary>What registered with the token is not the engine's: what it throws must not end the loop.</summary>
    private void TellOfLoss()
    {
        try
        {
            _lostSource?.Cancel();
        }
        catch (AggregateException exception)
        {
            ReportFailure(exception.InnerExceptions[0]);
        }
    }

    private void DropOutput()
    {
        // Lost under the handler, which may be about to write where it was given room: then nobody else gets the block.
        if (_output is not null && _life != Life.Open)
        {
            Owner.Return(_output);
        }

        _output = null;
        _outputCount = 0;
        if (_sending is not null && !EngineHoldsOutput)
        {
            Owner.Return(_sending);
        }

        _sending = null;
        _sendHead = _sendTail = 0;
        _fileLeft = 0;
    }

    private void EndOutput(End end)
    {
        if (_flush.IsPending)
        {
            FinishFlush(end);
        }

        if (_finish.IsPending)
        {
            Outcomes++;
            _finish.Complete(end);
        }
    }

    private CancellationToken LostToken()
    {
        CheckOwner();
        if (_lostSource is null)
        {
            _lostSource = new CancellationTokenSource();
            if (_lost != End.None)
            {
                _lostSource.Cancel();
            }
            else if (_life == Life.Open)
            {
                WatchForLoss();
            }
        }

        return _lostSource.Token;
    }

    private void CheckOwner()
    {
        if (!Owner.IsCurrent)
        {
            CheckOwnerHasEnded();
        }
    }

    /// <summary>A handler that awaited something else goes on elsewhere when its owner has ended, and what was posted
    /// comes there too: that is no mistake of theirs, and what they touch has ended. A socket has been told; a layer
    /// over one that waited for nothing has not.</summary>
    private void CheckOwnerHasEnded()
    {
        if (!Owner.HasEnded)
        {
            ThrowHelper.NotOwner();
        }

        Lose(End.Aborted);
    }
}
