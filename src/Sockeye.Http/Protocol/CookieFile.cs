using System.Globalization;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>A cookie in a jar. Everything but its use is fixed.</summary>
internal sealed class StoredCookie(string name, string value, string domain, string path)
{
    public string Name { get; } = name;

    public string Value { get; } = value;

    public string Domain { get; } = domain;

    public string Path { get; } = path;

    public bool IsHostOnly { get; init; }

    public bool IsSecure { get; init; }

    public bool IsHttpOnly { get; init; }

    /// <summary>When it ends; null for the end of the session.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When it came, by the count of the jar's uses.</summary>
    public long Created { get; set; }

    /// <summary>When it was used last, by the count of the jar's uses.</summary>
    public long Used { get; set; }

    public int Bytes => Name.Length + Value.Length + Domain.Length + Path.Length;

    public bool HasEnded(DateTimeOffset now) => Expires <= now;

    /// <summary>
    /// Whether a field and a saved jar can carry it: a semicolon would end the cookie in its field, a control character
    /// the field, and a tab that is not in the value the column of a saved jar.
    /// </summary>
    public bool IsFit => IsFitText(Name) && IsFitText(Value.Replace('\t', ' ')) && IsFitText(Domain) && IsFitText(Path);

    /// <summary>Whether one takes the place of the other (RFC 6265bis section 5.7); the domain is the same.</summary>
    public bool IsSameAs(StoredCookie other) =>
        Name == other.Name && Path == other.Path && IsHostOnly == other.IsHostOnly;

    private static bool IsFitText(string text)
    {
        foreach (char one in text)
        {
            if (one is < ' ' or '\x7F' or ';' or > '\xFF')
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>
/// The lines of Netscape's cookies.txt: domain, whether hosts below it get it, path, whether it is secure, the second
/// it ends in (0 for the session), name and value, with tabs between. <c>#HttpOnly_</c> before the domain is what curl
/// added.
/// </summary>
internal static class CookieFile
{
    private const string Title = "# Netscape HTTP Cookie File\n";
    private const string HttpOnlyMark = "#HttpOnly_";
    private const int Columns = 7;
    private const long SecondsMax = 253_402_300_799; // The end of the year 9999.

    public static string Write(IEnumerable<StoredCookie> cookies)
    {
        var text = new StringBuilder(Title);
        foreach (StoredCookie one in cookies)
        {
            // Rounded up: a cookie that is there must not read as one of the session.
            long ends = one.Expires is { } expires ? Math.Max(1, (expires.ToUnixTimeMilliseconds() + 999) / 1000) : 0;
            text.Append(one.IsHttpOnly ? HttpOnlyMark : "").Append(one.IsHostOnly ? "" : ".").Append(one.Domain)
                .Append('\t').Append(one.IsHostOnly ? "FALSE" : "TRUE")
                .Append('\t').Append(one.Path)
                .Append('\t').Append(one.IsSecure ? "TRUE" : "FALSE")
                .Append('\t').Append(CultureInfo.InvariantCulture, $"{ends}")
                .Append('\t').Append(one.Name)
                .Append('\t').Append(one.Value).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Whether a line is to be a cookie, not a comment and not empty.</summary>
    public static bool IsCookie(ReadOnlySpan<char> line) =>
        !line.IsWhiteSpace() && (line[0] != '#' || line.StartsWith(HttpOnlyMark, StringComparison.Ordinal));

    public static StoredCookie? TryRead(ReadOnlySpan<char> line)
    {
        bool isHttpOnly = line.StartsWith(HttpOnlyMark, StringComparison.Ordinal);
        line = isHttpOnly ? line[HttpOnlyMark.Length..] : line;
        Span<Range> columns = stackalloc Range[Columns];
        if (line.Split(columns, '\t') != Columns ||
            !long.TryParse(line[columns[4]], NumberStyles.None, CultureInfo.InvariantCulture, out long ends))
        {
            return null;
        }

        string domain = line[columns[0]].TrimStart('.').ToString().ToLowerInvariant();
        string path = line[columns[2]].ToString();
        bool isShared = line[columns[1]].Equals("TRUE", StringComparison.OrdinalIgnoreCase);
        var read = new StoredCookie(line[columns[5]].ToString(), line[columns[6]].ToString(), domain, path)
        {
            IsHostOnly = !isShared || !domain.Contains('.'),
            IsSecure = line[columns[3]].Equals("TRUE", StringComparison.OrdinalIgnoreCase),
            IsHttpOnly = isHttpOnly,
            Expires = ends == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Min(ends, SecondsMax)),
        };
        return domain.Length > 0 && path.StartsWith('/') && read.Name.Length + read.Value.Length > 0 ? read : null;
    }
}
