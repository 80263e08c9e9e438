using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The value of <c>Content-Range</c> (RFC 9110 section 14.4): the part that is enclosed, or, with 416, only the length
/// of the whole.
/// </summary>
/// <param name="Range">The enclosed part; null in <c>bytes */1234</c>.</param>
/// <param name="CompleteLength">The length of the whole; null in <c>bytes 0-99/*</c>.</param>
public readonly record struct ContentRange(ByteRange? Range, long? CompleteLength)
{
    /// <summary>
    /// The most bytes that <see cref="Write"/> writes: the unit, three numbers and what separates them.
    /// </summary>
    public const int BytesMax = 6 + (3 * 19) + 2;

    /// <summary>Reads the value of the field; false if it is malformed or in another unit than bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> field, out ContentRange contentRange)
    {
        contentRange = default;
        field = FieldSyntax.Trim(field);
        if (field.Length < 6 || !Ascii.EqualsIgnoreCase(field[..6], "bytes "u8))
        {
            return false;
        }

        ReadOnlySpan<byte> text = field[6..];
        int slash = text.IndexOf((byte)'/');
        if (slash < 0)
        {
            return false;
        }

        long? complete = null;
        if (text[(slash + 1)..] is not [(byte)'*'])
        {
            if (!TryParsePosition(text[(slash + 1)..], out long length))
            {
                return false;
            }

            complete = length;
        }

        if (text[..slash] is [(byte)'*'])
        {
            contentRange = new ContentRange(null, complete);
            return complete is not null; // "bytes */*" says nothing.
        }

        // "invalid if it contains a range-resp that has a last-pos value less than its first-pos value, or a
        // complete-length value less than or equal to its last-pos value".
        int dash = text[..slash].IndexOf((byte)'-');
        if (dash < 0 || !TryParsePosition(text[..dash], out long first) ||
            !TryParsePosition(text[(dash + 1)..slash], out long last) || last < first || complete <= last)
        {
            return false;
        }

        contentRange = new ContentRange(new ByteRange(first, last), complete);
        return true;
    }

    /// <summary>Writes the value of the field.</summary>
    /// <exception cref="InvalidOperationException">There is no such part of such a whole.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool isValid = Range is { } part
            ? part.First >= 0 && part.Last >= part.First && !(CompleteLength <= part.Last)
            : CompleteLength >= 0;
        if (!isValid)
        {
            throw new InvalidOperationException(
                "A Content-Range has a part that lies within the whole, or the length of the whole alone.");
        }

        output.Write("bytes "u8);
        if (Range is { } range)
        {
            FieldSyntax.WriteNumber(output, range.First);
            output.Write("-"u8);
            FieldSyntax.WriteNumber(output, range.Last);
        }
        else
        {
            output.Write("*"u8);
        }

        output.Write("/"u8);
        if (CompleteLength is { } length)
        {
            FieldSyntax.WriteNumber(output, length);
        }
        else
        {
            output.Write("*"u8);
        }
    }

    // A position too large for a long is none that we could ever store at: the largest one stands for them all.
    private static bool TryParsePosition(ReadOnlySpan<byte> text, out long position) =>
        FieldSyntax.TryParseDigits(text, out position) && position != long.MaxValue;
}
