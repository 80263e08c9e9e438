using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Files;

/// <summary>What of a request's target names a file.</summary>
/// <param name="Path">The path beneath the root, decoded, without slashes around it; empty for the root.</param>
/// <param name="NamesFolder">It ended in a slash.</param>
internal readonly record struct RequestedPath(string Path, bool NamesFolder)
{
    /// <summary>Reads the path of a head. The status is 200 when it may name a file, or else what to answer.</summary>
    public static int Read(ReadOnlySpan<byte> path, bool dotFiles, out RequestedPath requested)
    {
        requested = default;
        if (TargetPath.Decode(path) is not { } decoded)
        {
            return 400;
        }

        // An encoded slash is a character of a name (RFC 3986 section 2.2), which no file here can have; and an encoded
        // backslash a trick, or a name that is not worth the risk.
        if (HasEncodedSeparator(path))
        {
            return 404;
        }

        bool namesFolder = decoded[^1] == '/';
        requested = new RequestedPath(decoded.Length == 1 ? "" : decoded[1..^(namesFolder ? 1 : 0)], namesFolder);
        return dotFiles || !decoded.Contains("/.", StringComparison.Ordinal) ? 200 : 404;
    }

    private static bool HasEncodedSeparator(ReadOnlySpan<byte> path)
    {
        while (path.IndexOf((byte)'%') is >= 0 and int at && path.Length >= at + 3)
        {
            ReadOnlySpan<byte> digits = path.Slice(at + 1, 2);
            if (Ascii.EqualsIgnoreCase(digits, "2f"u8) || Ascii.EqualsIgnoreCase(digits, "5c"u8))
            {
                return true;
            }

            path = path[(at + 3)..];
        }

        return false;
    }
}
