using System.Buffers;

namespace Sockeye.Framing;

/// <summary>Frames of one size with nothing around them.</summary>
public readonly struct FixedSizeFraming : IFraming
{
    private readonly int _size;

    /// <summary>Makes a framing.</summary>
    /// <param name="size">The size of every frame, in bytes; at least 1.</param>
    public FixedSizeFraming(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _size = size;
    }

    /// <summary>The size of every frame, in bytes.</summary>
    public int PayloadBytesMax => _size > 0
        ? _size
        : throw new InvalidOperationException("The default value of FixedSizeFraming has no size.");

    /// <inheritdoc/>
    public FrameStatus TryRead(ReadOnlySpan<byte> input, ref int examined, out Range payload, out int consumed)
    {
        consumed = PayloadBytesMax;
        payload = ..consumed;
        return input.Length >= consumed ? FrameStatus.Frame : FrameStatus.NeedMore;
    }

    /// <inheritdoc/>
    public FrameStatus ReadLast(ReadOnlySpan<byte> rest) => FrameStatus.Truncated;

    /// <inheritdoc/>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (payload.Length != PayloadBytesMax)
        {
            throw new ArgumentException(
                $"The payload has {payload.Length} bytes, and every frame has {PayloadBytesMax}.", nameof(payload));
        }

        output.Write(payload);
    }
}
