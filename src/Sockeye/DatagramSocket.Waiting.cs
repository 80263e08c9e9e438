using System.Diagnostics;
using Sockeye.Engines;

namespace Sockeye;

// What is the same on every engine: who waits for datagrams or for room, and how waiting ends. Every field is owned by
// the owner.
public abstract partial class DatagramSocket
{
    private enum Life : byte
    {
        Open,

        /// <summary>The server is stopping, and no receive has said so yet.</summary>
        StopDue,

        /// <summary>A receive has said so; datagrams still come.</summary>
        Stopping,

        Closed,
    }

    /// <summary>Whom a socket talks to.</summary>
    private protected enum Peers : byte
    {
        /// <summary>Anybody.</summary>
        Any,

        /// <summary>The one that it is connected to.</summary>
        One,

        /// <summary>The same; nobody is there, and no receive has said so yet.</summary>
        Gone,
    }

    private readonly Completion<DatagramBatch> _receive = new();
    private readonly Completion<End> _flush = new();
    private Life _life;
    private int _batch;             // The number of the last batch; what it held is gone when the next one begins.
    private int _outcomes;
    private CancellationToken _receiveToken;
    private CancellationTokenRegistration _receiveCancellation;
    private CancellationToken _flushToken;
    private CancellationTokenRegistration _flushCancellation;

    /// <summary>Makes a socket that is open.</summary>
    protected DatagramSocket(Owner owner, Network network)
    {
        Owner = owner;
        Network = network;
    }

    int IOwned.Outcomes => _outcomes;

    int IOwned.Pending => (_receive.IsPending ? 1 : 0) + (_flush.IsPending ? 1 : 0);

    /// <summary>The socket is closed, or about to be: no more calls to the engine.</summary>
    protected bool IsClosed => _life == Life.Closed;

    /// <summary>Begins one receive: the engine calls <see cref="CompleteReceive"/>, now or later. Called again only
    /// after that, or after <see cref="StopReceive"/>.</summary>
    protected abstract void StartReceive();

    /// <summary>The receive is not wanted any more. Datagrams that still come are kept for the next one.</summary>
    protected abstract void StopReceive();

    /// <summary>One of the datagrams received last.</summary>
    protected abstract Datagram Received(int index);

    /// <summary>Copies a datagram into the queue; false when it has no room even after sending what it can.</summary>
    protected abstract bool TryQueue(ReadOnlySpan<byte> data, in PeerAddress peer);

    /// <summary>Sends what is queued; false when it waits, and <see cref="CompleteSend"/> is called later.</summary>
    protected abstract bool TrySend();

    /// <summary>Nobody looks at what was received any more: its memory may be used again.</summary>
    protected virtual void ForgetReceived()
    {
    }

    /// <summary>Closes what lies beneath. Called once. A handler that was left may still look at its batch.</summary>
    protected abstract void CloseTransport();

    /// <summary>So many datagrams have been received, at least one.</summary>
    protected void CompleteReceive(int count)
    {
        Debug.Assert(count > 0 && _receive.IsPending);
        DatagramsReceived += count;
        FinishReceive(new DatagramBatch(this, _batch, count));
    }

    /// <summary>The one peer's machine says that nobody is there.</summary>
    protected void CompleteRefused()
    {
        Debug.Assert(_receive.IsPending);
        FinishReceive(new DatagramBatch(End.Reset));
    }

    /// <summary>Everything queued has left.</summary>
    protected void CompleteSend()
    {
        if (_flush.IsPending)
        {
            FinishFlush(End.None);
        }
    }

    /// <summary>Closes at once: what waits ends as aborted.</summary>
    protected void CloseNow()
    {
        if (_life == Life.Closed)
        {
            return;
        }

        _life = Life.Closed;
        CloseTransport();
        if (_receive.IsPending)
        {
            FinishReceive(new DatagramBatch(End.Aborted));
        }

        if (_flush.IsPending)
        {
            FinishFlush(End.Aborted);
        }
    }

    internal Datagram At(int batch, int index)
    {
        if (batch != _batch)
        {
            ThrowHelper.BatchGone();
        }

        return Received(index);
    }

    void IOwned.NoticeStop()
    {
        if (_life != Life.Open)
        {
            return;
        }

        _life = Life.StopDue;
        if (_receive.IsPending)
        {
            _life = Life.Stopping;
            StopReceive();
            FinishReceive(new DatagramBatch(End.Shutdown));
        }
    }

    void IOwned.Abort() => Owner.Post(static socket => ((DatagramSocket)socket!).CloseNow(), this);

