using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using static Sockeye.EndpointParser;

namespace Sockeye;

/// <summary>
/// Host names and address literals. Each method returns null, or the one sentence that says what is wrong and what
/// to do; results go through <c>out</c> parameters.
/// </summary>
internal static class HostParser
{
    // RFC 1035 section 2.3.4: "labels: 63 octets or less".
    private const int LabelCharsMax = 63;

    // UseStd3AsciiRules stays off because it refuses '_'; CheckLabels holds the rules instead.
    private static readonly IdnMapping s_idn = new();

    /// <summary>Reads a host: a name, an IPv4 literal, an IPv6 literal in brackets, * or nothing.</summary>
    public static string? Parse(ReadOnlySpan<char> host, out string canonical, out IPAddress? address)
    {
        canonical = "";
        address = null;
        if (host is "*")
        {
            return null;
        }

        if (host.IsEmpty)
        {
            address = IPAddress.Loopback;
            canonical = "127.0.0.1";
            return null;
        }

        if (host[0] == '[')
        {
            return ParseIPv6(host[1..^1], out canonical, out address);
        }

        return host.ContainsAnyExcept("0123456789.") || !host.ContainsAnyInRange('0', '9')
            ? ParseName(host, out canonical)
            : ParseIPv4(host, out canonical, out address);
    }

    private static string? ParseIPv4(ReadOnlySpan<char> host, out string canonical, out IPAddress? address)
    {
        canonical = "";
        address = null;
        int count = 0;
        long value = 0;
        foreach (Range range in host.Split('.'))
        {
            ReadOnlySpan<char> part = host[range];
            if (++count > 4 || part.IsEmpty)
            {
                count = 0;
                break;
            }

            // inet_aton(3) reads 010 as 8, and other programs as 10: the address would be a matter of opinion.
            if (part.Length > 1 && part[0] == '0')
            {
                return $"{Quote(host)} is not an IPv4 address: write {Quote(part)} without the leading zero, "
                    + "which some programs read as octal.";
            }

            if (part.Length > 3 || int.Parse(part, CultureInfo.InvariantCulture) > 255)
            {
                return $"{Quote(host)} is not an IPv4 address: each of the four numbers is 0 to 255.";
            }

            value |= (long)int.Parse(part, CultureInfo.InvariantCulture) << (8 * (count - 1));
        }

        if (count != 4)
        {
            return $"{Quote(host)} is not an IPv4 address: write four decimal numbers such as 127.0.0.1.";
        }

        address = new IPAddress(value);
        canonical = host.ToString();
        return null;
    }

    /// <summary>Reads an IPv6 literal without brackets, perhaps with a zone.</summary>
    public static string? ParseIPv6(ReadOnlySpan<char> text, out string canonical, out IPAddress? address)
    {
        canonical = "";
        address = null;
        int percent = text.IndexOf('%');
        ReadOnlySpan<char> digits = percent < 0 ? text : text[..percent];
        ReadOnlySpan<char> zone = percent < 0 ? "" : text[(percent + 1)..];

        // IPAddress.TryParse also takes brackets, ports and prefixes, and four-part tails with leading zeros.
        ReadOnlySpan<char> tail = digits[(digits.LastIndexOf(':') + 1)..];
        if (digits.ContainsAnyExcept("0123456789abcdefABCDEF:.")
            || (tail.Contains('.') && ParseIPv4(tail, out _, out _) is not null)
            || !IPAddress.TryParse(digits, out address)
            || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            address = null;
            return $"{Quote(text)} is not an IPv6 address: brackets hold eight groups of hexadecimal digits, "
                + "as in [2001:db8::1].";
        }

        canonical = address.ToString();
        return percent < 0 ? null : ParseZone(zone, ref canonical, ref address);
    }

