using System.Buffers;
using System.IO.Pipelines;

namespace Sockeye.AspNetCore.Requests;

/// <summary>
/// The body of a request on its way to the application. A piece is read where the connection received it; what the
/// application leaves of it when it asks for more is kept aside, and the next piece follows it there.
/// </summary>
internal sealed class RequestBody : PipeReader
{
    private const int KeptBytesMax = 16_384;

    private enum Stage : byte
    {
        /// <summary>There is none.</summary>
        None,

        /// <summary>Nobody has asked for it.</summary>
        Unread,

        /// <summary>Some of it was read.</summary>
        Begun,

        /// <summary>All of it was received, and some may wait for the application.</summary>
        Ended,
    }

    private readonly HostedExchange _exchange;
    private ReadOnlyMemory<byte> _unread;       // Received, and not taken by the application.
    private byte[] _kept = [];                  // Where _unread lies when it was kept.
    private bool _isKept;
    private int _examined;                      // Of _unread: looked at and left.
    private bool _isCanceled;
    private bool _isCompleted;                  // By the application.
    private Stage _stage;
    private ReadOnlySequence<byte> _sequence;

    public RequestBody(HostedExchange exchange)
    {
        _exchange = exchange;
        Stream = new RequestStream(exchange, this);
    }

    public RequestStream Stream { get; }

    public bool CanHaveBody { get; private set; }

    public bool HasBegun => _stage is Stage.Begun or Stage.Ended;

    /// <summary>All of it was received, trailers included.</summary>
    public bool HasEnded => _stage is Stage.None or Stage.Ended;

    /// <summary>The application has given up a read, and no result has said so yet.</summary>
    public bool IsCanceled => _isCanceled;

    public override bool TryRead(out ReadResult result)
    {
        CheckNotCompleted();
        bool hasNew = _unread.Length > _examined;
        if (!hasNew && !HasEnded && !_isCanceled)
        {
            result = default;
            return false;
        }

        _sequence = new ReadOnlySequence<byte>(_unread);
        result = new ReadResult(_sequence, _isCanceled, HasEnded);
        _isCanceled = false;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        return TryRead(out ReadResult result) ? new ValueTask<ReadResult>(result) : WaitAndReadAsync(cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        CheckNotCompleted();
        int taken = (int)_sequence.Slice(_sequence.Start, consumed).Length;
        int seen = (int)_sequence.Slice(_sequence.Start, examined).Length;
        _unread = _unread[taken..];
        _examined = seen - taken;
        _sequence = default;
    }

    public override void CancelPendingRead()
    {
        _isCanceled = true;
        _exchange.StopReading();
    }

    /// <summary>The application wants no more: the server skips the rest.</summary>
    public override void Complete(Exception? exception = null) => _isCompleted = true;

    /// <summary>For the stream: takes up to as much as there is room for; 0 at the end.</summary>
    public ValueTask<int> TakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (_unread.IsEmpty && !HasEnded)
        {
            return WaitAndTakeAsync(buffer, cancellationToken);
        }

        return new ValueTask<int>(Take(buffer));
    }

    /// <summary>Puts what the application has left aside, before the connection reads again.</summary>
    private void Keep()
    {
        if (_isKept || _unread.IsEmpty)
        {
            return;
        }

        if (_kept.Length < _unread.Length)
        {
            _kept = new byte[_unread.Length];
        }

        _unread.CopyTo(_kept);
        _unread = _kept.AsMemory(0, _unread.Length);
        _isKept = true;
    }

    public void Reset()
    {
        CanHaveBody = _exchange.Request.HasBody && _exchange.Request.BodyLength != 0;
        _stage = _exchange.Request.HasBody ? Stage.Unread : Stage.None;
        _unread = default;
        _isKept = false;
        _examined = 0;
        _isCanceled = false;
        _isCompleted = false;
        if (_kept.Length > KeptBytesMax)
        {
            _kept = [];
        }
    }

    private ValueTask<ReadResult> WaitAndReadAsync(CancellationToken cancellationToken)
    {
        BeginToReceive();
        if (_exchange.Owner.IsCurrent)
        {
            return ReadOnOwnerAsync(cancellationToken);
        }

        ValueTask<ReadResult> reading = _exchange.NextPiece.BeginRead();
        _exchange.AskToRead(cancellationToken);
        return reading;
    }

    private ValueTask<int> WaitAndTakeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BeginToReceive();
        if (_exchange.Owner.IsCurrent)
        {
            return TakeOnOwnerAsync(buffer, cancellationToken);
        }

        ValueTask<int> taking = _exchange.NextPiece.BeginTake(buffer);
        _exchange.AskToRead(cancellationToken);
        return taking;
    }

    private async ValueTask<ReadResult> ReadOnOwnerAsync(CancellationToken cancellationToken)
    {
        try
        {
            Accept(await _exchange.ReadOnOwnerAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (_isCanceled)
        {
            // CancelPendingRead: the result says so.
        }

        TryRead(out ReadResult result);
        return result;
    }

    private async ValueTask<int> TakeOnOwnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Accept(await _exchange.ReadOnOwnerAsync(cancellationToken));
        return Take(buffer);
    }

    private void BeginToReceive()
    {
        Keep();
        _stage = Stage.Begun;
    }

    /// <summary>Takes up to as much as there is room for, of what was received.</summary>
    public int Take(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        _examined = Math.Max(0, _examined - count);
        return count;
    }

    /// <summary>Takes in the next piece; empty is the end.</summary>
    public void Accept(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty)
        {
            _stage = Stage.Ended;
        }
        else if (_unread.IsEmpty)
        {
            _unread = piece;
            _isKept = false;
            _examined = 0;
        }
        else
        {
            Append(piece.Span);
        }
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        int all = _unread.Length + piece.Length;
        if (_kept.Length < all)
        {
            byte[] larger = new byte[Math.Max(all, 2 * _kept.Length)];
            _unread.CopyTo(larger);
            _kept = larger;
        }
        else
        {
            _unread.CopyTo(_kept); // To the front; an overlap is fine.
        }

        piece.CopyTo(_kept.AsSpan(_unread.Length));
        _unread = _kept.AsMemory(0, all);
    }

    private void CheckNotCompleted()
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("Reading is not allowed after reader was completed.");
        }
    }
}
