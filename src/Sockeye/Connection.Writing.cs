using System.Diagnostics;
using Sockeye.Engines;

namespace Sockeye;

// The writing half: a block that fills, a block that the engine sends, and who waits for room.
// Every field is owned by the owner.
public abstract partial class Connection
{
    private enum Output : byte
    {
        Open,

        /// <summary>A part of a file is leaving; nothing else may be written until it has.</summary>
        SendingFile,

        /// <summary>Our FIN follows what still waits.</summary>
        Finishing,

        /// <summary>The engine is sending our FIN, and tells when it has left.</summary>
        FinLeaving,

        /// <summary>Our FIN has left.</summary>
        Finished,
    }

    private readonly Completion<End> _flush = new();
    private readonly Completion<End> _finish = new();
    private Block? _output;     // Holds _outputCount bytes that the engine has not asked for; null when none.
    private int _outputCount;
    private Block? _sending;    // The engine is sending _sendHead.._sendTail of it; null when nothing is.
    private int _sendHead;
    private int _sendTail;
    private Output _outputState;
    private long _sendProgress;
    private int _flushMark;     // The flush that waits has its outcome when no more than this waits.
    private long _held;         // What the kernel held half-way to the time-out of the send that waits,
    private long _heldSince;    // and the _sendProgress that this was for.
    private CancellationToken _flushToken;
    private CancellationTokenRegistration _flushCancellation;

    /// <summary>Bytes written and not yet taken by what lies beneath.</summary>
    protected int OutputWaiting => _outputCount + _sendTail - _sendHead + _fileLeft;

    /// <summary>
    /// There is output to send. The engine takes it with <see cref="NextOutput"/>, tells with
    /// <see cref="CompleteSend"/>
    /// how much has left, and ends each pass with <see cref="OutputMoved"/>. It may be called while a send is under
    /// way.
    /// </summary>
    protected abstract void StartSend();

    /// <summary>Sends our FIN; everything before it has left.</summary>
    protected abstract void FinishOutput();

    /// <summary>Whether our FIN has left when <see cref="FinishOutput"/> returns; an engine that says no calls
    /// <see cref="CompleteFinish"/> when it has.</summary>
    protected virtual bool FinishesAtOnce => true;

    /// <summary>Whether <see cref="CloseTransport"/> sends our FIN when <see cref="FinishOutput"/> did not come
    /// before.</summary>
    protected virtual bool CloseSendsFin => false;

    /// <summary>Sends right now what can be sent without waiting; an engine that cannot leaves it to its
    /// turn.</summary>
    protected virtual void SendNowIfPossible()
    {
    }

    /// <summary>The bytes to be sent next, the same ones until <see cref="CompleteSend"/>; empty when there are
    /// none.</summary>
    protected internal ReadOnlySpan<byte> NextOutput()
    {
        TakeOutput();
        return _sending is null ? default : _sending.Bytes.AsSpan(_sendHead, _sendTail - _sendHead);
    }

    /// <summary>The same bytes, in a form that may live across an await.</summary>
    protected internal ReadOnlyMemory<byte> NextOutputMemory()
    {
        TakeOutput();
        return _sending is null ? default : _sending.Bytes.AsMemory(_sendHead, _sendTail - _sendHead);
    }

    /// <summary>Whether our FIN follows those bytes at once. An engine that says so when it sends them (MSG_MORE,
    /// send(2)) has them leave in one packet with it, instead of two: 12 % of a connection with one request
    /// (2026-11).</summary>
    private protected bool FinFollows => _outputState == Output.Finishing && OutputWaiting == _sendTail - _sendHead;

    /// <summary>The block that those bytes lie in; null when there are none.</summary>
    private protected Block? OutputBlock => _sending;

    /// <summary>This many of the bytes have left.</summary>
    protected internal void CompleteSend(int count)
    {
        Debug.Assert(count >= 0 && count <= _sendTail - _sendHead, "no more than was given");
        BytesSent += count;
        _sendHead += count;
        _sendProgress = _lastActivity = Owner.Now;
        if (_sendHead == _sendTail && _sending is not null)
        {
            Owner.Return(_sending);
            _sending = null;
            _sendHead = _sendTail = 0;
        }
    }

    /// <summary>The peer takes no more for now: the time of <see cref="Limits.WriteTimeout"/> runs.</summary>
    protected internal void OutputStalled() => Arm(SendCheck);

    /// <summary>A pass of sending is over: resumes a flush that has room now, and sends our FIN when it is
    /// due.</summary>
    protected internal void OutputMoved()
    {
        if (_lost == End.None && _outputState == Output.Finishing && OutputWaiting == 0)
        {
            _outputState = Output.FinLeaving;
            bool closes = _life == Life.Closing && CloseSendsFin && ClosesAtOnce;
            if (!closes)
            {
                FinishOutput();
            }

            if (closes || FinishesAtOnce)
            {
                CompleteFinish();
            }
        }

        if (_flush.IsPending && OutputWaiting <= _flushMark)
        {
            FinishFlush(End.None);
        }
    }

    /// <summary>Our FIN has left.</summary>
    protected internal void CompleteFinish()
    {
        if (_outputState != Output.FinLeaving || _lost != End.None)
        {
            return;
        }

        _outputState = Output.Finished;
        if (_life == Life.Closing)
        {
            BeginLinger();
        }

        if (_finish.IsPending)
        {
            Outcomes++;
            _finish.Complete(End.None);
        }
    }

    /// <summary>Bytes that the kernel has taken and the peer has not, as far as the engine knows.</summary>
    protected internal virtual long OutputInKernel => 0;

