using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Engines;

namespace Sockeye;

// The reading half: one block, what it holds, and who waits for more. Every field is owned by the owner.
public abstract partial class Connection
{
    /// <summary>A suspended read keeps its leftover in a small block when it is at most this long, so that a slow
    /// peer does not hold a large one.</summary>
    private const int SmallLeftoverBytes = BlockPool.SmallBytes / 2;

    private enum Notice : byte
    {
        None,

        /// <summary>The server is stopping, and no read has said so yet.</summary>
        Due,

        /// <summary>A read has said so.</summary>
        Told,
    }

    private readonly Completion<Received> _read = new();
    private Block? _input;      // Holds the bytes _inputHead.._inputTail; null when there are none.
    private int _inputHead;
    private int _inputTail;
    private int _inputNew;      // Of these, how many no read has given yet.
    private Block? _late;       // Received beside what the handler holds, and joined to it by the next read.
    private int _lateStart;
    private int _lateCount;
    private End _inputEnd;
    private Notice _stopNotice;
    private long _readBegan;
    private CancellationToken _readToken;
    private CancellationTokenRegistration _readCancellation;

    /// <summary>A read waits for bytes.</summary>
    protected bool IsReading => _read.IsPending;

    /// <summary>
    /// Begins one receive: the engine writes into <see cref="InputSpace"/> and calls
    /// <see cref="CompleteReceive(int)"/>,
    /// or <see cref="EndInput"/> or <see cref="Lose"/>; now or later. Called again only after that, or after
    /// <see cref="StopReceive"/>.
    /// </summary>
    protected abstract void StartReceive();

    /// <summary>The receive is not wanted any more. Bytes that come all the same are kept for the next read.</summary>
    protected abstract void StopReceive();

    /// <summary>The block that holds what was received and not consumed; null when none does.</summary>
    private protected Block? InputBlock => _input;

    /// <summary>Whether the engine may still write into <see cref="InputBlock"/>. When the connection is done with the
    /// block meanwhile, it is the engine's, which gives it back to the owner later.</summary>
    protected virtual bool EngineHoldsInput => false;

    /// <summary>Room for what is to be received, after what is left over from before. Never empty.</summary>
    protected internal Span<byte> InputSpace() => InputMemory().Span;

    /// <summary>The same room, in a form that may live across an await.</summary>
    protected internal Memory<byte> InputMemory()
    {
        int most = Limits.InputBytesMax;
        if (_input is null)
        {
            _input = Owner.Rent(Math.Min(BlockPool.ReceiveBytes, most));
            _inputHead = _inputTail = 0;
        }
        else
        {
            MakeInputRoom(most);
        }

        return _input.Bytes.AsMemory(_inputTail, Math.Min(_input.Length, most) - _inputTail);
    }

    /// <summary>The room was asked for and nothing came: an idle connection holds no block.</summary>
    protected internal void ReleaseUnusedInput()
    {
        if (_input is not null && _inputHead == _inputTail)
        {
            ReleaseInput();
        }
    }

    /// <summary>This many bytes are now in <see cref="InputSpace"/>; zero means that the peer's FIN arrived.</summary>
    protected internal void CompleteReceive(int count)
    {
        if (count == 0)
        {
            if (_read.IsPending)
            {
                ReleaseUnusedInput(); // Otherwise the handler may still look at what it consumed.
            }

            EndInput(End.Finished);
            return;
        }

        BytesReceived += count;
        _lastActivity = Owner.Now;
        if (_life == Life.Lingering)
        {
            DiscardWhileLingering(count);
            return;
        }

        _inputTail += count;
        _inputNew += count;
        DeliverInput();
    }

