using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sockeye.Wire;

/// <summary>An IPv4 or IPv6 address as a value: <see cref="IPAddress"/> is an object, and this is 24 bytes.</summary>
public readonly struct InternetAddress : IEquatable<InternetAddress>, IComparable<InternetAddress>, IUtf8SpanFormattable
{
    /// <summary>How many bytes an IPv4 address has.</summary>
    public const int Ipv4Bytes = 4;

    /// <summary>How many bytes an IPv6 address has.</summary>
    public const int Ipv6Bytes = 16;

    /// <summary>How many bytes the longest address has.</summary>
    public const int BytesMax = Ipv6Bytes;

    /// <summary>How long the longest text of an address is.</summary>
    public const int TextLengthMax = 45;

    private static readonly SearchValues<char> s_ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private readonly ulong _high;
    private readonly ulong _low;

    private InternetAddress(ulong high, ulong low, bool isIpv6)
    {
        _high = high;
        _low = low;
        IsIpv6 = isIpv6;
    }

    /// <summary>The IPv4 address whose bytes are those of a number, the first the highest.</summary>
    public InternetAddress(uint ipv4)
        : this(0, ipv4, isIpv6: false)
    {
    }

    /// <summary>The IPv6 address whose bytes are those of a number, the first the highest.</summary>
    public InternetAddress(UInt128 ipv6)
        : this((ulong)(ipv6 >> 64), (ulong)ipv6, isIpv6: true)
    {
    }

    /// <summary>The address of four or of sixteen bytes.</summary>
    public InternetAddress(ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length)
        {
            case Ipv4Bytes:
                _low = BinaryPrimitives.ReadUInt32BigEndian(bytes);
                break;
            case Ipv6Bytes:
                _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
                _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
                IsIpv6 = true;
                break;
            default:
                throw new ArgumentException("An address has 4 or 16 bytes.", nameof(bytes));
        }
    }

    /// <summary>Whether it is an IPv6 address; otherwise it is an IPv4 one.</summary>
    public bool IsIpv6 { get; }

    /// <summary>How many bits it has: 32 or 128.</summary>
    public int Bits => IsIpv6 ? 128 : 32;

    /// <summary>How many bytes it has: 4 or 16.</summary>
    public int Length => IsIpv6 ? Ipv6Bytes : Ipv4Bytes;

    /// <summary>The bytes as a number, the first the highest.</summary>
    public UInt128 Value => new(_high, _low);

    /// <summary>Whether two are the same address of the same family.</summary>
    public static bool operator ==(InternetAddress left, InternetAddress right) => left.Equals(right);

    /// <summary>Whether two are different addresses.</summary>
    public static bool operator !=(InternetAddress left, InternetAddress right) => !left.Equals(right);

    /// <summary>The runtime's address as a value; the scope of an IPv6 address is left behind.</summary>
    public static implicit operator InternetAddress(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[BytesMax];
        _ = address.TryWriteBytes(bytes, out int length);
        return new InternetAddress(bytes[..length]);
    }

    /// <summary>
    /// Reads an address strictly: four decimal numbers without leading zeros (RFC 6943 section 3.1.1 says why), or the
    /// text of RFC 4291 section 2.2 without scope.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InternetAddress address)
    {
        if (text.Contains(':'))
        {
            address = default;
            if (text.ContainsAnyExcept(s_ipv6Characters) || !IPAddress.TryParse(text, out IPAddress? ipv6)
                || ipv6.AddressFamily != AddressFamily.InterNetworkV6 || HasLooseTail(text))
            {
                return false;
            }

            address = ipv6;
            return true;
        }

        bool isIpv4 = TryParseIpv4(text, out uint value);
        address = new InternetAddress(value);
        return isIpv4;
    }

    /// <summary>Reads an address as <see cref="TryParse"/> does.</summary>
    public static InternetAddress Parse(string text) => TryParse(text, out InternetAddress address)
        ? address
        : throw new FormatException($"'{text}' is not an address: write one such as 192.0.2.1 or 2001:db8::1.");

    /// <summary>The same address for the runtime's sockets.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        return new IPAddress(bytes[..WriteBytes(bytes)]);
    }

    /// <summary>Writes its four or sixteen bytes, and says how many.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (!IsIpv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return Ipv4Bytes;
        }

        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return Ipv6Bytes;
    }

    /// <inheritdoc/>
    public bool Equals(InternetAddress other) =>
        _low == other._low && _high == other._high && IsIpv6 == other.IsIpv6;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is InternetAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, IsIpv6);

    /// <summary>All IPv4 addresses come before all IPv6 ones, and each family in the order of its numbers.</summary>
    public int CompareTo(InternetAddress other) =>
        IsIpv6 != other.IsIpv6 ? IsIpv6.CompareTo(other.IsIpv6)
            : _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <summary>The text of the address; of an IPv6 one, that of RFC 5952.</summary>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextLengthMax];
        _ = TryFormat(text, out int length, default, null);
        return Encoding.ASCII.GetString(text[..length]);
    }

    /// <inheritdoc/>
    public bool TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        // The common case first: the listing of a capture is made of addresses.
        if (utf8Destination.Length >= TextLengthMax)
        {
            bytesWritten = IsIpv6 ? FormatIpv6(utf8Destination) : FormatIpv4((uint)_low, utf8Destination);
            return true;
        }

        Span<byte> text = stackalloc byte[TextLengthMax];
        int length = IsIpv6 ? FormatIpv6(text) : FormatIpv4((uint)_low, text);
        bool isRoom = text[..length].TryCopyTo(utf8Destination);
        bytesWritten = isRoom ? length : 0;
        return isRoom;
    }

    private static bool TryParseIpv4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            bool isNumber = part.Length is > 0 and <= 3 && !part.ContainsAnyExceptInRange('0', '9')
                && (part.Length == 1 || part[0] != '0');
            if (!isNumber || ++parts > Ipv4Bytes
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte one))
            {
                return false;
            }

            value = (value << 8) | one;
        }

        return parts == Ipv4Bytes;
    }

    // The runtime reads the IPv4 tail of an IPv6 address with leniencies of its own.
    private static bool HasLooseTail(ReadOnlySpan<char> text) =>
        text.Contains('.') && !TryParseIpv4(text[(text.LastIndexOf(':') + 1)..], out _);

    private static int FormatIpv4(uint value, Span<byte> text)
    {
        int end = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            int one = (int)(value >> shift) & 0xFF;
            if (one >= 100)
            {
                text[end++] = (byte)('0' + (one / 100));
            }

            if (one >= 10)
            {
                text[end++] = (byte)('0' + (one / 10 % 10));
            }

            text[end++] = (byte)('0' + (one % 10));
            if (shift > 0)
            {
                text[end++] = (byte)'.';
            }
        }

        return end;
    }

    private int FormatIpv6(Span<byte> text)
    {
        // "::ffff:192.0.2.1": the last 32 bits are an IPv4 address (RFC 5952 section 5; RFC 4291 section 2.5.5.2).
        if (_high == 0 && _low >> 32 == 0xFFFF)
        {
            "::ffff:"u8.CopyTo(text);
            return 7 + FormatIpv4((uint)_low, text[7..]);
        }

        (int zerosStart, int zerosLength) = LongestZeros();
        int end = 0;
        for (int i = 0; i < 8; i++)
        {
            if (i == zerosStart)
            {
                text[end++] = (byte)':';
                text[end++] = (byte)':';
                i += zerosLength - 1;
                continue;
            }

            if (i > 0 && i != zerosStart + zerosLength)
            {
                text[end++] = (byte)':';
            }

            bool isFormatted = Group(i).TryFormat(text[end..], out int digits, "x", CultureInfo.InvariantCulture);
            Debug.Assert(isFormatted, "TextLengthMax is too small.");
            end += digits;
        }

        return end;
    }

    private ushort Group(int index) => (ushort)((index < 4 ? _high : _low) >> (16 * (3 - (index & 3))));

    // "::" stands for the longest run of zero groups, the first of equals, and never for one (RFC 5952 section 4.2).
    private (int Start, int Length) LongestZeros()
    {
        (int Start, int Length) best = (-9, 1);
        int run = 0;
        for (int i = 0; i < 8; i++)
        {
            run = Group(i) == 0 ? run + 1 : 0;
            if (run > best.Length)
            {
                best = (i - run + 1, run);
            }
        }

        return best;
    }
}
