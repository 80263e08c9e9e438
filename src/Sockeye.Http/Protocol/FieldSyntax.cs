using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The pieces that the values of fields are made of: tokens, quoted strings, optional whitespace, weights. All of it
/// works on spans and in time proportional to their length.
/// </summary>
public static class FieldSyntax
{
    /// <summary>
    /// The weight of <c>q=1</c>: weights are counted in thousandths, for they have three digits at most.
    /// </summary>
    public const int QualityMax = 1000;

    private static readonly SearchValues<byte> s_quotedStop = SearchValues.Create("\"\\"u8);

    /// <summary>Whether the text is a token: one character of RFC 9110 section 5.6.2 or more.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(Octets.Token);

    /// <summary>How many bytes of a token the text begins with.</summary>
    public static int TokenLength(ReadOnlySpan<byte> text)
    {
        int length = text.IndexOfAnyExcept(Octets.Token);
        return length < 0 ? text.Length : length;
    }

    /// <summary>Whether the text has a control character other than HTAB, which no value of a field may have.</summary>
    public static bool HasControl(ReadOnlySpan<byte> text) => text.ContainsAny(Octets.NotInValue);

    /// <summary>The text without the spaces and tabs around it: OWS of RFC 9110 section 5.6.3.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>
    /// How many bytes the quoted string has that the text begins with, its quotes included; -1 when the text does not
    /// begin with a whole one (RFC 9110 section 5.6.4).
    /// </summary>
    public static int QuotedLength(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '"')
        {
            return -1;
        }

        int at = 1;
        while (at < text.Length)
        {
            int stop = text[at..].IndexOfAny(s_quotedStop);
            if (stop < 0)
            {
                return -1;
            }

            at += stop;
            if (text[at] == '"')
            {
                return HasControl(text[..at]) ? -1 : at + 1;
            }

            at += 2; // A backslash, and what it makes literal.
        }

        return -1;
    }

    /// <summary>Takes the quotes and backslashes off a quoted string.</summary>
    /// <param name="quoted">A whole quoted string, as <see cref="QuotedLength"/> measures it.</param>
    /// <param name="destination">Room for as many bytes as <paramref name="quoted"/> has, less two.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Unquote(ReadOnlySpan<byte> quoted, Span<byte> destination)
    {
        Debug.Assert(QuotedLength(quoted) == quoted.Length, "Only a whole quoted string can be unquoted.");
        ReadOnlySpan<byte> rest = quoted[1..^1];
        int written = 0;
        while (rest.IndexOf((byte)'\\') is >= 0 and int slash)
        {
            rest[..slash].CopyTo(destination[written..]);
            written += slash;
            destination[written++] = rest[slash + 1];
            rest = rest[(slash + 2)..];
        }

        rest.CopyTo(destination[written..]);
        return written + rest.Length;
    }

    /// <summary>Writes a text as a token when it is one, and as a quoted string otherwise.</summary>
    /// <exception cref="ArgumentException">The text has a control character.</exception>
    public static void WriteTokenOrQuoted(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (IsToken(text))
        {
            output.Write(text);
        }
        else
        {
            WriteQuoted(output, text);
        }
    }

    /// <summary>Writes a text as a quoted string.</summary>
    /// <exception cref="ArgumentException">The text has a control character.</exception>
    public static void WriteQuoted(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (HasControl(text))
        {
            ThrowControl();
        }

        output.Write("\""u8);
        while (text.IndexOfAny(s_quotedStop) is >= 0 and int stop)
        {
            output.Write(text[..stop]);
            output.Write("\\"u8);
            output.Write(text.Slice(stop, 1));
            text = text[(stop + 1)..];
        }

        output.Write(text);
        output.Write("\""u8);
    }

    /// <summary>Reads a weight such as <c>0.5</c> (RFC 9110 section 12.4.2) as thousandths.</summary>
    public static bool TryParseQuality(ReadOnlySpan<byte> text, out int quality)
    {
        quality = 0;
        if (text.Length is 0 or > 5 || text[0] is not ((byte)'0' or (byte)'1'))
        {
            return false;
        }

        quality = (text[0] - '0') * QualityMax;
        if (text.Length == 1)
        {
            return true;
        }

        // "0." and "1." are weights too: the digits are 0*3DIGIT.
        int unit = QualityMax / 10;
        foreach (byte digit in text[2..])
        {
            if (!Octets.IsDigit(digit))
            {
                return false;
            }

            quality += (digit - '0') * unit;
            unit /= 10;
        }

        return text[1] == '.' && quality <= QualityMax;
    }

    /// <summary>Reads a number that consists of digits alone; one too large for a long reads as the largest.</summary>
    internal static bool TryParseDigits(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            if (!Octets.IsDigit(digit))
            {
                return false;
            }

            int next = digit - '0';
            value = value > (long.MaxValue - next) / 10 ? long.MaxValue : (value * 10) + next;
        }

        return !text.IsEmpty;
    }

    /// <summary>Writes a number that is not negative, in digits.</summary>
    internal static void WriteNumber(IBufferWriter<byte> output, long value)
    {
        Debug.Assert(value >= 0, "Digits alone cannot say less than nothing.");
        Span<byte> space = output.GetSpan(19);
        bool fits = value.TryFormat(space, out int written, provider: null);
        Debug.Assert(fits, "A long has at most nineteen digits.");
        output.Advance(written);
    }

    [DoesNotReturn]
    [StackTraceHidden]
    private static void ThrowControl() => throw new ArgumentException(
        "The text has a control character, which no field can carry: remove it or encode it.", "text");
}
