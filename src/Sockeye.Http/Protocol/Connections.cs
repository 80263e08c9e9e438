using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>Lists of tokens in a head that is being read, and what they say about the connection.</summary>
internal static class Connections
{
    /// <summary>
    /// RFC 9112 section 9.3: "close" ends it; else HTTP/1.1 keeps it, and HTTP/1.0 when "keep-alive" is there.
    /// </summary>
    public static bool KeepAlive(ReadOnlySpan<byte> input, HeaderFields fields, ProtocolVersion version)
    {
        bool isHttp11 = version == ProtocolVersion.Http11;
        if (!fields.Contains(KnownField.Connection))
        {
            return isHttp11;
        }

        // What browsers say, without a look at it as a list.
        if (fields.CountOf(KnownField.Connection) == 1
            && fields.ValueAt(input, fields.FirstOf(KnownField.Connection)).SequenceEqual("keep-alive"u8))
        {
            return true;
        }

        return !Has(input, fields, KnownField.Connection, "close"u8)
            && (isHttp11 || Has(input, fields, KnownField.Connection, "keep-alive"u8));
    }

    /// <summary>Whether the list has this token.</summary>
    public static bool Has(
        ReadOnlySpan<byte> input, HeaderFields fields, KnownField field, ReadOnlySpan<byte> token)
    {
        int first = fields.FirstOf(field);
        for (int i = first; first >= 0 && i < fields.Count; i++)
        {
            if (fields.KnownAt(i) == field && HeaderFields.ListContains(fields.ValueAt(input, i), token))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the list has anything but this token.</summary>
    public static bool HasOther(
        ReadOnlySpan<byte> input, HeaderFields fields, KnownField field, ReadOnlySpan<byte> token)
    {
        int first = fields.FirstOf(field);
        for (int i = first; first >= 0 && i < fields.Count; i++)
        {
            ReadOnlySpan<byte> list = fields.KnownAt(i) == field ? fields.ValueAt(input, i) : default;
            foreach (Range range in list.Split((byte)','))
            {
                ReadOnlySpan<byte> element = list[range].Trim(" \t"u8);
                if (!element.IsEmpty && !Ascii.EqualsIgnoreCase(element, token))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
