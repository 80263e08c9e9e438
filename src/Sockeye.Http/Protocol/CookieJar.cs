using System.Buffers;
using System.Net;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>The target of a request, as far as cookies depend on it.</summary>
/// <param name="Host">The host without its port, such as <c>www.example.com</c>.</param>
/// <param name="Path">The path without the query, such as <c>/a/b</c>.</param>
/// <param name="IsSecure">Whether it goes through TLS.</param>
public readonly record struct CookieOrigin(string Host, string Path, bool IsSecure);

/// <summary>What a <see cref="CookieJar"/> did with a cookie.</summary>
public enum CookieOutcome : byte
{
    /// <summary>It was stored, perhaps in the place of an older one.</summary>
    Stored = 0,

    /// <summary>It had ended already: there is none of that name now.</summary>
    Removed,

    /// <summary>Its domain is not one that the host belongs to.</summary>
    ForeignDomain,

    /// <summary>Its domain is one that everybody shares, such as <c>com</c>, or the address of another host.</summary>
    SharedDomain,

    /// <summary>It is secure, or would cover one that is, and the connection was not.</summary>
    InsecureOrigin,

    /// <summary>Its name promises more than its attributes keep.</summary>
    BrokenPrefix,

    /// <summary>It is longer than a limit allows, or has a character that no field or saved jar carries.</summary>
    Unfit,
}

/// <summary>How much a <see cref="CookieJar"/> holds. What was used longest ago goes first.</summary>
public sealed record CookieLimits
{
    /// <summary>The most cookies of one domain; 50, as RFC 6265bis section 6.1 asks for.</summary>
    public int CookiesPerDomainMax { get; init; } = 50;

    /// <summary>The most bytes of one domain: 32,768, with names, values, domains and paths counted.</summary>
    public int BytesPerDomainMax { get; init; } = 32_768;

    /// <summary>The most cookies in all; 3,000, as RFC 6265bis section 6.1 asks for.</summary>
    public int CookiesMax { get; init; } = 3_000;

    /// <summary>The most bytes in all: 2 MiB.</summary>
    public int BytesMax { get; init; } = 2 * 1024 * 1024;
}

/// <summary>
/// A client's cookies (RFC 6265bis sections 5.7 and 5.8). It has no clock and does no I/O; one thread uses it at a
/// time.
/// </summary>
/// <remarks>
/// Deviations: there is no list of public suffixes (publicsuffix.org). Only a domain of one label and an address are
/// refused, and <c>co.uk</c> is not: <c>evil.co.uk</c> can set a cookie that <c>shop.co.uk</c> gets. The limits bound
/// what that can do. A client has no site that embeds another, so SameSite and
/// Partitioned do not matter here, and no scripts, so HttpOnly is only kept.
/// </remarks>
/// <example><code>
/// var jar = new CookieJar();
/// var origin = new CookieOrigin("example.com", "/", IsSecure: true);
/// jar.Store(origin, SetCookie.TryParse("id=42; Secure"u8)!, now);
/// jar.Write(output, origin, now); // id=42
/// </code></example>
public sealed class CookieJar
{
    // RFC 6265bis section 5.5: "The user agent MUST limit the maximum value of the [attribute] to … 400 days".
    private static readonly TimeSpan s_lifeMax = TimeSpan.FromDays(400);

    private readonly CookieLimits _limits;
    private readonly Dictionary<string, List<StoredCookie>> _domains = [];
    private readonly List<StoredCookie> _chosen = [];
    private long _clock; // Counts uses: which of two was earlier is all that matters.
    private long _bytes;

    /// <summary>Makes an empty jar.</summary>
    /// <param name="limits">How much it holds; null for the defaults.</param>
    public CookieJar(CookieLimits? limits = null) => _limits = limits ?? new CookieLimits();

