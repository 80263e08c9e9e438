using System.Buffers;

namespace Sockeye.Framing;

/// <summary>What ends a line.</summary>
public enum LineEnd : byte
{
    /// <summary>LF, with or without a CR before it, as RFC 9112 section 2.2 lets a reader. Written as CRLF.</summary>
    Either = 0,

    /// <summary>LF alone; a CR belongs to the line.</summary>
    Lf,

    /// <summary>CRLF alone; a single CR or LF belongs to the line.</summary>
    Crlf,
}

/// <summary>
/// Lines. The end is not part of the payload. The last line of a stream may lack it; see
/// <see cref="Frame.IsUnterminated"/>. The default value reads lines of either end of at most
/// <see cref="FramingLimits.LineBytesMax"/> bytes.
/// </summary>
public readonly struct LineFraming : IFraming
{
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';

    private readonly int _bytesMax;

    /// <summary>Makes a framing.</summary>
    /// <param name="end">What ends a line.</param>
    /// <param name="bytesMax">The longest line without its end, in bytes; at least 1.</param>
    public LineFraming(LineEnd end = LineEnd.Either, int bytesMax = FramingLimits.LineBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)end, (byte)LineEnd.Crlf, nameof(end));
        End = end;
        _bytesMax = bytesMax;
    }

    /// <summary>What ends a line.</summary>
    public LineEnd End { get; }

    /// <inheritdoc/>
    public int PayloadBytesMax => _bytesMax == 0 ? FramingLimits.LineBytesMax : _bytesMax;

    /// <inheritdoc/>
    public FrameStatus TryRead(ReadOnlySpan<byte> input, ref int examined, out Range payload, out int consumed)
    {
        int found = End == LineEnd.Crlf ? FindCrlf(input, examined) : Find(input, examined);
        if (found < 0)
        {
            examined = input.Length;
            payload = default;
            consumed = 0;
            return AtLeast(input) > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.NeedMore;
        }

        consumed = found + (End == LineEnd.Crlf ? 2 : 1);
        int length = End == LineEnd.Either && found > 0 && input[found - 1] == CarriageReturn ? found - 1 : found;
        payload = ..length;
        return length > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.Frame;
    }

    /// <inheritdoc/>
    public FrameStatus ReadLast(ReadOnlySpan<byte> rest) =>
        rest.Length > PayloadBytesMax ? FrameStatus.TooLong : FrameStatus.Frame;

    /// <inheritdoc/>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        FramingLimits.CheckPayload(payload.Length, PayloadBytesMax);
        if (End == LineEnd.Crlf ? payload.IndexOf("\r\n"u8) >= 0 : payload.Contains(LineFeed))
        {
            FramingLimits.ThrowContainsEnd("a line end");
        }

        ReadOnlySpan<byte> end = End == LineEnd.Lf ? "\n"u8 : "\r\n"u8;
        Span<byte> space = output.GetSpan(payload.Length + end.Length);
        payload.CopyTo(space);
        end.CopyTo(space[payload.Length..]);
        output.Advance(payload.Length + end.Length);
    }

    private static int Find(ReadOnlySpan<byte> input, int examined)
    {
        int found = input[examined..].IndexOf(LineFeed);
        return found < 0 ? found : examined + found;
    }

    private static int FindCrlf(ReadOnlySpan<byte> input, int examined)
    {
        int from = Math.Max(0, examined - 1); // Its CR may be the last byte of what was examined.
        int found = input[from..].IndexOf("\r\n"u8);
        return found < 0 ? found : from + found;
    }

    /// <summary>How long the line is at least, whatever follows: a CR may yet turn out to be part of the end.</summary>
    private int AtLeast(ReadOnlySpan<byte> input) =>
        End != LineEnd.Lf && input is [.., CarriageReturn] ? input.Length - 1 : input.Length;
}