    /// <summary>The same for bytes that the engine received into a block of its own choice, from this place on; the
    /// block is ours now.</summary>
    protected internal void CompleteReceive(Block block, int start, int count)
    {
        if (_input is null)
        {
            _input = block;
            _inputHead = _inputTail = start;
        }
        else if (!_read.IsPending && _life == Life.Open && _late is null)
        {
            // A receive that was given up completed after all. The handler may still look at what it has, so these
            // wait beside it until the next read.
            BytesReceived += count;
            (_late, _lateStart, _lateCount) = (block, start, count);
            return;
        }
        else
        {
            MakeInputRoom(int.MaxValue);
            while (_input.Length - _inputTail < count)
            {
                ReplaceInput(_input.Length * 4);
            }

            block.Bytes.AsSpan(start, count).CopyTo(_input.Bytes.AsSpan(_inputTail));
            Owner.Return(block);
        }

        CompleteReceive(count);
    }

    /// <summary>Nothing more will be received.</summary>
    protected internal void EndInput(End end)
    {
        Debug.Assert(end != End.None);
        if (_inputEnd == End.None)
        {
            // After a reset the kernel reports the end of what it still had as if it were a FIN.
            _inputEnd = _lost != End.None ? _lost : end;
        }

        if (_life == Life.Lingering || _lost != End.None)
        {
            CloseNow();
        }

        if (_read.IsPending)
        {
            FinishRead(new Received(_inputEnd));
        }
    }

    /// <summary>The server is stopping: tells the handler once, through a read.</summary>
    internal void NoticeStop()
    {
        if (_stopNotice != Notice.None || _life != Life.Open)
        {
            return;
        }

        _stopNotice = Notice.Due;
        if (_read.IsPending)
        {
            _stopNotice = Notice.Told;
            StopReceive();
            FinishRead(new Received(End.Shutdown));
        }
    }

    // The wait is what most reads come to, and has a method for itself: a task with bytes is a large value, and the
    // frame of a method that has room for some is cleared with each call. 6 % of what a request of 13 bytes costs
    // outside the kernel (2026-11).
    private ValueTask<Received> Read(CancellationToken cancellationToken)
    {
        CheckOwner();
        if (_read.IsPending)
        {
            ThrowHelper.OperationOutstanding("read");
        }

        if (_inputNew > 0 || _late is not null || _inputEnd != End.None || _life != Life.Open
            || _stopNotice == Notice.Due || cancellationToken.IsCancellationRequested)
        {
            return ReadAtOnce(cancellationToken);
        }

        return ReadLater(cancellationToken);
    }

