using System.Text;
using System.Text.Unicode;

namespace Sockeye.Http.Protocol;

/// <summary>
/// A target's path as a program uses it: percent-decoded once, and without dot segments, so that it never leads out of
/// the root it is put under.
/// </summary>
public static class TargetPath
{
    /// <summary>
    /// Decodes a path. What stays encoded is what would change the path's meaning: <c>%2F</c> and <c>%5C</c>, the
    /// separators of this system and of others, which RFC 3986 section 2.2 tells apart from literal ones. Rejected
    /// are an incomplete or wrong percent-encoding, control characters, and what is not UTF-8 (RFC 3629 section 3:
    /// "Implementations of the decoding algorithm above MUST protect against decoding invalid sequences").
    /// </summary>
    /// <param name="path">The path of a request head; it begins with a slash.</param>
    /// <param name="destination">Room for as many bytes as the path has.</param>
    /// <param name="length">Bytes of the decoded path.</param>
    /// <returns>Whether it is a path; if not, the rule is <see cref="HttpRule.BadPath"/>.</returns>
    /// <exception cref="ArgumentException">The destination is shorter than the path.</exception>
    public static bool TryDecode(ReadOnlySpan<byte> path, Span<byte> destination, out int length)
    {
        if (destination.Length < path.Length)
        {
            throw new ArgumentException("Decoding needs as much room as the path has.", nameof(destination));
        }

        length = 0;
        if (path is not [(byte)'/', ..] || !TryUnescape(path, destination, out int count))
        {
            return false;
        }

        Span<byte> decoded = destination[..count];
        if (!Utf8.IsValid(decoded))
        {
            return false;
        }

        length = RemoveDotSegments(decoded);
        return true;
    }

    /// <summary>Decodes a path to a string; null when it is not a path. Nothing is changed but what
    /// <see cref="TryDecode"/> changes.</summary>
    public static string? Decode(ReadOnlySpan<byte> path)
    {
        const int OnStackMax = 512;
        Span<byte> destination = path.Length <= OnStackMax ? stackalloc byte[OnStackMax] : new byte[path.Length];
        return TryDecode(path, destination, out int length) ? Encoding.UTF8.GetString(destination[..length]) : null;
    }

    private static bool TryUnescape(ReadOnlySpan<byte> path, Span<byte> destination, out int count)
    {
        count = 0;
        for (int i = 0; i < path.Length; i++)
        {
            byte octet = path[i];
            if (octet == '%')
            {
                int high = i + 2 < path.Length ? Octets.HexValue(path[i + 1]) : -1;
                int low = high >= 0 ? Octets.HexValue(path[i + 2]) : -1;
                if (low < 0)
                {
                    return false;
                }

                octet = (byte)((high << 4) | low);
                if (octet is (byte)'/' or (byte)'\\')
                {
                    path.Slice(i, 3).CopyTo(destination[count..]);
                    count += 3;
                    i += 2;
                    continue;
                }

                i += 2;
            }
            else if (octet == '\\')
            {
                return false; // A separator elsewhere; browsers write it as a slash.
            }

            if (octet is < 0x20 or 0x7F)
            {
                return false;
            }

            destination[count++] = octet;
        }

        return true;
    }

    /// <summary>RFC 3986 section 5.2.4, in place: <c>.</c> goes, and <c>..</c> goes with the segment before it, if
    /// there is one.</summary>
    private static int RemoveDotSegments(Span<byte> path)
    {
        if (path.IndexOf("/."u8) < 0)
        {
            return path.Length;
        }

        int written = 0;
        int at = 0;
        while (at < path.Length)
        {
            int next = path[(at + 1)..].IndexOf((byte)'/');
            int end = next < 0 ? path.Length : at + 1 + next;
            Span<byte> segment = path[at..end];
            bool isParent = segment.SequenceEqual("/.."u8);
            if (isParent)
            {
                written = Math.Max(0, path[..written].LastIndexOf((byte)'/'));
            }
            else if (!segment.SequenceEqual("/."u8))
            {
                segment.CopyTo(path[written..]);
                written += segment.Length;
                at = end;
                continue;
            }

            // A dot segment at the end names a directory: its slash stays.
            if (end == path.Length)
            {
                path[written++] = (byte)'/';
            }

            at = end;
        }

        return written;
    }
}
