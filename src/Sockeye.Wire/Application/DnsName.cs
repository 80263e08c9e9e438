using System.Globalization;
using System.Text;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>
/// A name of the DNS, in its uncompressed form on the wire; names are equal whatever their case (RFC 4343).
/// </summary>
public readonly struct DnsName : IEquatable<DnsName>
{
    /// <summary>How long a name may be, in bytes (RFC 1035 section 2.3.4).</summary>
    public const int BytesMax = 255;

    /// <summary>How long a label may be, in bytes (RFC 1035 section 2.3.4).</summary>
    public const int LabelBytesMax = 63;

    // The two highest bits of a length: 00 is a label, 11 a pointer to the rest of the name (RFC 1035 section 4.1.4).
    internal const int PointerBits = 0xC0;
    internal const int PointerOffsetMax = 0x3FFF;

    // A name has at most 127 labels and the root, and no honest one needs more pointers than labels. Without a limit,
    // each of a message's thousands of names could walk through all of it.
    internal const int PointersMax = 127;

    private readonly ByteString _wire;

    internal DnsName(ReadOnlySpan<byte> wire) => _wire = wire is [0] ? default : new ByteString(wire);

    /// <summary>The root; also the default value.</summary>
    public static DnsName Root => default;

    /// <summary>The labels with their lengths, ended by a zero.</summary>
    public ReadOnlySpan<byte> Wire => _wire.IsEmpty ? [0] : _wire.Span;

    /// <summary>Whether two names are the same.</summary>
    public static bool operator ==(DnsName left, DnsName right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(DnsName left, DnsName right) => !left.Equals(right);

    /// <summary>
    /// Reads a name as people write it: labels with points between, and perhaps one at the end. <c>\.</c> is a point in
    /// a label, and <c>\065</c> any byte (RFC 1035 section 5.1); other characters are taken as UTF-8.
    /// </summary>
    public static bool TryParse(string text, out DnsName name)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = default;
        if (text is "" or ".")
        {
            return text == ".";
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var wire = new List<byte>();
        int at = 0;
        while (at < bytes.Length)
        {
            int lengthAt = wire.Count;
            wire.Add(0);
            while (at < bytes.Length && bytes[at] != '.')
            {
                if (!TryTakeByte(bytes, ref at, out byte one))
                {
                    return false;
                }

                wire.Add(one);
            }

            int length = wire.Count - lengthAt - 1;
            if (length is 0 or > LabelBytesMax)
            {
                return false;
            }

            wire[lengthAt] = (byte)length;
            at++;
        }

        wire.Add(0);
        name = wire.Count <= BytesMax ? new DnsName(wire.ToArray()) : default;
        return wire.Count <= BytesMax;
    }

    /// <summary>Reads a name as <see cref="TryParse"/> does.</summary>
    public static DnsName Parse(string text) => TryParse(text, out DnsName name)
        ? name
        : throw new FormatException(
            $"'{text}' is no name: labels have 1 to {LabelBytesMax} bytes, and a name at most {BytesMax}.");

    /// <inheritdoc/>
    public bool Equals(DnsName other) => EqualBytes(Wire, other.Wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DnsName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (byte one in Wire)
        {
            hash.Add(Lower(one));
        }

        return hash.ToHashCode();
    }

    /// <summary>The name as people write it, without a point at the end; the root is a point.</summary>
    public override string ToString()
    {
        var text = new TextBuffer(8 * BytesMax);
        WriteText(Wire, text);
        return text.Length == 0 ? "." : text.ToString();
    }

    /// <summary>
    /// Reads a name of a message with its pointers followed. A pointer must lead backwards, and there are at most
    /// <see cref="PointersMax"/> of them, so every name has an end that is near.
    /// </summary>
    /// <param name="message">The whole message.</param>
    /// <param name="position">Where the name begins; afterwards, where what follows it begins.</param>
    /// <param name="wire">Room for the uncompressed name, <see cref="BytesMax"/> bytes.</param>
    /// <param name="length">How many of them it takes.</param>
    internal static bool TryRead(ReadOnlySpan<byte> message, ref int position, scoped Span<byte> wire, out int length)
    {
        length = 0;
        int at = position;
        int earliest = at;
        int jumps = 0;
        while (at < message.Length)
        {
            int one = message[at];
            if ((one & PointerBits) == PointerBits)
            {
                if (at + 1 >= message.Length)
                {
                    return false;
                }

                int target = ((one & ~PointerBits) << 8) | message[at + 1];
                position = jumps > 0 ? position : at + 2;
                if (target >= earliest || ++jumps > PointersMax)
                {
                    return false;
                }

                at = earliest = target;
                continue;
            }

            if (one > LabelBytesMax || length + 1 + one > BytesMax || at + 1 + one > message.Length)
            {
                return false;
            }

            message.Slice(at, 1 + one).CopyTo(wire[length..]);
            length += 1 + one;
            at += 1 + one;
            if (one == 0)
            {
                position = jumps > 0 ? position : at;
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes an uncompressed name as people write it; nothing for the root.</summary>
    internal static void WriteText(ReadOnlySpan<byte> wire, TextBuffer to)
    {
        bool isFirst = true;
        while (wire.Length > 1)
        {
            to.Append(isFirst ? ""u8 : "."u8);
            isFirst = false;
            foreach (byte one in wire.Slice(1, wire[0]))
            {
                if (one is (byte)'.' or (byte)'\\')
                {
                    to.Append("\\"u8);
                }

                if (one is > 0x20 and < 0x7F)
                {
                    to.Append(new ReadOnlySpan<byte>(in one));
                }
                else
                {
                    to.Append($"\\{one:D3}");
                }
            }

            wire = wire[(1 + wire[0])..];
        }
    }

    internal static byte Lower(byte one) => one is >= (byte)'A' and <= (byte)'Z' ? (byte)(one | 0x20) : one;

    private static bool TryTakeByte(byte[] text, ref int at, out byte one)
    {
        one = text[at++];
        if (one != '\\')
        {
            return true;
        }

        if (at == text.Length)
        {
            return false;
        }

        one = text[at++];
        if (!char.IsAsciiDigit((char)one))
        {
            return true;
        }

        at += 2;
        return at <= text.Length && byte.TryParse(
            text.AsSpan(at - 3, 3), NumberStyles.None, CultureInfo.InvariantCulture, out one);
    }

    private static bool EqualBytes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            if (Lower(left[i]) != Lower(right[i]))
            {
                return false;
            }
        }

        return true;
    }
}
