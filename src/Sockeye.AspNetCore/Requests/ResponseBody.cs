using System.IO.Pipelines;

namespace Sockeye.AspNetCore.Requests;

/// <summary>
/// The content of a response on its way from the application to the connection. The application writes into a buffer of
/// ours; a flush on the owner goes straight on, one from elsewhere hands the buffer over and has the owner send it.
/// </summary>
internal sealed class ResponseBody : PipeWriter
{
    /// <summary>Bytes handed over and not sent, above which flushes wait.</summary>
    private const int QueuedBytesHighWater = 65_536;

    /// <summary>Bytes given to the connection at a time.</summary>
    private const int PieceBytes = 32_768;

    private const int BufferBytesAtFirst = 512;
    private const int BufferBytesKeptMax = 16_384;

    private readonly HostedExchange _exchange;
    private readonly Lock _lock = new();
    private byte[] _buffer = [];                        // The application's: written, and not flushed.
    private int _count;
    private byte[] _queued = [];                        // Guarded by _lock: handed over.
    private int _queuedCount;                           // Guarded by _lock.
    private byte[] _sending = [];                       // The owner's.
    private volatile int _waiting;                      // Queued or being sent. Written under _lock: two threads do.
    private TaskCompletionSource<FlushResult>? _room;   // Guarded by _lock: a flush waits.

    public ResponseBody(HostedExchange exchange)
    {
        _exchange = exchange;
        Stream = new ResponseStream(exchange, this);
    }

    public ResponseStream Stream { get; }