    /// <summary>How many cookies it holds, ended ones included that nothing has looked at since.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a cookie that a response has set.</summary>
    /// <param name="origin">What was requested.</param>
    /// <param name="cookie">The cookie.</param>
    /// <param name="now">The time.</param>
    public CookieOutcome Store(CookieOrigin origin, SetCookie cookie, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(cookie);
        string host = origin.Host.ToLowerInvariant();
        string? domain = cookie.Domain?.ToLowerInvariant();
        if (domain is not null && domain != host)
        {
            // Section 5.7: a suffix that everybody shares is refused, unless it is the host itself.
            if (!domain.Trim('.').Contains('.') || IsAddress(domain))
            {
                return CookieOutcome.SharedDomain;
            }

            if (!IsWithin(host, domain))
            {
                return CookieOutcome.ForeignDomain;
            }
        }

        if (cookie.IsSecure && !origin.IsSecure)
        {
            return CookieOutcome.InsecureOrigin;
        }

        bool isHostOnly = domain is null || (domain == host && (!host.Contains('.') || IsAddress(host)));
        string path = cookie.Path ?? DefaultPath(origin.Path);
        var stored = new StoredCookie(cookie.Name, cookie.Value, domain ?? host, path)
        {
            IsHostOnly = isHostOnly,
            IsSecure = cookie.IsSecure,
            IsHttpOnly = cookie.IsHttpOnly,
            Expires = ExpiryOf(cookie, now),
        };
        return !cookie.KeepsPrefix() ? CookieOutcome.BrokenPrefix
            : !origin.IsSecure && CoversSecureOne(stored) ? CookieOutcome.InsecureOrigin
            : Keep(stored, now);
    }

    /// <summary>
    /// Writes the value of <c>Cookie</c> for a request; returns how many cookies that were, perhaps none.
    /// </summary>
    public int Write(IBufferWriter<byte> output, CookieOrigin origin, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(output);
        string host = origin.Host.ToLowerInvariant();
        _chosen.Clear();
        Choose(host, isHost: true, origin, now);
        for (int dot = host.IndexOf('.'); dot >= 0 && !IsAddress(host); dot = host.IndexOf('.', dot + 1))
        {
            Choose(host[(dot + 1)..], isHost: false, origin, now);
        }

        // Section 5.8.3: "Cookies with longer paths are listed before cookies with shorter paths", then the older.
        _chosen.Sort(static (one, other) => one.Path.Length != other.Path.Length
            ? other.Path.Length.CompareTo(one.Path.Length)
            : one.Created.CompareTo(other.Created));
        foreach (StoredCookie one in _chosen)
        {
            output.Write(one == _chosen[0] ? default : "; "u8);
            Encoding.Latin1.GetBytes(one.Name, output);
            output.Write(one.Name.Length == 0 ? default : "="u8);
            Encoding.Latin1.GetBytes(one.Value, output);
            one.Used = ++_clock;
        }

        return _chosen.Count;
    }

    /// <summary>Drops all of it.</summary>
    public void Clear()
    {
        _domains.Clear();
        Count = 0;
        _bytes = 0;
    }

    /// <summary>
    /// Writes the cookies that have not ended as text, one a line, in the format of Netscape's cookies.txt, which curl
    /// and others read and write. Cookies of the session are among them.
    /// </summary>
    public string Save(DateTimeOffset now) => CookieFile.Write(_domains.Values
        .SelectMany(one => one).Where(one => !one.HasEnded(now)).OrderBy(one => one.Created));

    /// <summary>Adds the cookies of a text that <see cref="Save"/> or another program has written.</summary>
    /// <returns>How many lines were left out, because they could not be read or did not fit.</returns>
    public int Load(string text, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        int refused = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(range).TrimEnd('\r');
            if (!CookieFile.IsCookie(line))
            {
                continue;
            }

            StoredCookie? read = CookieFile.TryRead(line);
            refused += read is null || Keep(read, now) == CookieOutcome.Unfit ? 1 : 0;
        }

