using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>A part of a representation, first and last byte included.</summary>
/// <param name="First">The offset of the first byte.</param>
/// <param name="Last">The offset of the last byte.</param>
public readonly record struct ByteRange(long First, long Last)
{
    /// <summary>How many bytes it has.</summary>
    public long Length => Last - First + 1;
}

/// <summary>What a <c>Range</c> comes to.</summary>
public enum RangeOutcome : byte
{
    /// <summary>Send the whole with 200: the field is absent, malformed, in another unit, or asks too much.</summary>
    Whole = 0,

    /// <summary>Send the parts with 206.</summary>
    Partial,

    /// <summary>Answer 416: no part that is asked for exists. <see cref="ContentRange"/> gives the length.</summary>
    NotSatisfiable,
}

/// <summary>Resolves a <c>Range</c> in bytes (RFC 9110 section 14.1.2).</summary>
public static class ByteRanges
{
    /// <summary>
    /// The most ranges in one request; with more, the field is ignored. A thousand small or overlapping ranges cost
    /// the client a line and the server a thousand parts (RFC 9110 section 17.15, CVE-2011-3192).
    /// </summary>
    public const int RangesMax = 16;

    // Section 15.3.7.2 lets a server join ranges "separated by a gap that is smaller than the overhead of sending
    // multiple parts": about what a boundary and two fields take.
    private const int GapBytesMax = 80;

    /// <summary>Resolves the field against the length of what is there.</summary>
    /// <param name="field">The value of <c>Range</c>.</param>
    /// <param name="length">How many bytes the representation has.</param>
    /// <param name="ranges">Room for <see cref="RangesMax"/> ranges: those to send. They are in the client's order
    /// unless some of them had to be joined, and ascending then.</param>
    /// <param name="count">How many of them.</param>
    public static RangeOutcome Resolve(ReadOnlySpan<byte> field, long length, Span<ByteRange> ranges, out int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranges.Length, RangesMax, nameof(ranges));
        count = 0;
        field = FieldSyntax.Trim(field);

        // Section 14.2: "A server that supports range requests MAY ignore … a Range header field that contains an
        // invalid ranges-specifier"; of an unknown unit, it MUST.
        if (field.Length < 6 || !Ascii.EqualsIgnoreCase(field[..6], "bytes="u8))
        {
            return RangeOutcome.Whole;
        }

        int asked = 0;
        foreach (ReadOnlySpan<byte> one in new FieldList(field[6..]))
        {
            if (++asked > RangesMax || !TryResolve(one, length, out ByteRange? range))
            {
                count = 0;
                return RangeOutcome.Whole;
            }

            if (range is { } satisfiable)
            {
                ranges[count++] = satisfiable;
            }
        }

        if (asked == 0)
        {
            return RangeOutcome.Whole;
        }

        if (count == 0)
        {
            return RangeOutcome.NotSatisfiable;
        }

        count = Join(ranges[..count]);

        // The last bytes of nothing are satisfiable, and no Content-Range can say so.
        if (ranges[0].Length == 0)
        {
            count = 0;
            return RangeOutcome.Whole;
        }

        return RangeOutcome.Partial;
    }

    /// <summary>Reads one range; false when it is none, and null when it is none of what is there.</summary>
    private static bool TryResolve(ReadOnlySpan<byte> text, long length, out ByteRange? range)
    {
        range = null;
        int dash = text.IndexOf((byte)'-');
        if (dash < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> after = text[(dash + 1)..];
        if (dash == 0)
        {
            // "-5" means the last five bytes, or all if there are fewer.
            if (!FieldSyntax.TryParseDigits(after, out long suffix))
            {
                return false;
            }

            range = suffix == 0 ? null : new ByteRange(length - Math.Min(suffix, length), length - 1);
            return true;
        }

        long last = long.MaxValue;
        if (!FieldSyntax.TryParseDigits(text[..dash], out long first) ||
            (!after.IsEmpty && !FieldSyntax.TryParseDigits(after, out last)) || last < first)
        {
            return false; // "An int-range is invalid if the last-pos value is present and less than first-pos."
        }

        range = first < length ? new ByteRange(first, Math.Min(last, length - 1)) : null;
        return true;
    }

    /// <summary>Joins ranges that overlap or nearly touch; returns how many remain.</summary>
    private static int Join(Span<ByteRange> ranges)
    {
        Span<ByteRange> sorted = stackalloc ByteRange[RangesMax];
        sorted = sorted[..ranges.Length];
        ranges.CopyTo(sorted);
        sorted.Sort(static (one, other) => one.First.CompareTo(other.First));
        int kept = 0;
        foreach (ByteRange next in sorted[1..])
        {
            ByteRange last = sorted[kept];
            if (next.First - last.Last <= GapBytesMax)
            {
                sorted[kept] = last with { Last = Math.Max(last.Last, next.Last) };
            }
            else
            {
                sorted[++kept] = next;
            }
        }

        // "A server that generates a multipart response … ought to send the parts in the same order".
        if (kept + 1 < ranges.Length)
        {
            sorted[..(kept + 1)].CopyTo(ranges);
        }

        return kept + 1;
    }
}