    /// <summary>RFC 4007 section 11: <c>address%zone</c>, where the zone is an interface's name or index.</summary>
    private static string? ParseZone(ReadOnlySpan<char> zone, ref string canonical, ref IPAddress? address)
    {
        // RFC 6874 section 2 writes the '%' as "%25". Digits alone stay an index, so that %251 is interface 251.
        if (zone.StartsWith("25") && zone.ContainsAnyExceptInRange('0', '9'))
        {
            zone = zone[2..];
        }

        bool isPlain = !zone.IsEmpty;
        foreach (char c in zone)
        {
            isPlain &= char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';
        }

        // .NET asks if_nametoindex(3) for a name, and quietly gives scope 0 for one that is not there.
        string plain = canonical;
        if (!isPlain || !IPAddress.TryParse($"{plain}%{zone}", out address) || address.ScopeId == 0)
        {
            address = null;
            return $"There is no interface {Quote(zone)} here: after '%' write one that 'ip link' lists.";
        }

        canonical = zone.ContainsAnyExceptInRange('0', '9') ? $"{plain}%{zone}" : $"{plain}%{address.ScopeId}";
        return null;
    }

    private static string? ParseName(ReadOnlySpan<char> host, out string canonical)
    {
        canonical = host.ToString().ToLowerInvariant();
        if (!Ascii.IsValid(host))
        {
            if (CheckInternational(host, canonical) is { } error)
            {
                return error;
            }

            try
            {
                canonical = s_idn.GetAscii(canonical);
            }
            catch (ArgumentException)
            {
                return $"{Quote(host)} cannot be written as an international host name: write its xn-- form.";
            }
        }

        return CheckLabels(host, canonical);
    }

    /// <summary>
    /// RFC 5891 section 4.2 wants code points that RFC 5892 allows, in normalisation form C. Without ICU's tables
    /// (the tool runs in invariant mode) neither can be decided for all of Unicode, so this is stricter: letters,
    /// marks and digits (RFC 5892 section 2.1), and nothing that could be written otherwise in Latin script.
    /// </summary>
    private static string? CheckInternational(ReadOnlySpan<char> host, string lower)
    {
        foreach (Rune rune in lower.EnumerateRunes())
        {
            bool isAllowed = rune.IsAscii || Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber;

            // Combining diacritics that a composed letter replaces, ligatures and compatibility ideographs,
            // mathematical letters, half and full width.
            bool isVariant = rune.Value is (>= 0x300 and <= 0x36F) or (>= 0xF900 and <= 0xFAFF)
                or (>= 0xFB00 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFFEF) or (>= 0x1D400 and <= 0x1D7FF)
                or (>= 0x2F800 and <= 0x2FA1F);
            if (!isAllowed || isVariant)
            {
                return $"Host {Quote(host)} contains U+{rune.Value:X4}, which has no single meaning in a host name: "
                    + "write the name's xn-- form.";
            }
        }

        return null;
    }

    /// <summary>RFC 952 and RFC 1123 section 2.1, and the underscore that service names use in practice.</summary>
    private static string? CheckLabels(ReadOnlySpan<char> host, string name)
    {
        ReadOnlySpan<char> labels = name.EndsWith('.') ? name.AsSpan(0, name.Length - 1) : name;
        if (labels.Length > Endpoint.HostNameCharsMax)
        {
            return $"The host name has {labels.Length} characters: the limit is {Endpoint.HostNameCharsMax}.";
        }

        foreach (Range range in labels.Split('.'))
        {
            ReadOnlySpan<char> label = labels[range];
            if (label.Length is 0 or > LabelCharsMax)
            {
                return $"Host {Quote(host)} has a part of {label.Length} characters: "
                    + $"between dots there are 1 to {LabelCharsMax}.";
            }

            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    return $"Host {Quote(host)} contains '{c}': "
                        + "a name has letters, digits, '-', '_' and dots.";
                }
            }

            if (label[0] == '-' || label[^1] == '-')
            {
                return $"Host {Quote(host)} has a part that begins or ends with '-': remove that '-'.";
            }
        }

        // getaddrinfo(3) reads 0x7f.1 as 127.0.0.1, and no top-level domain is a number (RFC 1123 section 2.1).
        ReadOnlySpan<char> last = labels[(labels.LastIndexOf('.') + 1)..];
        return !last.ContainsAnyExceptInRange('0', '9')
            || (last.StartsWith("0x") && !last[2..].ContainsAnyExcept("0123456789abcdef"))
            ? $"Host {Quote(host)} ends in a number: write an IPv4 address as four decimal numbers such as 127.0.0.1."
            : null;
    }
}
