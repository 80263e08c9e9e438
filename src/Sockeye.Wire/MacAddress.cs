using System.Globalization;
using System.Text;

namespace Sockeye.Wire;

/// <summary>The 48-bit address of a network card (EUI-48, IEEE 802 section 8).</summary>
public readonly record struct MacAddress : IComparable<MacAddress>, IUtf8SpanFormattable
{
    /// <summary>How many bytes an address has.</summary>
    public const int Bytes = 6;

    private const int TextLength = 17;

    private readonly ulong _value;

    /// <summary>The address whose bytes are the low 48 bits of a number.</summary>
    public MacAddress(ulong value) => _value = value & 0xFFFF_FFFF_FFFF;

    /// <summary>The address at the start of these bytes, of which there are at least six.</summary>
    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes[..Bytes])
        {
            _value = (_value << 8) | one;
        }
    }

    /// <summary>All stations: ff:ff:ff:ff:ff:ff.</summary>
    public static MacAddress Broadcast => new(0xFFFF_FFFF_FFFF);

    /// <summary>The bytes as a number, the first the highest.</summary>
    public ulong Value => _value;

    /// <summary>Whether it names a group of stations: the first bit on the wire is set.</summary>
    public bool IsMulticast => (_value >> 40 & 1) != 0;

    /// <summary>Whether somebody chose it, rather than the maker of the card.</summary>
    public bool IsLocal => (_value >> 41 & 1) != 0;

    /// <summary>Reads six bytes in hexadecimal, with a colon or a dash after each but the last.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        if (text.Length != TextLength)
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < TextLength; i += 3)
        {
            bool isSeparated = i + 2 == TextLength || text[i + 2] is ':' or '-';
            if (!isSeparated || !char.IsAsciiHexDigit(text[i]) || !char.IsAsciiHexDigit(text[i + 1]))
            {
                return false;
            }

            value = (value << 8) | byte.Parse(text.Slice(i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>Reads six bytes in hexadecimal, with a colon or a dash after each but the last.</summary>
    public static MacAddress Parse(string text) => TryParse(text, out MacAddress address)
        ? address
        : throw new FormatException($"'{text}' is not a MAC address: write one such as 02:00:5e:10:00:01.");

    /// <summary>Writes the six bytes.</summary>
    public void WriteBytes(Span<byte> destination)
    {
        for (int i = 0; i < Bytes; i++)
        {
            destination[i] = (byte)(_value >> (8 * (Bytes - 1 - i)));
        }
    }

    /// <inheritdoc/>
    public int CompareTo(MacAddress other) => _value.CompareTo(other._value);

    /// <summary>Six bytes in hexadecimal with colons between.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextLength];
        _ = TryFormat(text, out int length, default, null);
        return Encoding.ASCII.GetString(text[..length]);
    }

    /// <inheritdoc/>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        if (utf8Destination.Length < TextLength)
        {
            return false;
        }

        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        for (int i = 0; i < Bytes; i++)
        {
            int one = (int)(_value >> (8 * (Bytes - 1 - i))) & 0xFF;
            utf8Destination[3 * i] = digits[one >> 4];
            utf8Destination[(3 * i) + 1] = digits[one & 15];
            if (i < Bytes - 1)
            {
                utf8Destination[(3 * i) + 2] = (byte)':';
            }
        }

        bytesWritten = TextLength;
        return true;
    }
}
