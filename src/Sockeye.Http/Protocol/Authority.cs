using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>A host with an optional port, as Host and a target's authority have it (RFC 9110 sections 4.2 and 7.2).
/// User information is not part of it: RFC 9110 section 4.2.4 has it treated as an error.</summary>
public static class Authority
{
    /// <summary>No port is written.</summary>
    public const int NoPort = -1;

    private const int PortMax = 65_535;
    private const int PortDigitsMax = 5;

    /// <summary>Takes an authority apart. The host is a name, an IPv4 address, or an IPv6 address in brackets, and
    /// not empty.</summary>
    /// <param name="text">The authority.</param>
    /// <param name="host">The host, with its brackets.</param>
    /// <param name="port">The port, or <see cref="NoPort"/>, also when nothing follows the colon.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> host, out int port)
    {
        host = default;
        port = NoPort;
        int end;
        if (text is [(byte)'[', ..])
        {
            end = text.IndexOf((byte)']') + 1;
            if (end == 0 || !IsIPv6(text[1..(end - 1)]))
            {
                return false;
            }
        }
        else
        {
            end = EndOfName(text);
            if (end == 0)
            {
                return false;
            }
        }

        host = text[..end];
        return end == text.Length || (text[end] == ':' && TryParsePort(text[(end + 1)..], out port));
    }

    /// <summary>Whether two authorities are the same, each with the port that it has when none is written.</summary>
    internal static bool AreSame(
        ReadOnlySpan<byte> one, int defaultPort, ReadOnlySpan<byte> other, int otherDefaultPort) =>
        TryParse(one, out ReadOnlySpan<byte> host, out int port)
        && TryParse(other, out ReadOnlySpan<byte> otherHost, out int otherPort)
        && Ascii.EqualsIgnoreCase(host, otherHost)
        && (port == NoPort ? defaultPort : port) == (otherPort == NoPort ? otherDefaultPort : otherPort);

    private static bool TryParsePort(ReadOnlySpan<byte> digits, out int port)
    {
        port = NoPort;
        if (digits.IsEmpty)
        {
            return true; // RFC 3986 section 3.2.3: port = *DIGIT
        }

        if (digits.Length > PortDigitsMax)
        {
            return false;
        }

        int value = 0;
        foreach (byte digit in digits)
        {
            if (!Octets.IsDigit(digit))
            {
                return false;
            }

            value = (value * 10) + digit - '0';
        }

        port = value;
        return value <= PortMax;
    }

    /// <summary>Where a registered name ends, its percent-encodings (RFC 3986 section 2.1) included.</summary>
    private static int EndOfName(ReadOnlySpan<byte> text)
    {
        int end = 0;
        while (true)
        {
            int length = text[end..].IndexOfAnyExcept(Octets.RegisteredName);
            if (length < 0)
            {
                return text.Length;
            }

            end += length;
            if (text[end] != '%' || end + 2 >= text.Length || Octets.HexValue(text[end + 1]) < 0
                || Octets.HexValue(text[end + 2]) < 0)
            {
                return end;
            }

            end += 3;
        }
    }

    /// <summary>RFC 3986 section 3.2.2, IPv6address: eight groups of up to four hexadecimal digits, one run of zero
    /// groups as <c>::</c>, and perhaps an IPv4 address as the last two. A zone is not for the network.</summary>
    private static bool IsIPv6(ReadOnlySpan<byte> text)
    {
        const int GroupsMax = 8;
        int groups = 0;
        bool isCompressed = false;
        int at = 0;
        if (text.StartsWith("::"u8))
        {
            isCompressed = true;
            at = 2;
        }

        while (at < text.Length)
        {
            int digits = 0;
            while (at + digits < text.Length && Octets.HexValue(text[at + digits]) >= 0)
            {
                digits++;
            }

            if (at + digits < text.Length && text[at + digits] == '.')
            {
                groups += 2;
                return IsIPv4(text[at..]) && (isCompressed ? groups < GroupsMax : groups == GroupsMax);
            }

            groups++;
            at += digits;
            if (digits is 0 or > 4 || groups > GroupsMax)
            {
                return false;
            }

            if (at == text.Length)
            {
                break;
            }

            if (text[at] != ':' || ++at == text.Length)
            {
                return false;
            }

            if (text[at] == ':')
            {
                if (isCompressed)
                {
                    return false;
                }

                isCompressed = true;
                at++;
            }
        }

        return isCompressed ? groups < GroupsMax : groups == GroupsMax;
    }

    private static bool IsIPv4(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (Range range in text.Split((byte)'.'))
        {
            ReadOnlySpan<byte> part = text[range];
            if (++count > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0'))
            {
                return false;
            }

            int value = 0;
            foreach (byte digit in part)
            {
                if (!Octets.IsDigit(digit))
                {
                    return false;
                }

                value = (value * 10) + digit - '0';
            }

            if (value > 255)
            {
                return false;
            }
        }

        return count == 4;
    }
}
