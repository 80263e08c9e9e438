using System.Globalization;
using System.Net;
using System.Text;

namespace Sockeye;

/// <summary>
/// The endpoint grammar. Each method returns null, or the one sentence that says what is wrong and what to do;
/// results go through <c>out</c> parameters.
/// </summary>
internal static class EndpointParser
{
    // What a message repeats of the user's text; more would bury the advice.
    private const int QuotedCharsMax = 60;

    public static string? Parse(ReadOnlySpan<char> text, out Endpoint? endpoint)
    {
        endpoint = null;
        if (CheckCharacters(text) is { } error)
        {
            return error;
        }

        if (text is "-")
        {
            endpoint = new Endpoint(EndpointScheme.Standard, "", 0, "", null);
            return null;
        }

        if (text[0] is '/' or '@')
        {
            return $"{Quote(text)} has no scheme: for a Unix socket write unix:{Excerpt(text)}.";
        }

        int colon = text.IndexOf(':');
        ReadOnlySpan<char> name = colon < 0 ? "" : text[..colon];
        ReadOnlySpan<char> rest = colon < 0 ? "" : text[(colon + 1)..];
        SchemeRow? row = EndpointSchemes.Find(name);
        if (row?.Shape == SchemeShape.Path)
        {
            return ParseUnix(row, rest, out endpoint);
        }

        // After a host comes a port, so this was meant as a scheme.
        if (row is null && (rest.StartsWith('/') || rest.StartsWith('@')))
        {
            return EndpointSchemes.Unknown(name);
        }

        if (row is not null)
        {
            return rest.StartsWith("//")
                ? ParseNetwork(row, rest[2..], out endpoint)
                : $"After {row.Name}: comes //: write {row.Name}://HOST:PORT.";
        }

        // A number alone is a port.
        return text.ContainsAnyExceptInRange('0', '9')
            ? ParseNetwork(EndpointSchemes.Of(EndpointScheme.Tcp), text, out endpoint)
            : ParseNetwork(EndpointSchemes.Of(EndpointScheme.Tcp), $":{text}", out endpoint);
    }

    /// <summary>The user's text, in quotes and fit for a message.</summary>
    public static string Quote(ReadOnlySpan<char> text) => $"'{Excerpt(text)}'";