    private ValueTask<DatagramBatch> Receive(CancellationToken cancellationToken)
    {
        CheckOwner();
        if (_receive.IsPending)
        {
            ThrowHelper.OperationOutstanding("receive");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<DatagramBatch>(cancellationToken);
        }

        switch (_life)
        {
            case Life.Closed:
                return new ValueTask<DatagramBatch>(new DatagramBatch(End.Aborted));

            case Life.StopDue:
                _life = Life.Stopping;
                return new ValueTask<DatagramBatch>(new DatagramBatch(End.Shutdown));
        }

        _batch++;
        _receive.Begin();
        StartReceive();
        return _receive.IsPending
            ? WaitToReceive(cancellationToken)
            : new ValueTask<DatagramBatch>(_receive.Take());
    }

    private ValueTask<DatagramBatch> WaitToReceive(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _receiveToken = cancellationToken;
            _receiveCancellation = cancellationToken.UnsafeRegister(
                static state => ((DatagramSocket)state!).Owner.Post(
                    static socket => ((DatagramSocket)socket!).CancelReceive(), state),
                this);
        }

        Owner.Await(this);
        return _receive.IsPending ? _receive.AsTask() : new ValueTask<DatagramBatch>(_receive.Take());
    }

    private void CancelReceive()
    {
        // The callback may come late, when another receive with another token waits.
        if (_receive.IsPending && _receiveToken.IsCancellationRequested)
        {
            StopReceive();
            CancellationToken token = _receiveToken;
            Forget(ref _receiveToken, ref _receiveCancellation);
            _outcomes++;
            _receive.Fail(new OperationCanceledException(token));
        }
    }

    private void FinishReceive(DatagramBatch batch)
    {
        Forget(ref _receiveToken, ref _receiveCancellation);
        _outcomes++;
        _receive.Complete(batch);
    }

    private bool Queue(ReadOnlySpan<byte> data, in PeerAddress peer)
    {
        CheckOwner();
        if (data.Length > DataBytesMax)
        {
            throw new NetworkException(NetworkOperation.Send, peer.ToEndpoint(), NetworkError.MessageTooLong,
                $"Cannot send a datagram of {data.Length} bytes to {peer}: the most is {DataBytesMax}; send less.");
        }

        if (_life != Life.Closed && TryQueue(data, peer))
        {
            return true;
        }

        DatagramsFailed++;
        return false;
    }

    private ValueTask<End> Flush(CancellationToken cancellationToken)
    {
        CheckOwner();
        if (_flush.IsPending)
        {
            ThrowHelper.OperationOutstanding("flush");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<End>(cancellationToken);
        }

        if (_life == Life.Closed)
        {
            return new ValueTask<End>(End.Aborted);
        }

        return TrySend() ? new ValueTask<End>(End.None) : WaitToFlush(cancellationToken);
    }

    private ValueTask<End> WaitToFlush(CancellationToken cancellationToken)
    {
        _flush.Begin();
        if (cancellationToken.CanBeCanceled)
        {
            _flushToken = cancellationToken;
            _flushCancellation = cancellationToken.UnsafeRegister(
                static state => ((DatagramSocket)state!).Owner.Post(
                    static socket => ((DatagramSocket)socket!).CancelFlush(), state),
                this);
        }

        Owner.Await(this);
        return _flush.IsPending ? _flush.AsTask() : new ValueTask<End>(_flush.Take());
    }

    private void CancelFlush()
    {
        if (_flush.IsPending && _flushToken.IsCancellationRequested)
        {
            CancellationToken token = _flushToken;
            Forget(ref _flushToken, ref _flushCancellation);
            _outcomes++;
            _flush.Fail(new OperationCanceledException(token));
        }
    }

    private void FinishFlush(End end)
    {
        Forget(ref _flushToken, ref _flushCancellation);
        _outcomes++;
        _flush.Complete(end);
    }

    private ValueTask Close()
    {
        if (_life != Life.Closed)
        {
            CheckOwner();
            TrySend();
            _batch++;
            ForgetReceived();
            CloseNow();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>For what asks the kernel at once: on the owner, and before the close, after which the descriptor may
    /// be another's.</summary>
    private protected void CheckOpen()
    {
        CheckOwner();
        ObjectDisposedException.ThrowIf(_life == Life.Closed, this);
    }

    private void CheckOwner()
    {
        // When the owner has ended, who comes back to the socket elsewhere finds it closed.
        if (!Owner.IsCurrent && !Owner.HasEnded)
        {
            ThrowHelper.NotOwner();
        }
    }

    private static void Forget(ref CancellationToken token, ref CancellationTokenRegistration cancellation)
    {
        if (token.CanBeCanceled)
        {
            cancellation.Unregister();
            cancellation = default;
            token = default;
        }
    }
}
