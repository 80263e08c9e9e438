using System.Globalization;
using System.Text;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Filters;

/// <summary>Reads the values of a filter, as the field that they are compared with asks for.</summary>
internal static class FilterValue
{
    private const decimal NanosecondsPerSecond = 1_000_000_000m;

    /// <summary>Reads a value; null and a sentence when it is none for that field.</summary>
    public static Operand? Read(Field field, bool isSliced, FilterToken token, out string problem)
    {
        problem = "";
        bool isQuoted = token.Kind == TokenKind.Quoted;
        Operand? read = isSliced ? ReadBytes(token.Text, isQuoted) : field.Kind switch
        {
            FieldKind.Number or FieldKind.Hex => isQuoted ? ReadName(field, token.Text) : ReadNumber(token.Text),
            FieldKind.Flag => ReadFlag(token.Text),
            FieldKind.Time => ReadTime(token.Text),
            FieldKind.Text => Operand.Of(Encoding.UTF8.GetBytes(token.Text)),
            FieldKind.Mac => MacAddress.TryParse(token.Text, out MacAddress mac) ? BytesOf(mac) : null,
            FieldKind.Ipv4 => ReadAddress(token.Text, isIpv6: false),
            FieldKind.Ipv6 => ReadAddress(token.Text, isIpv6: true),
            _ => ReadBytes(token.Text, isQuoted),
        };
        if (read is null)
        {
            problem = $"{token} is no {(isSliced ? "bytes" : NameOf(field.Kind))} to compare {field.Name} with: "
                + $"write one such as {ExampleOf(isSliced ? FieldKind.Bytes : field.Kind)}.";
        }

        return read;
    }

    /// <summary>Reads bytes in hexadecimal with colons, dashes or points between, or a text in quotes.</summary>
    public static Operand? ReadBytes(string text, bool isQuoted)
    {
        if (isQuoted)
        {
            return Operand.Of(Encoding.UTF8.GetBytes(text));
        }

        var bytes = new List<byte>();
        foreach (string part in text.Split(':', '-', '.'))
        {
            if (part.Length == 0 || part.Length % 2 != 0 || !part.All(char.IsAsciiHexDigit))
            {
                return null;
            }

            bytes.AddRange(Convert.FromHexString(part));
        }

        return Operand.Of([.. bytes]);
    }

    private static Operand? ReadNumber(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> digits = isHex ? text.AsSpan(2) : text;
        NumberStyles style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out ulong number)
            ? Operand.Of(number)
            : null;
    }

    // A number that the field has a word for, such as ip.proto == "TCP".
    private static Operand? ReadName(Field field, string name)
    {
        for (ulong value = 0; field.Names is not null && value <= ushort.MaxValue; value++)
        {
            if (name.Equals(field.Names(value), StringComparison.OrdinalIgnoreCase))
            {
                return Operand.Of(value);
            }
        }

        return null;
    }

    private static Operand? ReadFlag(string text) => text.ToLowerInvariant() switch
    {
        "1" or "true" => Operand.Of(1),
        "0" or "false" => Operand.Of(0),
        _ => null,
    };

    private static Operand? ReadTime(string text)
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        bool isTime = decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out decimal seconds)
            && Math.Abs(seconds) < long.MaxValue / NanosecondsPerSecond;
        return isTime
            ? Operand.Of(FieldNode.Ordered(FieldKind.Time, (ulong)(long)(seconds * NanosecondsPerSecond)))
            : null;
    }

    private static Operand BytesOf(MacAddress address)
    {
        byte[] bytes = new byte[MacAddress.Bytes];
        address.WriteBytes(bytes);
        return Operand.Of(bytes);
    }

    private static Operand? ReadAddress(string text, bool isIpv6)
    {
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> first = slash < 0 ? text : text.AsSpan(0, slash);
        if (!InternetAddress.TryParse(first, out InternetAddress address) || address.IsIpv6 != isIpv6)
        {
            return null;
        }

        int bits = address.Bits;
        if (slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits)
                || bits > address.Bits))
        {
            return null;
        }

        byte[] bytes = new byte[address.Length];
        _ = address.WriteBytes(bytes);
        return new Operand(0, bytes, bits);
    }

    private static string NameOf(FieldKind kind) => kind switch
    {
        FieldKind.Number or FieldKind.Hex => "number",
        FieldKind.Flag => "truth value",
        FieldKind.Time => "time in seconds",
        FieldKind.Text => "text",
        FieldKind.Mac => "MAC address",
        FieldKind.Ipv4 => "IPv4 address or prefix",
        FieldKind.Ipv6 => "IPv6 address or prefix",
        _ => "bytes",
    };

    private static string ExampleOf(FieldKind kind) => kind switch
    {
        FieldKind.Number or FieldKind.Hex => "80 or 0x50",
        FieldKind.Flag => "true or 0",
        FieldKind.Time => "1.5",
        FieldKind.Text => "\"example.com\"",
        FieldKind.Mac => "02:00:5e:10:00:01",
        FieldKind.Ipv4 => "192.0.2.1 or 10.0.0.0/8",
        FieldKind.Ipv6 => "2001:db8::1 or 2001:db8::/32",
        _ => "de:ad:be:ef or \"text\"",
    };
}
