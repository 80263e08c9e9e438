using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Http.Protocol;

/// <summary>Which characters stay as they are when a text is percent-encoded.</summary>
public enum PercentSet : byte
{
    /// <summary>
    /// Unreserved ones alone (RFC 3986 section 2.3): right for the name or value of a query, and anywhere.
    /// </summary>
    Unreserved = 0,

    /// <summary>Those of a segment of a path, <c>pchar</c> of RFC 3986 section 3.3: a slash is encoded.</summary>
    Segment,

    /// <summary>Those of a whole path: segments, and the slashes between them.</summary>
    Path,

    /// <summary>Those of a whole query (RFC 3986 section 3.4).</summary>
    Query,

    /// <summary>Those of an extended parameter, <c>attr-char</c> of RFC 8187 section 3.2.1.</summary>
    Parameter,
}

/// <summary>Percent-encoding (RFC 3986 section 2.1), by bytes: text is UTF-8.</summary>
public static class PercentEncoding
{
    private static readonly SearchValues<byte>[] s_sets =
    [
        Set("-._~"u8),
        Set("-._~!$&'()*+,;=:@"u8),
        Set("-._~!$&'()*+,;=:@/"u8),
        Set("-._~!$&'()*+,;=:@/?"u8),
        Set("!#$&+-.^_`|~"u8),
    ];

    /// <summary>Encodes a text.</summary>
    public static string Encode(string text, PercentSet kept = PercentSet.Unreserved)
    {
        ArgumentNullException.ThrowIfNull(text);
        var output = new ArrayBufferWriter<byte>(text.Length + 1);
        Write(output, Encoding.UTF8.GetBytes(text), kept);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }

    /// <summary>Writes bytes, encoded.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes, PercentSet kept)
    {
        ArgumentNullException.ThrowIfNull(output);
        SearchValues<byte> set = s_sets[(int)kept];
        while (bytes.IndexOfAnyExcept(set) is >= 0 and int stop)
        {
            output.Write(bytes[..stop]);

            // Section 2.1: "URI producers and normalizers should use uppercase hexadecimal digits".
            Span<byte> space = output.GetSpan(3);
            space[0] = (byte)'%';
            space[1] = (byte)"0123456789ABCDEF"[bytes[stop] >> 4];
            space[2] = (byte)"0123456789ABCDEF"[bytes[stop] & 15];
            output.Advance(3);
            bytes = bytes[(stop + 1)..];
        }

        output.Write(bytes);
    }

    /// <summary>Decodes a text once; false if a percent sign lacks its two digits.</summary>
    /// <param name="text">The text. A plus sign is a plus sign.</param>
    /// <param name="destination">Room for as many bytes as the text has; it may be the same memory.</param>
    /// <param name="written">How many bytes were written.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        while (text.IndexOf((byte)'%') is >= 0 and int percent)
        {
            text[..percent].CopyTo(destination[written..]);
            written += percent;
            int high = percent + 2 < text.Length ? Octets.HexValue(text[percent + 1]) : -1;
            int low = percent + 2 < text.Length ? Octets.HexValue(text[percent + 2]) : -1;
            if (high < 0 || low < 0)
            {
                return false;
            }

            destination[written++] = (byte)((high << 4) | low);
            text = text[(percent + 3)..];
        }

        text.CopyTo(destination[written..]);
        written += text.Length;
        return true;
    }

    /// <summary>Decodes a text once; null if a percent sign lacks its two digits or the result is no UTF-8.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> text)
    {
        byte[] bytes = new byte[text.Length];
        return TryDecode(text, bytes, out int written) && Utf8.IsValid(bytes.AsSpan(0, written))
            ? Encoding.UTF8.GetString(bytes, 0, written)
            : null;
    }

    private static SearchValues<byte> Set(ReadOnlySpan<byte> marks) => SearchValues.Create(
        [.. "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8, .. marks]);
}
