namespace Sockeye.Http.Client;

/// <summary>The body of a response as a stream.</summary>
internal sealed class BodyStream(FetchExchange exchange) : ReadStream
{
    private readonly Owner _owner = exchange.Connection.Owner;
    private int _isDisposed;

    /// <summary>A response that was forgotten must not hold its place in the pool for ever.</summary>
    ~BodyStream() => Dispose(disposing: false);

    public override bool CanRead => _isDisposed == 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        return _owner.IsCurrent
            ? exchange.ReadAsync(buffer, cancellationToken)
            : new ValueTask<int>(
                OwnerWork.RunAsync(_owner, () => exchange.ReadAsync(buffer, cancellationToken).AsTask()));
    }

    /// <summary>Completes when the connection is free, or given up.</summary>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return default;
        }

        GC.SuppressFinalize(this);
        return new ValueTask(OwnerWork.RunAsync(_owner, () =>
        {
            exchange.GiveUpBody();
            return Task.FromResult(true);
        }));
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_owner.IsCurrent)
        {
            exchange.GiveUpBody();
        }
        else
        {
            _owner.Post(static state => ((FetchExchange)state!).GiveUpBody(), exchange);
        }

        if (disposing)
        {
            GC.SuppressFinalize(this);
        }
    }
}
