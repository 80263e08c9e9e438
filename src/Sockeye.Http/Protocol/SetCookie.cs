using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>With which requests from other sites a browser sends a cookie (RFC 6265bis section 4.1.2.7).</summary>
public enum SameSite : byte
{
    /// <summary>The attribute is absent: browsers behave much as with <see cref="Lax"/>.</summary>
    Unspecified = 0,

    /// <summary>With all of them; browsers want the cookie to be secure then.</summary>
    None,

    /// <summary>With navigation only.</summary>
    Lax,

    /// <summary>With none.</summary>
    Strict,
}

/// <summary>
/// A cookie as a response sets it (RFC 6265bis section 4.1): written by a server, read by a client. Text is in
/// ISO 8859-1, so that a client returns the very bytes it was given; what a server writes is ASCII.
/// </summary>
/// <example><code>
/// new SetCookie("__Host-id", "42") { Path = "/", IsSecure = true, IsHttpOnly = true }.Write(output);
/// // __Host-id=42; Path=/; Secure; HttpOnly
/// </code></example>
public sealed record SetCookie
{
    /// <summary>The most bytes that name and value have together (RFC 6265bis section 5.6 step 5).</summary>
    public const int NameAndValueBytesMax = 4096;

    /// <summary>The most bytes that the value of an attribute has (RFC 6265bis section 5.6).</summary>
    public const int AttributeBytesMax = 1024;

    // RFC 6265bis section 4.1.1: "cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E".
    private static readonly SearchValues<char> s_value = SearchValues.Create(
        "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> s_host = SearchValues.Create(
        "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Makes a cookie that ends with the browser's session.</summary>
    public SetCookie(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        Name = name;
        Value = value;
    }

    /// <summary>The name; only one that was read may be empty.</summary>
    public string Name { get; init; }

    /// <summary>The value, with its quotes if it has any.</summary>
    public string Value { get; init; }

    /// <summary>When it ends; null for the end of the session, or what <see cref="MaxAge"/> says.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>
    /// How long it lives, in whole seconds; zero removes it. It has precedence over <see cref="Expires"/>.
    /// </summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>
    /// The domain whose hosts all get it, without a dot in front; null for the host that sets it alone.
    /// </summary>
    public string? Domain { get; init; }

    /// <summary>The path below which it is sent; null for the directory of the request.</summary>
    public string? Path { get; init; }

    /// <summary>Whether it is sent over secure connections only.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether scripts cannot see it.</summary>
    public bool IsHttpOnly { get; init; }

    /// <summary>With which requests from other sites it is sent.</summary>
    public SameSite SameSite { get; init; }

    /// <summary>Whether each site that embeds this one has a cookie of its own.</summary>
    public bool IsPartitioned { get; init; }

    /// <summary>Reads the value of a <c>Set-Cookie</c> field; null if a client has to ignore it.</summary>
    public static SetCookie? TryParse(ReadOnlySpan<byte> field) => SetCookieParser.TryParse(field);

    /// <summary>Writes the value of a <c>Set-Cookie</c> field.</summary>
    /// <exception cref="ArgumentException">A part of it is illegal, or a browser would refuse the cookie. Nothing was
    /// written then.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Check();
        WriteText(output, Name, "=", Value);
        if (Expires is { } expires)
        {
            output.Write("; Expires="u8);
            output.Advance(HttpDate.Write(output.GetSpan(HttpDate.Bytes), expires));
        }

        if (MaxAge is { } maxAge)
        {
            output.Write("; Max-Age="u8);
            FieldSyntax.WriteNumber(output, Math.Max(0, (long)maxAge.TotalSeconds));
        }

        if (Domain is not null)
        {
            WriteText(output, "; Domain=", Domain, "");
        }

        if (Path is not null)
        {
            WriteText(output, "; Path=", Path, "");
        }

        output.Write(IsSecure ? "; Secure"u8 : default);
        output.Write(IsHttpOnly ? "; HttpOnly"u8 : default);
        output.Write(SameSite switch
        {
            SameSite.None => "; SameSite=None"u8,
            SameSite.Lax => "; SameSite=Lax"u8,
            SameSite.Strict => "; SameSite=Strict"u8,
            _ => default,
        });
        output.Write(IsPartitioned ? "; Partitioned"u8 : default);
    }

    /// <summary>
    /// Whether the name keeps what it promises (RFC 6265bis section 4.1.3): <c>__Secure-</c> that the cookie is
    /// secure, <c>__Host-</c> that it also has no domain and the path <c>/</c>. Browsers compare without case.
    /// </summary>
    internal bool KeepsPrefix()
    {
        // Section 5.7: a cookie without a name, whose value begins so, would look like one when it is sent.
        string text = Name.Length == 0 ? Value : Name;
        bool isHost = text.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase);
        bool isSecure = isHost || text.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase);
        return !isSecure || (Name.Length > 0 && IsSecure && (!isHost || (Domain is null && Path == "/")));
    }

    private static void WriteText(IBufferWriter<byte> output, string one, string two, string three)
    {
        Encoding.Latin1.GetBytes(one, output);
        Encoding.Latin1.GetBytes(two, output);
        Encoding.Latin1.GetBytes(three, output);
    }

    private void Check()
    {
        bool isQuoted = Value.Length >= 2 && Value[0] == '"' && Value[^1] == '"';
        ReadOnlySpan<char> value = isQuoted ? Value.AsSpan(1..^1) : Value;
        Require(Name.Length > 0 && !Name.AsSpan().ContainsAnyExcept(s_token),
            "The name of a cookie is a token: letters, digits and a few marks, and at least one of them.");
        Require(!value.ContainsAnyExcept(s_value),
            "The value of a cookie has no space, quote, comma, semicolon, backslash or control character: encode it.");
        Require(Name.Length + Value.Length <= NameAndValueBytesMax,
            $"Name and value of a cookie have at most {NameAndValueBytesMax} bytes: keep the rest on the server.");
        Require(Domain is null || (Domain.Trim('.').Length > 0 && !Domain.AsSpan().ContainsAnyExcept(s_host)),
            "The domain of a cookie is the name of a host, such as example.com.");
        bool isPathAscii = !Path.AsSpan().ContainsAnyExceptInRange(' ', '~');
        Require(Path is null || (Path.StartsWith('/') && isPathAscii && !Path.Contains(';')),
            "The path of a cookie begins with a slash, and is ASCII without semicolons and control characters.");
        Require(Domain is not { Length: > AttributeBytesMax } && Path is not { Length: > AttributeBytesMax },
            $"Browsers ignore an attribute of a cookie that is longer than {AttributeBytesMax} bytes.");
        Require(IsSecure || SameSite != SameSite.None, "Browsers refuse SameSite=None without Secure: set IsSecure.");
        Require(IsSecure || !IsPartitioned, "Browsers refuse Partitioned without Secure: set IsSecure.");
        Require(KeepsPrefix(),
            "A cookie called __Secure-… is secure, and one called __Host-… has the path / and no domain besides.");
    }

    private static void Require([DoesNotReturnIf(false)] bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            ThrowIllegal(otherwise);
        }
    }

    [DoesNotReturn]
    [StackTraceHidden]
    private static void ThrowIllegal(string why) => throw new ArgumentException(why);
}
