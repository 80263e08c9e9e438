using System.Security.Cryptography;
using System.Text;

namespace Notes;

/// <summary>What a visitor is told of themselves.</summary>
internal sealed record Visitor(string? Name, int Visits);

/// <summary>What is remembered of a visitor. It belongs to whoever holds the lock of <see cref="Sessions"/>.</summary>
internal sealed class Session
{
    public string Id { get; set; } = "";

    public string? Name { get; set; }

    public int Visits { get; set; }

    public DateTimeOffset LastSeen { get; set; }
}

/// <summary>
/// Sessions, each named by a random identifier in a cookie. Login renews the identifier: one that somebody planted
/// before, or read, is worth nothing afterwards (session fixation). May be used from any thread.
/// </summary>
internal sealed class Sessions(TimeProvider time)
{
    private const string CookieName = "session";
    private const int IdBytes = 16;

    /// <summary>Sessions kept; the one that was not seen for longest makes room.</summary>
    private const int SessionsMax = 10_000;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(30);

    // For the sample: a real application has a table of salted hashes.
    private static readonly Dictionary<string, string> s_passwords = new() { ["ada"] = "lovelace" };

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = [];    // Guarded by _lock.

    /// <summary>Counts a visit.</summary>
    public Visitor Visit(HttpContext context)
    {
        lock (_lock)
        {
            Session session = OfLocked(context);
            return new Visitor(session.Name, ++session.Visits);
        }
    }

    /// <summary>Takes the visitor for who they say they are, if the password is theirs.</summary>
    public bool LogIn(HttpContext context, string name, string password)
    {
        byte[] expected = Encoding.UTF8.GetBytes(s_passwords.GetValueOrDefault(name, ""));
        byte[] given = Encoding.UTF8.GetBytes(password);
        if (expected.Length == 0 || !CryptographicOperations.FixedTimeEquals(expected, given))
        {
            return false;
        }

        lock (_lock)
        {
            Session session = OfLocked(context);
            session.Name = name;
            RenewLocked(context, session);
        }

        return true;
    }

    public void LogOut(HttpContext context)
    {
        lock (_lock)
        {
            _sessions.Remove(context.Request.Cookies[CookieName] ?? "");
        }

        context.Response.Cookies.Delete(CookieName);
    }

    /// <summary>The visitor's session; a new one if there is none.</summary>
    private Session OfLocked(HttpContext context)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (context.Request.Cookies[CookieName] is { } id && _sessions.TryGetValue(id, out Session? session)
            && now - session.LastSeen < s_lifetime)
        {
            session.LastSeen = now;
            return session;
        }

        session = new Session { LastSeen = now };
        RenewLocked(context, session);
        return session;
    }

    /// <summary>Gives a session another identifier; the one before means nothing any more.</summary>
    private void RenewLocked(HttpContext context, Session session)
    {
        _sessions.Remove(session.Id);
        if (_sessions.Count >= SessionsMax)
        {
            _sessions.Remove(_sessions.MinBy(one => one.Value.LastSeen).Key);
        }

        session.Id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
        _sessions.Add(session.Id, session);
        context.Response.Cookies.Append(CookieName, session.Id, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
        });
    }
}