    private static string? CheckCharacters(ReadOnlySpan<char> text)
    {
        if (text.IsWhiteSpace()) // true of nothing at all, too
        {
            return "The endpoint is empty: write one such as tcp://localhost:8080, :8080 or unix:/run/my.sock.";
        }

        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return $"There is white space around {Quote(text.Trim())}: remove it.";
        }

        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                return c == '\0'
                    ? "The endpoint contains a NUL character: remove it (an abstract Unix name is written unix:@name)."
                    : $"The endpoint contains the control character U+{(int)c:X4}: remove it.";
            }
        }

        return null;
    }

    private static string? ParseUnix(SchemeRow row, ReadOnlySpan<char> path, out Endpoint? endpoint)
    {
        endpoint = null;
        if (path.StartsWith("///"))
        {
            path = path[2..]; // unix:///path, a URL with an empty authority
        }

        if (path.IsEmpty || path[0] is not ('/' or '@') || path.StartsWith("//"))
        {
            return $"After {row.Name}: comes an absolute path or @ and a name: write {row.Name}:/run/my.sock "
                + $"or {row.Name}:@name.";
        }

        // A datagram client needs a name so that replies can come, and it need not choose one: see Addresses.Of.
        if (path is "@" && row.Scheme != EndpointScheme.UnixDatagram)
        {
            return $"The abstract name is empty: write {row.Name}:@name.";
        }

        if (path[0] == '/' && path[^1] == '/')
        {
            return $"{Quote(path)} is a directory: add the name of the socket.";
        }

        if (path.Contains('?'))
        {
            return $"'?' cannot follow a Unix path: options are for http and ws only, so remove it from {Quote(path)}.";
        }

        foreach (Rune rune in path.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return $"{Quote(path)} is not valid Unicode: give the socket a plain name.";
            }
        }

        int bytes = Encoding.UTF8.GetByteCount(path) - (path[0] == '@' ? 1 : 0);
        if (bytes > Endpoint.UnixPathBytesMax)
        {
            return $"The Unix socket path has {bytes} bytes, and the kernel allows {Endpoint.UnixPathBytesMax} "
                + "(unix(7)): use a shorter one.";
        }

        endpoint = new Endpoint(row.Scheme, "", 0, path.ToString(), null);
        return null;
    }

    private static string? ParseNetwork(SchemeRow row, ReadOnlySpan<char> text, out Endpoint? endpoint)
    {
        endpoint = null;
        int end = text.IndexOfAny('/', '?', '#');
        ReadOnlySpan<char> authority = end < 0 ? text : text[..end];
        ReadOnlySpan<char> path = end < 0 ? "" : text[end..];

        // Before anything else, so that no message repeats a password.
        if (authority.Contains('@'))
        {
            return "An endpoint holds no user name or password: remove everything up to and including '@'.";
        }

        if (CheckPath(row, text, path) is { } pathError)
        {
            return pathError;
        }

        if (SplitPort(row, authority, out ReadOnlySpan<char> host, out int port) is { } portError)
        {
            return portError;
        }

        if (HostParser.Parse(host, out string canonical, out IPAddress? address) is { } hostError)
        {
            return hostError;
        }

        // RFC 3986 section 6.2.3: "a URI that uses the generic syntax for authority with an empty path should be
        // normalized to a path of '/'."
        string slash = row.Shape == SchemeShape.Url && !path.StartsWith("/") ? "/" : "";
        endpoint = new Endpoint(row.Scheme, canonical, port, $"{slash}{path}", address);
        return null;
    }

    private static string? CheckPath(SchemeRow row, ReadOnlySpan<char> text, ReadOnlySpan<char> path)
    {
        if (path.Contains('#'))
        {
            return $"An endpoint has no fragment: remove {Quote(path[path.IndexOf('#')..])}.";
        }

        if (row.Shape != SchemeShape.Url && !path.IsEmpty)
        {
            return path[0] == '/'
                ? $"No path follows {row.Name}://HOST:PORT: remove {Quote(path)}, or write http://{Excerpt(text)}."
                : $"No options follow {row.Name}://HOST:PORT: remove {Quote(path)}.";
        }

        foreach (Rune rune in path.EnumerateRunes())
        {
            // RFC 3986 section 2 allows fewer still; the rest ("{|}^") is passed on, as every client does.
            if (rune.Value is <= ' ' or >= 0x7F)
            {
                return $"The path contains {Quote(rune.ToString())}, which cannot be sent as it is: "
                    + $"write {Uri.EscapeDataString(rune.ToString())} instead.";
            }
        }

        return null;
    }

    /// <summary>Splits <c>host:port</c>, <c>[address]:port</c> and <c>:port</c>; the brackets stay on.</summary>
    private static string? SplitPort(
        SchemeRow row, ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out int port)
    {
        host = authority;
        port = row.DefaultPort;
        int colon = authority.LastIndexOf(':');
        if (authority.StartsWith("["))
        {
            int bracket = authority.IndexOf(']');
            if (bracket < 0)
            {
                return $"{Quote(authority)} has '[' without ']': write [ADDRESS]:PORT.";
            }

            colon = bracket + 1 < authority.Length ? bracket + 1 : -1;
            if (colon >= 0 && authority[colon] != ':')
            {
                return $"Only ':' and a port may follow ']': write {Excerpt(authority[..colon])}:PORT.";
            }
        }
        else if (colon != authority.IndexOf(':'))
        {
            return AddBrackets(row, authority, colon);
        }

        if (colon < 0)
        {
            return authority.IsEmpty ? $"The host is missing: write {row.Name}://HOST:PORT."
                : port < 0 ? $"The port is missing: write {row.Name}://{Excerpt(authority)}:PORT."
                : null;
        }

        host = authority[..colon];
        return ParsePort(authority[(colon + 1)..], out port);
    }

    private static string AddBrackets(SchemeRow row, ReadOnlySpan<char> authority, int colon)
    {
        ReadOnlySpan<char> port = authority[(colon + 1)..];
        string? written = HostParser.ParseIPv6(authority[..colon], out _, out _) is null
            && ParsePort(port, out _) is null
            ? $"[{authority[..colon]}]:{port}"
            : HostParser.ParseIPv6(authority, out _, out _) is null ? $"[{authority}]:PORT" : null;
        return written is null
            ? $"{Quote(authority)} has more than one ':': write {row.Name}://HOST:PORT, "
                + "or [ADDRESS]:PORT if it is an IPv6 address."
            : $"An IPv6 address goes in brackets: write {written}.";
    }

    private static string? ParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        if (text.IsEmpty)
        {
            return "The port is missing after ':': write a number from 0 to 65535.";
        }

        foreach (char digit in text)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return $"Port {Quote(text)} is not a number: write one from 0 to 65535.";
            }

            port = Math.Min((port * 10) + digit - '0', IPEndPoint.MaxPort + 1);
        }

        return port <= IPEndPoint.MaxPort ? null : $"Port {Excerpt(text)} is out of range: ports are 0 to 65535.";
    }

    /// <summary>What a message can safely repeat: not too long, and nothing that redirects a terminal.</summary>
    private static string Excerpt(ReadOnlySpan<char> text)
    {
        StringBuilder excerpt = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (excerpt.Length >= QuotedCharsMax)
            {
                return excerpt.Append('…').ToString();
            }

            bool isHidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            excerpt.Append(isHidden ? "\uFFFD" : rune.ToString());
        }

        return excerpt.ToString();
    }
}