    /// <summary>When a send that waits is looked at for the first time: half-way to its time-out.</summary>
    private long SendCheck => _sendProgress + (_writeTimeout / 2);

    /// <summary>
    /// Whether the time of <see cref="Limits.WriteTimeout"/> is not over. The kernel reports room only when a third of
    /// its buffer is free, which a slow peer may take longer for: so what the buffer holds is looked at half-way and at
    /// the end, and if it has become less, the time begins anew.
    /// </summary>
    private bool IsPeerTaking(long now)
    {
        long due = _sendProgress + _writeTimeout;
        if (now >= due)
        {
            if (_heldSince != _sendProgress || OutputInKernel >= _held)
            {
                return false;
            }

            _sendProgress = now;
        }
        else if (now >= SendCheck && _heldSince != _sendProgress)
        {
            _held = OutputInKernel;
            _heldSince = _sendProgress;
        }

        Arm(now < SendCheck ? SendCheck : _sendProgress + _writeTimeout);
        return true;
    }

    private void TakeOutput()
    {
        if (_sending is null && _outputCount > 0)
        {
            _sending = _output;
            _sendTail = _outputCount;
            _output = null;
            _outputCount = 0;
        }
    }

    private void WriteOutput(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (!EnsureOutput(bytes.Length))
        {
            return;
        }

        bytes.CopyTo(_output!.Bytes.AsSpan(_outputCount));
        _outputCount += bytes.Length;
    }

    private void AdvanceOutput(int count)
    {
        if (!CanWrite)
        {
            return;
        }

        if (_output is null ? count != 0 : (uint)count > (uint)(_output.Length - _outputCount))
        {
            ThrowHelper.AdvancedTooFar(count);
        }

        _outputCount += count;
    }

    private bool CanWrite => _lost == End.None && _life == Life.Open;

    /// <summary>Makes room; false when nobody will read what is written.</summary>
    private bool EnsureOutput(int bytes)
    {
        CheckOwner();
        int room = _output is null ? 0 : _output.Length - _outputCount;
        if (room >= Math.Max(bytes, 1) && _outputState == Output.Open && OutputWaiting + bytes <= Limits.OutputBytesMax)
        {
            return true;
        }

        if (!CanWrite)
        {
            return false;
        }

        switch (_outputState)
        {
            case Output.Open:
                GrowOutput(Math.Max(bytes, 1));
                return true;
            case Output.SendingFile:
                ThrowHelper.OperationOutstanding("send of a file");
                return false;
            default:
                ThrowHelper.OutputFinished();
                return false;
        }
    }

    private void GrowOutput(int bytes)
    {
        if (OutputWaiting + (long)bytes > Limits.OutputBytesMax)
        {
            ThrowHelper.OutputFull(OutputWaiting, bytes, Limits.OutputBytesMax);
        }

        if (_output is null)
        {
            _output = Owner.Rent(bytes);
        }
        else if (_output.Length - _outputCount < bytes)
        {
            Block larger = Owner.Rent(Math.Max(_outputCount + bytes, 4 * Math.Min(_output.Length, 1 << 20)));
            _output.Bytes.AsSpan(0, _outputCount).CopyTo(larger.Bytes);
            Owner.Return(_output);
            _output = larger;
        }
    }

    private ValueTask<End> Flush(CancellationToken cancellationToken)
    {
        CheckOwner();
        if (_flush.IsPending || _outputState == Output.SendingFile)
        {
            ThrowHelper.OperationOutstanding(_flush.IsPending ? "flush" : "send of a file");
        }

        return FlushTo(Limits.OutputBytesHighWater, cancellationToken);
    }

    /// <summary>Has the output sent, and waits until no more than this much of it is left.</summary>
    private ValueTask<End> FlushTo(int mark, CancellationToken cancellationToken)
    {
        if (!CanWrite)
        {
            return new ValueTask<End>(_lost != End.None ? _lost : End.Aborted);
        }

        if (_outputCount > 0 || _fileLeft > 0)
        {
            if (_sending is null)
            {
                _sendProgress = Owner.Now;
            }

            StartSend();
        }

        return OutputWaiting <= mark
            ? new ValueTask<End>(End.None)
            : WaitToFlush(mark, cancellationToken);
    }

    private ValueTask<End> WaitToFlush(int mark, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<End>(cancellationToken);
        }

        _flushMark = mark;
        _flush.Begin();
        if (cancellationToken.CanBeCanceled)
        {
            _flushToken = cancellationToken;
            _flushCancellation = cancellationToken.UnsafeRegister(
                static state => ((Connection)state!).Post(static c => ((Connection)c!).CancelFlush(), state), this);
        }

        Owner.Await(this);
        return _flush.IsPending ? _flush.AsTask() : new ValueTask<End>(_flush.Take());
    }

    private void CancelFlush()
    {
        if (_flush.IsPending && _flushToken.IsCancellationRequested)
        {
            CancellationToken token = _flushToken;
            ForgetFlushToken();
            Outcomes++;
            _flush.Fail(new OperationCanceledException(token));
        }
    }

    private void FinishFlush(End end)
    {
        ForgetFlushToken();
        Outcomes++;
        _flush.Complete(end);
    }

    private void ForgetFlushToken()
    {
        if (_flushToken.CanBeCanceled)
        {
            _flushCancellation.Unregister();
            _flushCancellation = default;
            _flushToken = default;
        }
    }

    private void SendOutputNow()
    {
        CheckOwner();
        if (_lost == End.None && OutputWaiting > 0)
        {
            StartSend();
            SendNowIfPossible();
        }
    }
}