    /// <summary>Bytes of content so far, flushed or not.</summary>
    public long Written { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _count;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_count);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_count);
    }

    public override void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _count), nameof(count));
        Count(count);
        _count += count;
    }

    /// <summary>Appends to what will be flushed.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        Count(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    public override ValueTask<FlushResult> WriteAsync(
        ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (source.Length > PieceBytes)
        {
            return WriteInPiecesAsync(source, cancellationToken);
        }

        Append(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        ValueTask starting = _exchange.StartAsync();
        return starting.IsCompletedSuccessfully
            ? HandOver(cancellationToken)
            : StartAndHandOverAsync(starting, cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        lock (_lock)
        {
            _room?.TrySetResult(new FlushResult(isCanceled: true, isCompleted: false));
            _room = null;
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            _exchange.Connection.Abort();
        }
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        return exception is null ? new ValueTask(_exchange.CompleteBodyAsync()) : default;
    }

    /// <summary>Forgets what was written and has not been flushed.</summary>
    public void Drop()
    {
        _count = 0;
        Written = 0;
    }

    public void Reset()
    {
        Drop();
        _queuedCount = 0;
        _waiting = 0;
        _room = null;
        if (_buffer.Length > BufferBytesKeptMax)
        {
            _buffer = [];
        }

        if (_queued.Length + _sending.Length > BufferBytesKeptMax)
        {
            _queued = [];
            _sending = [];
        }
    }

    /// <summary>Sends what there is; on the owner.</summary>
    /// <param name="isLast">The end of the response follows: nobody writes any more.</param>
    /// <param name="begins">The response begins even without content.</param>
    public void SendAll(bool isLast, bool begins)
    {
        if (isLast)
        {
            _exchange.PromiseEnd(begins);
        }

        if (!_exchange.IsSending)
        {
            _ = SendAllAsync(begins && !isLast);
        }
    }

    /// <summary>The owner's part: sends until nothing is left, and then the end if it is due.</summary>
    private async Task SendAllAsync(bool begins)
    {
        _exchange.BeginSending();
        try
        {
            End end = End.None;
            do
            {
                while (end == End.None && TryTake(out int count))
                {
                    end = await SendAsync(_sending.AsMemory(0, count));
                    CountSent(count);
                }

                TellRoom(end);
                if (begins && !_exchange.Response.HasStarted && end == End.None)
                {
                    _exchange.BeginContent(); // A flush without content: the head is what is flushed.
                    end = await _exchange.Response.FlushAsync();
                }

                if (_exchange.IsEndDue && end == End.None && _count > 0)
                {
                    // What the application did not flush: it is done, so its buffer is ours.
                    int count = _count;
                    _count = 0;
                    end = await SendAsync(_buffer.AsMemory(0, count));
                }
            }
            while (end == End.None && _waiting > 0);

            if (_exchange.IsEndDue)
            {
                await _exchange.SendEndAsync();
            }
        }
        catch (Exception exception)
        {
            _exchange.FailSending(exception);
            TellRoom(End.Aborted);
        }

        _exchange.EndSending();
    }

    private async ValueTask<FlushResult> WriteInPiecesAsync(ReadOnlyMemory<byte> source, CancellationToken token)
    {
        FlushResult flushed = default;
        while (!source.IsEmpty)
        {
            int count = Math.Min(source.Length, PieceBytes);
            Append(source.Span[..count]);
            source = source[count..];
            flushed = await FlushAsync(token).ConfigureAwait(false);
        }

        return flushed;
    }

    private async ValueTask<FlushResult> StartAndHandOverAsync(ValueTask starting, CancellationToken cancellationToken)
    {
        await starting;
        return await HandOver(cancellationToken);
    }

    private ValueTask<FlushResult> HandOver(CancellationToken cancellationToken)
    {
        if (_exchange.Owner.IsCurrent && _waiting == 0 && !_exchange.IsSending)
        {
            ValueTask<End> sending = SendOwnAsync(cancellationToken);
            return sending.IsCompletedSuccessfully
                ? new ValueTask<FlushResult>(ResultOf(sending.Result))
                : AwaitAsync(sending);
        }

        Task<FlushResult>? room = Queue();
        _exchange.AskToSend();
        return room is null ? new ValueTask<FlushResult>(default(FlushResult))
            : new ValueTask<FlushResult>(room.WaitAsync(cancellationToken));

        static async ValueTask<FlushResult> AwaitAsync(ValueTask<End> sending) => ResultOf(await sending);
    }

    /// <summary>On the owner, and nothing is queued: no detour.</summary>
    private ValueTask<End> SendOwnAsync(CancellationToken cancellationToken)
    {
        int count = _count;
        _exchange.BeginContent();
        if (count <= PieceBytes)
        {
            _count = 0;
            _exchange.Response.Write(_buffer.AsSpan(0, count));
            return _exchange.Response.FlushAsync(cancellationToken);
        }

        return SendLargeAsync(count);

        async ValueTask<End> SendLargeAsync(int all)
        {
            // The buffer stays the application's, who waits for this flush and does not write meanwhile.
            End end = await SendAsync(_buffer.AsMemory(0, all));
            _count = 0;
            return end;
        }
    }

    private async ValueTask<End> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _exchange.BeginContent();
        End end = End.None;
        do
        {
            int count = Math.Min(bytes.Length, PieceBytes);
            _exchange.Response.Write(bytes.Span[..count]);
            bytes = bytes[count..];
            end = await _exchange.Response.FlushAsync();
        }
        while (end == End.None && !bytes.IsEmpty);

        return end;
    }

    /// <summary>Hands the buffer over; a task when the queue is too long.</summary>
    private Task<FlushResult>? Queue()
    {
        lock (_lock)
        {
            _waiting += _count;
            if (_queuedCount == 0)
            {
                (_buffer, _queued) = (_queued, _buffer);
                _queuedCount = _count;
            }
            else
            {
                if (_queued.Length - _queuedCount < _count)
                {
                    Array.Resize(ref _queued, Math.Max(2 * _queued.Length, _queuedCount + _count));
                }

                _buffer.AsSpan(0, _count).CopyTo(_queued.AsSpan(_queuedCount));
                _queuedCount += _count;
            }

            _count = 0;
            if (_waiting <= QueuedBytesHighWater)
            {
                return null;
            }

            _room ??= new TaskCompletionSource<FlushResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    private bool TryTake(out int count)
    {
        lock (_lock)
        {
            count = _queuedCount;
            (_queued, _sending) = (_sending, _queued);
            _queuedCount = 0;
            return count > 0;
        }
    }

    private void CountSent(int count)
    {
        lock (_lock)
        {
            _waiting -= count;
        }
    }

    private void TellRoom(End end)
    {
        lock (_lock)
        {
            _room?.TrySetResult(ResultOf(end));
            _room = null;
        }
    }

    private void Count(int count)
    {
        if (_exchange.HasCompleted)
        {
            throw new InvalidOperationException("The response is complete: nothing more can be written.");
        }

        if (Written + count > _exchange.ResponseHeaders.ContentLength)
        {
            throw new InvalidOperationException($"Response Content-Length mismatch: too many bytes written "
                + $"({Written + count} of {_exchange.ResponseHeaders.ContentLength}).");
        }

        if (count > 0 && _exchange.RefusesContent)
        {
            throw new InvalidOperationException("This response has no content: nothing can be written to its body.");
        }

        Written += count;
    }

    private void MakeRoom(int sizeHint)
    {
        int wanted = Math.Max(sizeHint, 1);
        if (_buffer.Length - _count >= wanted)
        {
            return;
        }

        int most = _exchange.Serving.Options.UnflushedBytesMax;
        if ((long)_count + wanted > most)
        {
            throw new InvalidOperationException(
                $"More than {most} bytes of the response were written without a flush: flush from time to time, "
                + "or raise SockeyeServerOptions.UnflushedBytesMax.");
        }

        long bytes = Math.Max(Math.Max(2L * _buffer.Length, BufferBytesAtFirst), (long)_count + wanted);
        Array.Resize(ref _buffer, (int)Math.Min(bytes, most));
    }

    private static FlushResult ResultOf(End end) => new(isCanceled: false, isCompleted: end != End.None);
}
