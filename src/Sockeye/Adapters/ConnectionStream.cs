namespace Sockeye.Adapters;

/// <summary>
/// A connection as a stream. From the owner its operations are the connection's own; from elsewhere they are posted
/// there. Ends other than the peer's FIN become an <see cref="IOException"/>. Reading into an empty buffer waits until
/// there is something to read. Every write is flushed. The synchronous members wait, so on a loop they throw where they
/// would have to.
/// </summary>
internal sealed class ConnectionStream(Connection connection) : Stream
{
    private readonly Connection _connection = connection;
    private volatile bool _isDisposed;

    /// <summary>Called on the owner when the server is stopping, which a stream has no way to tell.</summary>
    public Action? Stopping { get; set; }

    /// <summary>The first byte that was read; null before.</summary>
    public byte? FirstByte { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_connection.Owner.IsCurrent && !_connection.Owner.HasEnded)
        {
            return new ValueTask<int>(FromElsewhere(() => ReadAsync(buffer, cancellationToken)));
        }

        // A stream's user may ask for less than there is; the rest waits here, not in the kernel.
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _connection.Unconsumed.IsEmpty
            ? WaitAndReadAsync(buffer, cancellationToken)
            : new ValueTask<int>(Take(buffer.Span));
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_connection.Owner.IsCurrent && !_connection.Owner.HasEnded)
        {
            await FromElsewhere(async () =>
            {
                await WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
                return 0;
            }).ConfigureAwait(false);
            return;
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        int most = Math.Min(_connection.Limits.OutputBytesHighWater, _connection.Limits.OutputBytesMax / 2);
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, most);
            _connection.Write(buffer.Span[..count]);
            buffer = buffer[count..];
            End end = await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (end != End.None)
            {
                throw Ended(end);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        using var cancellation = new CancellationTokenSource();
        return Wait(ReadAsync(buffer.AsMemory(offset, count), cancellation.Token), cancellation);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        using var cancellation = new CancellationTokenSource();
        Wait(WriteAndCountAsync(buffer.AsMemory(offset, count), cancellation.Token), cancellation);
    }

    public override void Flush()
    {
        // Every write is flushed.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return _connection.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _connection.Post(static state => _ = ((Connection)state!).DisposeAsync().AsTask(), _connection);
        }
    }

    private async ValueTask<int> WaitAndReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Received received = await _connection.ReadAsync(cancellationToken).ConfigureAwait(false);
            switch (received.End)
            {
                case End.None:
                    return Take(buffer.Span);
                case End.Finished:
                    return 0;
                case End.Shutdown:
                    if (Stopping is { } stopping)
                    {
                        // Later, when the next read is under way: on a blocking engine who is told may wait for it.
                        _connection.Post(static state => ((Action)state!)(), stopping);
                    }

                    continue; // The stream's user goes on until the deadline of the stop.
                default:
                    throw Ended(received.End);
            }
        }
    }

    private int Take(Span<byte> buffer)
    {
        ReadOnlySpan<byte> held = _connection.Unconsumed.Span;
        int count = Math.Min(held.Length, buffer.Length);
        FirstByte ??= count > 0 ? held[0] : null;
        held[..count].CopyTo(buffer);
        _connection.Consume(count);
        return count;
    }

    private async ValueTask<int> WriteAndCountAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        return buffer.Length;
    }

    private int Wait(ValueTask<int> operation, CancellationTokenSource cancellation)
    {
        if (!operation.IsCompleted && _connection.Owner.IsCurrent)
        {
            // What was begun must not stay outstanding: nobody would ever take its bytes.
            Task<int> abandoned = operation.AsTask();
            cancellation.Cancel();
            _ = abandoned.ContinueWith(
                static task => task.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw new InvalidOperationException(
                "This would block the connection's own loop for ever: await ReadAsync and WriteAsync there.");
        }

        return operation.AsTask().GetAwaiter().GetResult();
    }

    private Task<int> FromElsewhere(Func<ValueTask<int>> operation)
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _connection.Post(
            async _ =>
            {
                try
                {
                    done.SetResult(await operation().ConfigureAwait(false));
                }
                catch (OperationCanceledException canceled)
                {
                    done.SetCanceled(canceled.CancellationToken);
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task;
    }

    private IOException Ended(End end) =>
        new($"The connection to {_connection.RemoteEndpoint} has ended: {end}.");
}
