using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>A connection on a readiness loop: receives when it is readable, sends at the end of the turn.</summary>
internal sealed class ReadinessConnection : SocketConnection, IWatched
{
    /// <summary>How often a loop whose poller reports no hang-ups looks for them, in milliseconds.</summary>
    private const int HangUpCheckMilliseconds = 250;

    private enum Sending : byte
    {
        Idle,

        /// <summary>In the loop's list for the end of this turn.</summary>
        Queued,

        /// <summary>The kernel's buffer is full; the loop watches for room.</summary>
        Blocked,
    }

    private readonly ReadinessLoop _loop;
    private int _slot;

    // Not for Unix sockets: a receive stops wherever the peer has passed a descriptor (unix(7)), and nothing tells.
    private bool _reportsChanges;
    private Sending _sending;
    private bool _receiving;        // A receive was started and has not completed.
    private bool _sendsItself;      // What is written now is sent when the handler waits.
    private bool _stopsShort;       // A receive that does not fill its space has not taken all for sure.
    private bool _mayHaveMore;      // There may be something to receive that will not be reported by itself.

    private ReadinessConnection(
        ReadinessLoop loop, int descriptor, in SocketAddress peer, LoopListener? listener, Limits limits)
        : base(loop, descriptor, peer, listener, limits) => _loop = loop;

    /// <summary>A connection over a connected socket, which it owns if this succeeds.</summary>
    public static Result TryCreate(
        ReadinessLoop loop,
        int descriptor,
        in SocketAddress peer,
        LoopListener? listener,
        Limits limits,
        out ReadinessConnection connection)
    {
        connection = new ReadinessConnection(loop, descriptor, peer, listener, limits);
        connection._reportsChanges = loop.ReportsChanges && peer.Family is SocketFamily.Ipv4 or SocketFamily.Ipv6;
        return loop.Watch(
            connection,
            descriptor,
            Readiness.Readable | (connection._reportsChanges ? Readiness.OnChange : Readiness.None),
            out connection._slot);
    }

    /// <summary>The end of its own dispatch, or of the loop's turn: sends what was written in it.</summary>
    public void SendQueued()
    {
        if (_sending == Sending.Queued && !IsClosed)
        {
            Send();
        }
    }

