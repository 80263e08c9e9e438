using System.Diagnostics;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>A connection on a completion loop: at most one receive and one send in flight.</summary>
internal sealed class UringConnection : SocketConnection, IUringTarget
{
    private enum Receiving : byte
    {
        Idle,

        /// <summary>In flight.</summary>
        Wanted,

        /// <summary>In flight, and being cancelled. Bytes that come all the same are kept.</summary>
        GivenUp,

        /// <summary>In flight, being cancelled, and wanted again: when it was cancelled the next one follows.</summary>
        WantedAgain,
    }

    private enum Sending : byte
    {
        Idle,

        /// <summary>In the loop's list for the end of this turn.</summary>
        Queued,

        InFlight,
    }

    /// <summary>What is known of the peer's being gone, beside receiving.</summary>
    private enum Loss : byte
    {
        Unknown,

        /// <summary>A poll request, in flight, looks for it.</summary>
        Watched,

        /// <summary>It hung up while a receive was in flight, which tells how.</summary>
        HungUp,
    }

    private readonly UringLoop _loop;
    private readonly int _slot;
    private Receiving _receiving;
    private Sending _sending;
    private Loss _loss;
    private bool _expectMore;       // The last receive left bytes in the kernel.
    private Block? _receiveBlock;   // Our input block that a receive in flight writes into; null: one of the ring's.
    private int _receiveStart;      // And from where.
    private Block? _sendBlock;      // The block that a send in flight reads from.

    public UringConnection(
        UringLoop loop, int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits)
        : base(loop, descriptor, peer, listener, limits)
    {
        _loop = loop;
        _slot = loop.TakeSlot(this);
    }

    protected override bool EngineHoldsInput => _receiveBlock is not null && _receiveBlock == InputBlock;

    protected override bool EngineHoldsOutput => _sending == Sending.InFlight;

    /// <summary>The end of the loop's turn: sends what was written in it.</summary>
    public void SendQueued()
    {
        if (_sending != Sending.Queued || IsClosed)
        {
            return;
        }

        _sending = Sending.Idle;
        ReadOnlySpan<byte> bytes = NextOutput();
        if (bytes.IsEmpty)
        {
            SendFilePiece();
            OutputMoved();
            return;
        }

        // Without MSG_WAITALL: that would report a long send only when all of it has left, and the time-out of a
        // write needs to see each step.
        _sending = Sending.InFlight;
        _sendBlock = OutputBlock;
        var submission = new UringSubmission
        {
            Operation = UringOperation.Send,
            Descriptor = Descriptor,
            Address = (ulong)PinnedAddress.Of(bytes),
            Length = (uint)bytes.Length,
            OperationFlags = (uint)(MessageFlags.NoSignal | MoreFollows),
        };
        _loop.Request(_slot, ref submission);
        OutputStalled();
    }

    void IUringTarget.OnCompletion(UringOperation operation, int result, UringCompletionFlags flags)
    {
        switch (operation)
        {
            case UringOperation.Receive:
                OnReceived(result, flags);
                break;
            case UringOperation.Send:
                OnSent(result);
                break;
            default:
                OnHungUp(result);
                break;
        }
    }

    void IUringTarget.OnLoopEnd() => Lose(End.Aborted);

    protected override void StartReceive()
    {
        if (_receiving == Receiving.Idle)
        {
            Receive();
        }
        else
        {
            Debug.Assert(_receiving == Receiving.GivenUp, "one receive at a time");
            _receiving = Receiving.WantedAgain;
        }
    }

    protected override void StopReceive()
    {
        if (_receiving == Receiving.Wanted)
        {
            _loop.Cancel(_slot, UringOperation.Receive);
        }

        if (_receiving != Receiving.Idle)
        {
            _receiving = Receiving.GivenUp;
        }
    }

    protected override void StartSend()
    {
        if (_sending == Sending.Idle)
        {
            _sending = Sending.Queued;
            _loop.QueueSend(this);
        }
    }

    protected override bool SendsFiles => true;

    protected override void SendNowIfPossible()
    {
        if (_sending != Sending.Queued)
        {
            return; // A send is in flight, and another one could overtake it.
        }

        _sending = Sending.Idle;
        while (NextOutput() is { IsEmpty: false } bytes)
        {
            int length = bytes.Length;
            Result sent = Interop.Send(Descriptor, bytes, MoreFollows);
            if (sent.Ok)
            {
                CompleteSend(sent.Value);
                if (sent.Value == length)
                {
                    continue;
                }
            }
            else if (!sent.IsWouldBlock)
            {
                LoseOutput(End.Reset);
                return;
            }

            StartSend();
            break;
        }

        if (_sending == Sending.Idle)
        {
            SendFilePiece();
        }

        OutputMoved();
    }

    /// <summary>Sends what the socket takes of it by a system call, since the ring knows no sendfile(2). What it does
    /// not take goes through the ring, which waits for room.</summary>
    private void SendFilePiece()
    {
        if (HasFilePiece)
        {
            (int file, long offset, int count) = FilePiece;
            Result sent = Interop.Sendfile(Descriptor, file, offset, count);
            if (sent.Ok)
            {
                CompleteFileSend(sent.Value);
            }

            GiveFilePieceBack(forGood: sent.Ok ? sent.Value == 0 : !sent.IsWouldBlock);
        }
    }

    protected override void CloseTransport(bool reset)
    {
        if (_receiving != Receiving.Idle)
        {
            _loop.Cancel(_slot, UringOperation.Receive);
        }

        if (_sending == Sending.InFlight)
        {
            _loop.Cancel(_slot, UringOperation.Send);
        }

        if (_loss == Loss.Watched)
        {
            _loop.Cancel(_slot, UringOperation.PollAdd);
        }

        if (reset)
        {
            Sockets.ResetOnClose(Descriptor);
        }

        _loop.CloseDescriptor(Descriptor);
        _loop.ReleaseSlot(_slot);
        Leave();
    }

