using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sockeye.Wire.Dissection;

/// <summary>
/// A text in UTF-8 that is written again and again into the same memory. What comes from a packet is written with
/// <see cref="AppendEscaped"/>: a packet must not be able to steer a terminal.
/// </summary>
public sealed class TextBuffer
{
    /// <summary>The longest text, in bytes; one that is cut ends in <c>…</c>.</summary>
    public const int DefaultBytesMax = 1 << 20;

    private const int FirstBytes = 256;
    private const int FormattedBytesMax = 64;
    private const int NumberBytesMax = 32; // Twenty digits, a sign and a point would do.
    private const int NumberDecimalsMax = 18;

    private readonly int _textBytesMax; // Without the mark.
    private byte[] _bytes = new byte[FirstBytes];

    /// <summary>An empty text.</summary>
    /// <param name="bytesMax">The longest it may become.</param>
    public TextBuffer(int bytesMax = DefaultBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, FirstBytes);
        _textBytesMax = bytesMax - Mark.Length;
    }

    /// <summary>What the text ends in when not all of it fits.</summary>
    public static ReadOnlySpan<byte> Mark => "…"u8;

    /// <summary>
    /// Whether something did not fit. Nothing more is written then, or the end would be of odd pieces.
    /// </summary>
    public bool IsFull { get; private set; }

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next writing.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Begins anew.</summary>
    public void Clear() => Truncate(0);

    /// <summary>Takes back all after a length.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length, nameof(length));
        IsFull &= length == Length && length > 0;
        Length = length;
    }

    /// <summary>Writes an interpolated string, without making a string.</summary>
    public void Append([InterpolatedStringHandlerArgument("")] in Handler text) => _ = text;

    /// <summary>Writes a text of ours.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        if (Reserve(Encoding.UTF8.GetMaxByteCount(text.Length)))
        {
            Length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
        }
    }

    /// <summary>Writes a decimal number, faster than an interpolated string does.</summary>
    /// <param name="value">The number, in units of its last digit.</param>
    /// <param name="decimals">How many of its digits stand after the point.</param>
    /// <param name="width">How many bytes it takes at least; spaces come before it.</param>
    public void AppendNumber(long value, int decimals = 0, int width = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)decimals, (uint)NumberDecimalsMax, nameof(decimals));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, NumberBytesMax);
        Span<byte> text = stackalloc byte[NumberBytesMax];
        ulong rest = value < 0 ? 0 - (ulong)value : (ulong)value;
        int start = text.Length;
        int point = decimals > 0 ? text.Length - decimals : int.MaxValue;
        do
        {
            if (start == point)
            {
                text[--start] = (byte)'.';
            }

            ulong quotient = rest / 10;
            text[--start] = (byte)('0' + (int)(rest - (quotient * 10)));
            rest = quotient;
        }
        while (rest > 0 || start >= point);

        if (value < 0)
        {
            text[--start] = (byte)'-';
        }

        while (text.Length - start < width)
        {
            text[--start] = (byte)' ';
        }

        Append(text[start..]);
    }

    /// <summary>Writes a text of ours, in UTF-8.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        if (Reserve(text.Length))
        {
            text.CopyTo(_bytes.AsSpan(Length));
            Length += text.Length;
        }
    }

    /// <summary>Writes an address.</summary>
    public void Append(in Station station)
    {
        if (Reserve(FormattedBytesMax) && station.TryFormat(_bytes.AsSpan(Length), out int count, default, null))
        {
            Length += count;
        }
    }

    /// <summary>Writes what a packet says: control characters and broken UTF-8 as <c>\x1b</c>.</summary>
    public void AppendEscaped(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            // Nearly all of what packets say.
            int plain = text.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
            Append(plain < 0 ? text : text[..plain]);
            if (plain < 0)
            {
                return;
            }

            text = text[plain..];
            bool isRune = Rune.DecodeFromUtf8(text, out Rune rune, out int length) == OperationStatus.Done;
            if (isRune && !Rune.IsControl(rune) && !IsInvisible(rune))
            {
                Append(text[..length]);
            }
            else
            {
                foreach (byte one in text[..length])
                {
                    Append($"\\x{one:x2}");
                }
            }

            text = text[length..];
        }
    }

    /// <summary>Writes bytes as hexadecimal digits.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="separator">What comes between two; zero for nothing.</param>
    public void AppendHex(ReadOnlySpan<byte> bytes, char separator = '\0')
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0 && separator != '\0')
            {
                Append(new ReadOnlySpan<char>(in separator));
            }

            Append($"{bytes[i]:x2}");
        }
    }

    /// <summary>The text as a string.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Written);

    // Characters that turn the writing direction or hide can make one text look like another.
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private bool Reserve(int count)
    {
        if (IsFull || count > _textBytesMax - Length)
        {
            End();
            return false;
        }

        if (count > _bytes.Length - Length)
        {
            Array.Resize(ref _bytes, Math.Max(Math.Min(_textBytesMax, 2 * _bytes.Length), Length + count));
        }

        return true;
    }

    private void End()
    {
        if (IsFull)
        {
            return;
        }

        IsFull = true;
        if (_bytes.Length - Length < Mark.Length)
        {
            Array.Resize(ref _bytes, Length + Mark.Length);
        }

        Mark.CopyTo(_bytes.AsSpan(Length));
        Length += Mark.Length;
    }

    private void AppendFormatted<T>(T value, ReadOnlySpan<char> format)
        where T : IUtf8SpanFormattable
    {
        if (Reserve(FormattedBytesMax)
            && value.TryFormat(_bytes.AsSpan(Length), out int count, format, CultureInfo.InvariantCulture))
        {
            Length += count;
        }
    }

    /// <summary>Receives the parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Handler
    {
        private readonly TextBuffer _text;

        /// <summary>Called by the compiler.</summary>
        public Handler(int literalLength, int formattedCount, TextBuffer text) => _text = text;

        /// <summary>Called by the compiler, for each piece of text.</summary>
        public void AppendLiteral(string text) => _text.Append(text);

        /// <summary>Called by the compiler, for a number, an address or a time.</summary>
        public void AppendFormatted<T>(T value, string? format = null)
            where T : IUtf8SpanFormattable => _text.AppendFormatted(value, format);

        /// <summary>Called by the compiler, for a text of ours.</summary>
        public void AppendFormatted(string? text) => _text.Append(text);

        /// <summary>Called by the compiler, for what a packet says.</summary>
        public void AppendFormatted(ReadOnlySpan<byte> text) => _text.AppendEscaped(text);
    }
}
