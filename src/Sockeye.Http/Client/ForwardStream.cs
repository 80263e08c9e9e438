namespace Sockeye.Http.Client;

/// <summary>A stream that goes forward only and has no length: what its kinds have in common.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>One that is only read.</summary>
internal abstract class ReadStream : ForwardStream
{
    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Owner.Current is null
        ? ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult()
        : throw new InvalidOperationException("This would block a loop for ever: use the async method.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Whoever overrides neither would have the two call each other.
    public abstract override ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default);
}