    protected override void WatchForLoss()
    {
        if (_loss == Loss.Unknown)
        {
            // Without events: POLLHUP and POLLERR are always reported (poll(2)).
            _loss = Loss.Watched;
            var submission = new UringSubmission { Operation = UringOperation.PollAdd, Descriptor = Descriptor };
            _loop.Request(_slot, ref submission);
        }
    }

    private void Receive()
    {
        _receiving = Receiving.Wanted;
        var submission = new UringSubmission { Operation = UringOperation.Receive, Descriptor = Descriptor };
        if (InputBlock is null)
        {
            submission.Flags = UringSubmissionFlags.BufferSelect;
            submission.BufferGroup = UringBuffers.Group;
            submission.Length = (uint)Math.Min(BlockPool.ReceiveBytes, Limits.InputBytesMax);
        }
        else
        {
            // Behind what is left over, in our own block.
            Span<byte> space = InputSpace();
            nint address = PinnedAddress.Of(space);
            _receiveBlock = InputBlock;
            _receiveStart = (int)(address - PinnedAddress.Of(_receiveBlock.Bytes));
            submission.Address = (ulong)address;
            submission.Length = (uint)space.Length;
        }

        // A peer that waits for our reply has sent nothing yet: looking first whether there is anything saves the
        // kernel a receive in vain.
        submission.Variant = _expectMore ? UringVariant.None : UringVariant.PollFirst;
        _loop.Request(_slot, ref submission);
    }

    private void OnReceived(int result, UringCompletionFlags flags)
    {
        Receiving was = _receiving;
        _receiving = Receiving.Idle;
        _expectMore = (flags & UringCompletionFlags.SocketNotEmpty) != 0;
        if (result > 0 && !IsClosed)
        {
            TakeReceived(result, flags);
        }
        else
        {
            KeepBlock(flags);
            if (!IsClosed)
            {
                OnNothingReceived(was, result);
            }
        }

        if (IsClosed)
        {
            return;
        }

        if (_loss == Loss.HungUp && _receiving == Receiving.Idle)
        {
            HangUp();
        }
    }

    private void TakeReceived(int count, UringCompletionFlags flags)
    {
        Block? own = _receiveBlock;
        _receiveBlock = null;
        if ((flags & UringCompletionFlags.Buffer) != 0)
        {
            // Only afterwards another block takes its place: most often the same one, which the handler has finished
            // with and which is still in the cache.
            CompleteReceive(_loop.ReceivedBlock(flags), 0, count);
            _loop.Refill(flags, Loop.Rent(BlockPool.ReceiveBytes));
        }
        else if (own == InputBlock)
        {
            CompleteReceive(count);
        }
        else
        {
            CompleteReceive(own!, _receiveStart, count);
        }
    }

    /// <summary>Nothing was received, or nobody wants it: the block goes back where it came from.</summary>
    private void KeepBlock(UringCompletionFlags flags)
    {
        Block? own = _receiveBlock;
        _receiveBlock = null;
        if ((flags & UringCompletionFlags.Buffer) != 0)
        {
            _loop.Refill(flags, _loop.ReceivedBlock(flags));
        }
        else if (own is not null && own != InputBlock)
        {
            Loop.Return(own);
        }
    }

    private void OnNothingReceived(Receiving was, int result)
    {
        switch ((Errno)(-result))
        {
            case Errno.None:
                CompleteReceive(0);
                break;
            case Errno.ENOBUFS when was != Receiving.GivenUp:
                _loop.AddBlocks();
                ReceiveDirectly();
                break;
            case Errno.ENOBUFS or Errno.ECANCELED or Errno.EAGAIN or Errno.EINTR:
                if (was != Receiving.GivenUp)
                {
                    Receive();
                }

                break;
            default:
                Lose(End.Reset);
                break;
        }
    }

    /// <summary>The ring of blocks was empty: what has arrived is received into a block from the pool.</summary>
    private void ReceiveDirectly()
    {
        Result received = Interop.Recv(Descriptor, InputSpace());
        if (received.Ok)
        {
            CompleteReceive(received.Value);
            return;
        }

        ReleaseUnusedInput();
        if (received.IsWouldBlock)
        {
            Receive();
        }
        else
        {
            Lose(End.Reset);
        }
    }

    private void OnSent(int result)
    {
        Block? block = _sendBlock;
        _sendBlock = null;
        _sending = Sending.Idle;
        if (IsClosed || HasLostOutput)
        {
            Loop.Return(block!);
        }
        else if (result >= 0)
        {
            CompleteSend(result);
            if (OutputWaiting > 0)
            {
                StartSend();
            }

            OutputMoved();
        }
        else if ((Errno)(-result) is Errno.EAGAIN or Errno.EINTR or Errno.ECANCELED)
        {
            StartSend();
        }
        else
        {
            LoseOutput(End.Reset);
        }
    }

    private void OnHungUp(int result)
    {
        _loss = result < 0 ? Loss.Unknown : Loss.HungUp;
        if (IsClosed || _loss == Loss.Unknown)
        {
            return;
        }

        if (_receiving is Receiving.Idle or Receiving.GivenUp)
        {
            HangUp();
        }
    }

    /// <summary>Closed in both directions while the handler is busy elsewhere. After an orderly end, what was received
    /// can still be read.</summary>
    private void HangUp()
    {
        if (Interop.Getsockopt(Descriptor, SocketOption.Error, out int error).Ok && error != 0)
        {
            LoseOutput(End.Reset);
        }
    }
}
