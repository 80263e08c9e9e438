using System.Buffers;

namespace Sockeye.Framing;

/// <summary>
/// Frames that end in a sequence of bytes, which is not part of the payload. The last frame of a stream may lack it;
/// see <see cref="Frame.IsUnterminated"/>.
/// </summary>
public readonly struct DelimiterFraming : IFraming
{
    private readonly byte[]? _delimiter;

    /// <summary>Makes a framing.</summary>
    /// <param name="delimiter">What ends a frame; at least one byte. It is copied.</param>
    /// <param name="payloadBytesMax">The longest payload, in bytes; at least 1.</param>
    public DelimiterFraming(ReadOnlySpan<byte> delimiter, int payloadBytesMax = FramingLimits.PayloadBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfZero(delimiter.Length, nameof(delimiter));
        ArgumentOutOfRangeException.ThrowIfLessThan(payloadBytesMax, 1);
        _delimiter = delimiter.ToArray();
        PayloadBytesMax = payloadBytesMax;
    }

    /// <summary>What ends a frame.</summary>
    public ReadOnlySpan<byte> Delimiter => _delimiter
        ?? throw new InvalidOperationException("The default value of DelimiterFraming has no delimiter.");

    /// <inheritdoc/>
    public int PayloadBytesMax { get; }

    /// <inheritdoc/>
    public FrameStatus TryRead(ReadOnlySpan<byte> input, ref int examined, out Range payload, out int consumed)
    {
        // The delimiter may have begun in what was examined.
        ReadOnlySpan<byte> delimiter = Delimiter;
        int from = Math.Max(0, examined - (delimiter.Length - 1));
        int found = input[from..].IndexOf(delimiter);
        if (found < 0)
        {
            examined = input.Length;
            payload = default;
            consumed = 0;
            return AtLeast(input, delimiter) > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.NeedMore;
        }

        found += from;
        payload = ..found;
        consumed = found + delimiter.Length;
        return found > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.Frame;
    }

    /// <inheritdoc/>
    public FrameStatus ReadLast(ReadOnlySpan<byte> rest) =>
        rest.Length > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.Frame;

    /// <inheritdoc/>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        FramingLimits.CheckPayload(payload.Length, PayloadBytesMax);
        ReadOnlySpan<byte> delimiter = Delimiter;
        if (payload.IndexOf(delimiter) >= 0 || EndsEarly(payload, delimiter))
        {
            FramingLimits.ThrowContainsEnd("the delimiter");
        }

        Span<byte> space = output.GetSpan(payload.Length + delimiter.Length);
        payload.CopyTo(space);
        delimiter.CopyTo(space[payload.Length..]);
        output.Advance(payload.Length + delimiter.Length);
    }

    /// <summary>With a delimiter such as <c>aa</c>, the end of the payload and the beginning of the delimiter may
    /// together be one already.</summary>
    private static bool EndsEarly(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> delimiter)
    {
        for (int overlap = Math.Min(delimiter.Length - 1, payload.Length); overlap > 0; overlap--)
        {
            if (payload.EndsWith(delimiter[..overlap]) && delimiter.StartsWith(delimiter[overlap..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How long the payload is at least, whatever follows: less the longest possible beginning of a
    /// delimiter at the end of the input.</summary>
    private static int AtLeast(ReadOnlySpan<byte> input, ReadOnlySpan<byte> delimiter) =>
        input.Length - (delimiter.Length - 1);
}
