namespace Sockeye.Http.Client;

/// <summary>The body of a request as a stream that content writes itself to.</summary>
internal sealed class UploadStream(FetchExchange exchange) : ForwardStream
{
    private readonly Owner _owner = exchange.Connection.Owner;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        return _owner.IsCurrent
            ? exchange.WriteAsync(buffer)
            : new ValueTask(OwnerWork.RunAsync(_owner, () => WriteHereAsync(buffer)));
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_owner.IsCurrent)
        {
            throw new InvalidOperationException("This would block a loop for ever: use the async method.");
        }

        OwnerWork.RunAsync(_owner, () => WriteHereAsync(buffer.AsMemory(offset, count))).GetAwaiter().GetResult();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task<bool> WriteHereAsync(ReadOnlyMemory<byte> buffer)
    {
        await exchange.WriteAsync(buffer);
        return true;
    }
}