        return refused;
    }

    /// <summary>Whether a host belongs to a domain (section 5.1.3); both are in lower case.</summary>
    private static bool IsWithin(string host, string domain) =>
        host.Length > domain.Length && host.EndsWith(domain, StringComparison.Ordinal) &&
        host[^(domain.Length + 1)] == '.' && !IsAddress(host);

    private static bool IsAddress(string host) => IPAddress.TryParse(host, out _);

    /// <summary>Whether a path lies below that of a cookie (section 5.1.4).</summary>
    private static bool IsBelow(string path, string cookiePath) =>
        path.StartsWith(cookiePath, StringComparison.Ordinal) &&
        (path.Length == cookiePath.Length || cookiePath[^1] == '/' || path[cookiePath.Length] == '/');

    /// <summary>The directory of a path (section 5.1.4).</summary>
    private static string DefaultPath(string path)
    {
        int slash = path.StartsWith('/') ? path.LastIndexOf('/') : 0;
        return slash == 0 ? "/" : path[..slash];
    }

    private static DateTimeOffset? ExpiryOf(SetCookie cookie, DateTimeOffset now)
    {
        DateTimeOffset longest = now + s_lifeMax;
        if (cookie.MaxAge is { } maxAge)
        {
            return maxAge <= TimeSpan.Zero ? DateTimeOffset.MinValue : maxAge < s_lifeMax ? now + maxAge : longest;
        }

        return cookie.Expires < longest ? cookie.Expires : cookie.Expires is null ? null : longest;
    }

    private void Choose(string domain, bool isHost, CookieOrigin origin, DateTimeOffset now)
    {
        if (!_domains.TryGetValue(domain, out List<StoredCookie>? cookies))
        {
            return;
        }

        string path = origin.Path.StartsWith('/') ? origin.Path : "/";
        for (int i = cookies.Count - 1; i >= 0; i--)
        {
            StoredCookie one = cookies[i];
            if (one.HasEnded(now))
            {
                RemoveAt(cookies, i);
            }
            else if ((isHost || !one.IsHostOnly) && (origin.IsSecure || !one.IsSecure) && IsBelow(path, one.Path))
            {
                _chosen.Add(one);
            }
        }
    }

    /// <summary>
    /// Section 5.7, "leave secure cookies alone": without TLS nobody may cover a secure cookie of the same name, on a
    /// domain that matches either way and a path below its own.
    /// </summary>
    private bool CoversSecureOne(StoredCookie cookie) => _domains
        .Where(one => one.Key == cookie.Domain || IsWithin(one.Key, cookie.Domain) || IsWithin(cookie.Domain, one.Key))
        .Any(one => one.Value.Any(other =>
            other.IsSecure && other.Name == cookie.Name && IsBelow(cookie.Path, other.Path)));

    private CookieOutcome Keep(StoredCookie cookie, DateTimeOffset now)
    {
        bool isTooLong = cookie.Name.Length + cookie.Value.Length > SetCookie.NameAndValueBytesMax ||
            cookie.Bytes > Math.Min(_limits.BytesPerDomainMax, _limits.BytesMax);
        if (isTooLong || !cookie.IsFit)
        {
            return CookieOutcome.Unfit;
        }

        if (!_domains.TryGetValue(cookie.Domain, out List<StoredCookie>? cookies))
        {
            cookies = [];
            _domains.Add(cookie.Domain, cookies);
        }

        cookie.Created = cookie.Used = ++_clock;
        int same = cookies.FindIndex(cookie.IsSameAs);
        if (same >= 0)
        {
            cookie.Created = cookies[same].Created;
            RemoveAt(cookies, same);
        }

        if (cookie.HasEnded(now))
        {
            Forget(cookie.Domain, cookies);
            return CookieOutcome.Removed;
        }

        cookies.Add(cookie);
        Count++;
        _bytes += cookie.Bytes;
        MakeRoom(cookie, cookies, now);
        return CookieOutcome.Stored;
    }

    /// <summary>
    /// Section 5.7, "remove excess cookies": ended ones, then those of a domain that has too many, then any.
    /// </summary>
    private void MakeRoom(StoredCookie newest, List<StoredCookie> cookies, DateTimeOffset now)
    {
        while (cookies.Count > _limits.CookiesPerDomainMax || cookies.Sum(one => one.Bytes) > _limits.BytesPerDomainMax)
        {
            RemoveAt(cookies, cookies.IndexOf(LeastWanted(cookies, newest, now)));
        }

        while (Count > _limits.CookiesMax || _bytes > _limits.BytesMax)
        {
            StoredCookie least = LeastWanted(_domains.Values.SelectMany(one => one), newest, now);
            List<StoredCookie> home = _domains[least.Domain];
            RemoveAt(home, home.IndexOf(least));
            Forget(least.Domain, home);
        }
    }

    private static StoredCookie LeastWanted(
        IEnumerable<StoredCookie> cookies, StoredCookie newest, DateTimeOffset now) => cookies
        .OrderBy(one => one == newest)
        .ThenBy(one => !one.HasEnded(now))
        .ThenBy(one => one.IsSecure)
        .ThenBy(one => one.Used)
        .First();

    private void RemoveAt(List<StoredCookie> cookies, int index)
    {
        _bytes -= cookies[index].Bytes;
        Count--;
        cookies.RemoveAt(index);
    }

    private void Forget(string domain, List<StoredCookie> cookies)
    {
        if (cookies.Count == 0)
        {
            _domains.Remove(domain);
        }
    }
}