    void IWatched.OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0 && _sending == Sending.Blocked)
        {
            Send();
            if (IsClosed)
            {
                return;
            }
        }

        _stopsShort |= (readiness & (Readiness.StopsShort | Readiness.HungUp)) != 0;
        if ((readiness & (Readiness.Readable | Readiness.HungUp)) == 0)
        {
            return;
        }

        if (_receiving)
        {
            _sendsItself = !_loop.IsBlocking;
            Receive();
            _sendsItself = false;

            // Not at the end of the turn: what the kernel has of this connection is in the cache still (2 to 5 % of a
            // request of 13 bytes, 2026-11).
            SendQueued();
            if (_receiving || IsClosed || !_reportsChanges || (readiness & Readiness.HungUp) == 0)
            {
                return; // A hang-up that is reported again is seen then.
            }
        }

        if ((readiness & Readiness.HungUp) != 0)
        {
            HangUp();
        }
        else if (_reportsChanges)
        {
            _mayHaveMore = true; // Nothing more is reported until the handler reads again and asks.
        }
        else
        {
            // The handler is busy elsewhere. Level-triggered readiness would come back every turn: look away until
            // it reads again.
            _loop.SetInterest(_slot, _loop.InterestOf(_slot) & ~Readiness.Readable);
        }
    }

    void IWatched.OnLoopEnd() => Lose(End.Aborted);

    protected override void StartReceive()
    {
        _receiving = true;
        Readiness interest = _loop.InterestOf(_slot);
        if (_mayHaveMore && (interest & Readiness.Readable) != 0)
        {
            _loop.LookAgain(_slot);
        }

        _mayHaveMore = false;
        _loop.SetInterest(_slot, interest | Readiness.Readable);
    }

    protected override void StopReceive() => _receiving = false;

    protected override void StartSend()
    {
        if (_sending == Sending.Idle)
        {
            _sending = Sending.Queued;
            if (!_sendsItself)
            {
                _loop.QueueSend(this);
            }
        }
    }

    protected override bool SendsFiles => true;

    protected override void SendNowIfPossible()
    {
        if (_sending == Sending.Queued)
        {
            Send();
        }
    }

    protected override void CloseTransport(bool reset)
    {
        _loop.UnwatchClosing(_slot);
        CloseDescriptor(reset);
    }

    protected override void WatchForLoss()
    {
        if (!_loop.ReportsHangUp)
        {
            _loop.Schedule(new HangUpCheck(this), _loop.Now + HangUpCheckMilliseconds);
        }
    }

    private void Receive()
    {
        Span<byte> space = InputSpace();
        Result received = Interop.Recv(Descriptor, space);
        if (received.Ok)
        {
            _loop.Progress++;
            _receiving = false;
            _mayHaveMore = received.Value == space.Length || _stopsShort;
            CompleteReceive(received.Value);
        }
        else
        {
            ReleaseUnusedInput();
            _stopsShort = false;
            if (!received.IsWouldBlock)
            {
                Lose(End.Reset);
            }
        }
    }

    private void Send()
    {
        bool wasBlocked = _sending == Sending.Blocked;
        _sending = Sending.Idle;
        while (NextOutput() is { IsEmpty: false } bytes)
        {
            Result sent = Interop.Send(Descriptor, bytes, MoreFollows);
            if (sent.Ok)
            {
                _loop.Progress++;
                int length = bytes.Length;
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

            // Only now, after a short write, is room waited for.
            Block();
            break;
        }

        if (_sending == Sending.Idle && HasFilePiece)
        {
            SendFilePiece();
        }

        bool isBlocked = _sending == Sending.Blocked;
        if (isBlocked != wasBlocked)
        {
            Readiness interest = _loop.InterestOf(_slot);
            _loop.SetInterest(_slot, isBlocked ? interest | Readiness.Writable : interest & ~Readiness.Writable);
        }

        OutputMoved();
    }

    private void SendFilePiece()
    {
        (int file, long offset, int count) = FilePiece;
        Result sent = Interop.Sendfile(Descriptor, file, offset, count);
        if (sent.Ok ? sent.Value == 0 : !sent.IsWouldBlock)
        {
            // The file is shorter, or not of a kind that the kernel sends, or the peer is gone: reading and sending the
            // rest finds out which.
            GiveFilePieceBack(forGood: true);
            return;
        }

        if (sent.Ok)
        {
            _loop.Progress++;
            CompleteFileSend(sent.Value);
        }

        if (!sent.Ok || sent.Value < count)
        {
            Block();
        }
    }

    /// <summary>Room is waited for.</summary>
    private void Block()
    {
        _sending = Sending.Blocked;
        OutputStalled();
    }

    /// <summary>Closed in both directions while the handler is busy elsewhere.</summary>
    private void HangUp()
    {
        // What was received can still be read. Before the handler is told, which may read at once and then has to be
        // looked for again.
        _loop.Ignore(_slot);
        if (Interop.Getsockopt(Descriptor, SocketOption.Error, out int error).Ok && error != 0)
        {
            LoseOutput(End.Reset);
        }
    }

    /// <summary>For pollers that report no hang-up: looks for one now and then, while the handler wants to
    /// know.</summary>
    private sealed class HangUpCheck(ReadinessConnection connection) : IScheduled
    {
        private Deadline _deadline;

        public ref Deadline Deadline => ref _deadline;

        public void OnDeadline()
        {
            if (connection.IsClosed)
            {
                return;
            }

            Span<PollEntry> entry = [new PollEntry(connection.Descriptor, PollFlags.None)];
            if (!connection._receiving && Interop.Poll(entry, 0) is { Ok: true, Value: > 0 }
                && (entry[0].Happened & PollFlags.Error) != 0)
            {
                connection.HangUp();
            }
            else
            {
                connection._loop.Schedule(this, connection._loop.Now + HangUpCheckMilliseconds);
            }
        }
    }
}
