using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// A URI or a relative reference, taken apart (RFC 3986 section 4.1) and nothing more: no part is decoded, changed in
/// case or left out. A part that is absent is null, which is not the same as empty.
/// </summary>
/// <example><code>
/// UriReference.TryParse("http://example.com/a/b?x=1", out UriReference start);
/// UriReference.TryParse("../c", out UriReference location);
/// string target = start.Resolve(location).ToString(); // http://example.com/c
/// </code></example>
/// <param name="Scheme">What stands before the first colon, such as <c>https</c>.</param>
/// <param name="Authority">What follows <c>//</c>: the host, and what may stand around it.</param>
/// <param name="Path">The path, which is never absent.</param>
/// <param name="Query">What follows the question mark.</param>
/// <param name="Fragment">What follows the number sign, which is never sent.</param>
public readonly record struct UriReference(
    string? Scheme, string? Authority, string Path, string? Query = null, string? Fragment = null)
{
    /// <summary>The longest reference that is read, in characters.</summary>
    public const int CharsMax = 65_536;

    // RFC 3986 section 3.1: "scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )".
    private static readonly SearchValues<char> s_scheme = SearchValues.Create(
        "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Section 2: reserved and unreserved characters, and the percent sign.
    private static readonly SearchValues<char> s_characters = SearchValues.Create(
        "%-._~:/?#[]@!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>
    /// Takes a reference apart. Control characters are refused. Other characters that no URI has, which people type
    /// and servers send in <c>Location</c> all the same, are percent-encoded as browsers do: a deviation.
    /// </summary>
    public static bool TryParse(string text, out UriReference reference)
    {
        ArgumentNullException.ThrowIfNull(text);
        reference = new UriReference(null, null, "");
        if (text.Length > CharsMax || text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.Contains('\x7F'))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text.AsSpan().ContainsAnyExcept(s_characters) ? EncodeOthers(text) : text;

        // Appendix B, from the end to the front: what follows "#" and "?" may contain any of the other marks.
        string? fragment = CutAfter(ref rest, '#');
        string? query = CutAfter(ref rest, '?');
        string? scheme = null;
        int colon = rest.IndexOf(':');
        int slash = rest.IndexOf('/');
        if (colon >= 0 && (slash < 0 || colon < slash))
        {
            // Section 4.2: a colon in the first segment of a relative path could not be told from a scheme.
            if (colon == 0 || !char.IsAsciiLetter(rest[0]) || rest[..colon].ContainsAnyExcept(s_scheme))
            {
                return false;
            }

            scheme = rest[..colon].ToString();
            rest = rest[(colon + 1)..];
        }

        string? authority = null;
        if (rest.StartsWith("//"))
        {
            int end = rest[2..].IndexOf('/');
            authority = (end < 0 ? rest[2..] : rest.Slice(2, end)).ToString();
            rest = end < 0 ? default : rest[(2 + end)..];
        }

        reference = new UriReference(scheme, authority, rest.ToString(), query, fragment);
        return true;
    }

    /// <summary>The target that a reference means where this is the base (RFC 3986 section 5.2.2, strictly).</summary>
    public UriReference Resolve(UriReference reference)
    {
        if (reference.Scheme is not null)
        {
            return reference with { Path = RemoveDotSegments(reference.Path) };
        }

        if (reference.Authority is not null)
        {
            return reference with { Scheme = Scheme, Path = RemoveDotSegments(reference.Path) };
        }

        if (reference.Path.Length == 0)
        {
            return this with { Query = reference.Query ?? Query, Fragment = reference.Fragment };
        }

        string path = reference.Path[0] == '/' ? reference.Path : Merge(reference.Path);
        return this with
        {
            Path = RemoveDotSegments(path),
            Query = reference.Query,
            Fragment = reference.Fragment,
        };
    }

    /// <summary>The text (RFC 3986 section 5.3).</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Scheme is not null)
        {
            text.Append(Scheme).Append(':');
        }

        if (Authority is not null)
        {
            text.Append("//").Append(Authority);
        }
        else if (Path.StartsWith("//", StringComparison.Ordinal))
        {
            text.Append("/."); // Or the path would begin with an authority (section 3.3).
        }

        text.Append(Path);
        if (Query is not null)
        {
            text.Append('?').Append(Query);
        }

        return Fragment is null ? text.ToString() : text.Append('#').Append(Fragment).ToString();
    }

    private static string? CutAfter(ref ReadOnlySpan<char> text, char mark)
    {
        int at = text.IndexOf(mark);
        string? after = at < 0 ? null : text[(at + 1)..].ToString();
        text = at < 0 ? text : text[..at];
        return after;
    }

    private static string EncodeOthers(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isKept = rune.IsAscii && s_characters.Contains((char)rune.Value);
            string one = rune.ToString();
            encoded.Append(isKept ? one : PercentEncoding.Encode(one));
        }

        return encoded.ToString();
    }

    /// <summary>
    /// RFC 3986 section 5.2.4, in one pass: what is taken back from the output is not looked at again.
    /// </summary>
    private static string RemoveDotSegments(string path)
    {
        char[] output = new char[path.Length];
        int written = 0;
        ReadOnlySpan<char> input = path;
        while (!input.IsEmpty)
        {
            if (input.StartsWith("../") || input.StartsWith("./"))
            {
                input = input[(input.IndexOf('/') + 1)..];
            }
            else if (input.StartsWith("/./") || input is "/.")
            {
                input = input.Length > 2 ? input[2..] : "/";
            }
            else if (input.StartsWith("/../") || input is "/..")
            {
                input = input.Length > 3 ? input[3..] : "/";
                written = Math.Max(0, output.AsSpan(0, written).LastIndexOf('/'));
            }
            else if (input is "." or "..")
            {
                input = default;
            }
            else
            {
                int next = input[1..].IndexOf('/') + 1;
                int length = next == 0 ? input.Length : next;
                input[..length].CopyTo(output.AsSpan(written));
                written += length;
                input = input[length..];
            }
        }

        return new string(output, 0, written);
    }

    // Section 5.2.3.
    private string Merge(string path) =>
        Authority is not null && Path.Length == 0 ? "/" + path : Path[..(Path.LastIndexOf('/') + 1)] + path;
}