    /// <summary>Reads what is there already.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<Received> ReadAtOnce(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Received>(cancellationToken);
        }

        if (_late is not null)
        {
            TakeLate();
        }

        if (_inputNew > 0)
        {
            return new ValueTask<Received>(TakeInput());
        }

        if (_inputEnd != End.None || _life != Life.Open)
        {
            return new ValueTask<Received>(new Received(_inputEnd != End.None ? _inputEnd : End.Aborted));
        }

        _stopNotice = Notice.Told;
        return new ValueTask<Received>(new Received(End.Shutdown));
    }

    /// <summary>Receives, and waits for it.</summary>
    private ValueTask<Received> ReadLater(CancellationToken cancellationToken)
    {
        ShrinkInput();
        _readBegan = Owner.Now;
        _read.Begin();
        StartReceive();
        if (_read.IsPending)
        {
            Arm(Math.Min(_readBegan + _readTimeoutMilliseconds, Math.Max(_lastActivity, _readBegan) + _idleTimeout));
            if (cancellationToken.CanBeCanceled)
            {
                CancelReadWith(cancellationToken);
            }

            Owner.Await(this);
        }

        return _read.AsTask();
    }

    private void TakeLate()
    {
        Block late = _late!;
        _late = null;
        if (_inputHead == _inputTail)
        {
            ReleaseInput(); // Of the late block nothing is known there any more.
            _input = late;
            _inputHead = _lateStart;
            _inputTail = _lateStart + _lateCount;
        }
        else
        {
            MakeInputRoom(int.MaxValue);
            while (_input!.Length - _inputTail < _lateCount)
            {
                ReplaceInput(_input.Length * 4);
            }

            late.Bytes.AsSpan(_lateStart, _lateCount).CopyTo(_input.Bytes.AsSpan(_inputTail));
            _inputTail += _lateCount;
            Owner.Return(late);
        }

        _inputNew += _lateCount;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CancelReadWith(CancellationToken cancellationToken)
    {
        _readToken = cancellationToken;
        _readCancellation = cancellationToken.UnsafeRegister(
            static state => ((Connection)state!).Post(static c => ((Connection)c!).CancelRead(), state), this);
    }

    private void CancelRead()
    {
        // The callback may come late, when another read with another token waits.
        if (_read.IsPending && _readToken.IsCancellationRequested)
        {
            StopReceive();
            CancellationToken token = _readToken;
            ForgetReadToken();
            Outcomes++;
            _read.Fail(new OperationCanceledException(token));
        }
    }

    private void DeliverInput()
    {
        if (_read.IsPending)
        {
            FinishRead(TakeInput());
        }
    }

    private Received TakeInput()
    {
        _inputNew = 0;
        return new Received(_input!.Bytes, _inputHead, _inputTail - _inputHead);
    }

    private void FinishRead(Received received)
    {
        ForgetReadToken();
        Outcomes++;
        _read.Complete(received);
    }

    private void ForgetReadToken()
    {
        if (_readToken.CanBeCanceled)
        {
            _readCancellation.Unregister();
            _readCancellation = default;
            _readToken = default;
        }
    }

    private void ConsumeInput(int count)
    {
        CheckOwner();
        if ((uint)count > (uint)(_inputTail - _inputHead))
        {
            ThrowHelper.ConsumedTooMuch(count, _inputTail - _inputHead);
        }

        _inputHead += count;

        // Bytes that came while nobody read may be consumed before a read gives them; then they are not new any more.
        _inputNew = Math.Min(_inputNew, _inputTail - _inputHead);
    }

    /// <summary>Before a read waits: holds no block for nothing, and none larger than what is left over
    /// needs.</summary>
    private void ShrinkInput()
    {
        int leftover = _inputTail - _inputHead;
        if (leftover >= Limits.InputBytesMax)
        {
            ThrowHelper.InputFull(leftover);
        }

        ReduceInput();
    }

    private void ReduceInput()
    {
        CheckOwner();
        int leftover = _inputTail - _inputHead;
        if (leftover == 0)
        {
            ReleaseInput();
        }
        else if (leftover <= SmallLeftoverBytes && _input!.Length > BlockPool.SmallBytes)
        {
            ReplaceInput(BlockPool.SmallBytes);
        }
    }

    private void MakeInputRoom(int most)
    {
        int usable = Math.Min(_input!.Length, most);
        if (_inputHead == _inputTail)
        {
            _inputHead = _inputTail = 0;
        }
        else if (_inputHead > 0 && usable - _inputTail < usable / 2)
        {
            Unconsumed.Span.CopyTo(_input.Bytes);
            _inputTail -= _inputHead;
            _inputHead = 0;
        }

        if (_inputTail >= usable)
        {
            ReplaceInput(Math.Min(most, _input.Length * 4));
        }
    }

    private void ReplaceInput(int bytes)
    {
        Block block = Owner.Rent(bytes);
        Unconsumed.Span.CopyTo(block.Bytes);
        ReturnInput();
        _input = block;
        _inputTail -= _inputHead;
        _inputHead = 0;
    }

    private void ReleaseInput()
    {
        if (_input is not null)
        {
            ReturnInput();
            _input = null;
        }

        _inputHead = _inputTail = _inputNew = 0;
    }

    private void ReturnInput()
    {
        if (!EngineHoldsInput)
        {
            Owner.Return(_input!);
        }
    }
}
