namespace Sockeye.Http.Client;

/// <summary>Bytes that were taken from the front of a stream to look at them, and the rest of it.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> front, Stream rest) : ReadStream
{
    private ReadOnlyMemory<byte> _front = front;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_front.IsEmpty)
        {
            return rest.ReadAsync(buffer, cancellationToken);
        }

        int count = Math.Min(_front.Length, buffer.Length);
        _front.Span[..count].CopyTo(buffer.Span);
        _front = _front[count..];
        return new ValueTask<int>(count);
    }
}
