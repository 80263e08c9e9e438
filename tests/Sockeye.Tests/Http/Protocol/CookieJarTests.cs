using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class CookieJarTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CookieOrigin s_origin = new("www.example.com", "/a/b", IsSecure: true);

    [Theory]
    [InlineData("id=1", "www.example.com", "/a/c", "id=1")]
    [InlineData("id=1", "www.example.com", "/a", "id=1")]
    [InlineData("id=1", "www.example.com", "/", "")]             // The default path is the directory, /a.
    [InlineData("id=1", "www.example.com", "/ab", "")]
    [InlineData("id=1", "example.com", "/a/b", "")]              // Without a domain it is the host's own.
    [InlineData("id=1", "x.www.example.com", "/a/b", "")]
    [InlineData("id=1", "WWW.EXAMPLE.COM", "/a/b", "id=1")]
    [InlineData("id=1; Path=/", "www.example.com", "/", "id=1")]
    [InlineData("id=1; Path=/a/", "www.example.com", "/a", "")]
    [InlineData("id=1; Path=/A", "www.example.com", "/a", "")]
    [InlineData("id=1; Domain=example.com", "example.com", "/a/b", "id=1")]
    [InlineData("id=1; Domain=.example.com", "deep.er.example.com", "/a/b", "id=1")]
    [InlineData("id=1; Domain=example.com", "badexample.com", "/a/b", "")]
    [InlineData("id=1; Domain=www.example.com", "x.www.example.com", "/a/b", "id=1")]
    [InlineData("value", "www.example.com", "/a/b", "value")]
    public void CookiesGoWhereTheyBelong(string field, string host, string path, string sent)
    {
        // RFC 6265bis sections 5.1.3 and 5.1.4.
        var jar = new CookieJar();
        Assert.Equal(CookieOutcome.Stored, Store(jar, s_origin, field));
        Assert.Equal(sent, Sent(jar, new CookieOrigin(host, path, IsSecure: true)));
    }

    [Theory]
    [InlineData("www.example.com", true, "id=1; Domain=other.com", CookieOutcome.ForeignDomain)]
    [InlineData("www.example.com", true, "id=1; Domain=x.www.example.com", CookieOutcome.ForeignDomain)]
    [InlineData("www.example.com", true, "id=1; Domain=com", CookieOutcome.SharedDomain)]
    [InlineData("www.example.com", true, "id=1; Domain=com.", CookieOutcome.SharedDomain)]
    [InlineData("localhost", true, "id=1; Domain=localhost", CookieOutcome.Stored)]
    [InlineData("192.0.2.1", true, "id=1; Domain=192.0.2.1", CookieOutcome.Stored)]
    [InlineData("192.0.2.1", true, "id=1; Domain=2.1", CookieOutcome.SharedDomain)]
    [InlineData("x.192.0.2.1", true, "id=1; Domain=192.0.2.1", CookieOutcome.SharedDomain)]
    [InlineData("192.0.2.1", true, "id=1; Domain=192.0.2.2", CookieOutcome.SharedDomain)]
    [InlineData("[2001:db8::1]", true, "id=1", CookieOutcome.Stored)]
    [InlineData("www.example.com", false, "id=1; Secure", CookieOutcome.InsecureOrigin)]
    [InlineData("www.example.com", false, "id=1", CookieOutcome.Stored)]
    [InlineData("www.example.com", true, "__Secure-id=1", CookieOutcome.BrokenPrefix)]
    [InlineData("www.example.com", true, "__secure-id=1; Secure", CookieOutcome.Stored)]
    [InlineData("www.example.com", true, "__Host-id=1; Secure", CookieOutcome.BrokenPrefix)]
    [InlineData("www.example.com", true, "__Host-id=1; Secure; Path=/", CookieOutcome.Stored)]
    [InlineData("www.example.com", true, "__Host-id=1; Secure; Path=/; Domain=example.com", CookieOutcome.BrokenPrefix)]
    [InlineData("www.example.com", true, "=__Host-id=1; Secure; Path=/", CookieOutcome.BrokenPrefix)]
    [InlineData("www.example.com", true, "id=1; Max-Age=0", CookieOutcome.Removed)]
    [InlineData("www.example.com", true, "id=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", CookieOutcome.Removed)]
    [InlineData("www.example.com", true, "i\td=1", CookieOutcome.Unfit)]
    public void CookiesThatAHostMayNotSetAreRefused(string host, bool isSecure, string field, CookieOutcome outcome) =>
        Assert.Equal(outcome, Store(new CookieJar(), new CookieOrigin(host, "/", isSecure), field));

    [Fact]
    public void CookiesMadeByHandCannotBreakTheField()
    {
        SetCookie[] bad =
        [
            new("a", "1; b=2"), new("a", "1\r\nX: y"), new("a;", "1"), new("a\t", "1"), new("\u20AC", "1"),
            new("a", "1") { Path = "/\n" }, new("a", "1") { Path = "/\t" },
        ];
        var jar = new CookieJar();
        Assert.All(bad, one => Assert.Equal(CookieOutcome.Unfit, jar.Store(s_origin, one, s_now)));
        Assert.Equal(CookieOutcome.Stored, jar.Store(s_origin, new SetCookie("a", "1\t2"), s_now));
    }

    [Fact]
    public void AddressesShareNoCookies()
    {
        var jar = new CookieJar();
        Store(jar, new CookieOrigin("192.0.2.1", "/", true), "id=1");
        Assert.Equal("id=1", Sent(jar, new CookieOrigin("192.0.2.1", "/", true)));
        Assert.Equal("", Sent(jar, new CookieOrigin("9.192.0.2.1", "/", true)));
    }

    [Fact]
    public void SecureCookiesStayOnSecureConnectionsAndAreNotCovered()
    {
        var jar = new CookieJar();
        var plain = s_origin with { IsSecure = false };
        Store(jar, s_origin, "id=secret; Secure; Path=/; Domain=example.com");
        Assert.Equal("", Sent(jar, plain));
        Assert.Equal(CookieOutcome.InsecureOrigin, Store(jar, plain, "id=evil"));
        Assert.Equal(CookieOutcome.InsecureOrigin, Store(jar, plain, "id=evil; Domain=example.com; Path=/deeper"));
        Assert.Equal(CookieOutcome.Stored, Store(jar, plain, "other=1"));
        Assert.Equal("other=1; id=secret", Sent(jar, s_origin));
    }

    [Fact]
    public void LongerPathsComeFirstAndThenOlderCookies()
    {
        var jar = new CookieJar();
        Store(jar, s_origin, "c=1; Path=/");
        Store(jar, s_origin, "b=1; Path=/a");
        Store(jar, s_origin, "d=1; Path=/");
        Store(jar, s_origin, "c=2; Path=/"); // Replaced, and as old as before.
        Assert.Equal("b=1; c=2; d=1", Sent(jar, s_origin));
    }

    [Fact]
    public void CookiesEndWithTheirTime()
    {
        var jar = new CookieJar();
        Store(jar, s_origin, "session=1");
        Store(jar, s_origin, "minute=1; Max-Age=60");
        Store(jar, s_origin, "both=1; Max-Age=90; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        Store(jar, s_origin, "ever=1; Max-Age=999999999");
        Assert.Equal("session=1; minute=1; both=1; ever=1", Sent(jar, s_origin, s_now.AddSeconds(59)));
        Assert.Equal("session=1; both=1; ever=1", Sent(jar, s_origin, s_now.AddSeconds(60)));
        Assert.Equal("session=1; ever=1", Sent(jar, s_origin, s_now.AddDays(399)));
        Assert.Equal("session=1", Sent(jar, s_origin, s_now.AddDays(400)));  // RFC 6265bis section 5.5.
        Assert.Equal(1, jar.Count);
        Store(jar, s_origin, "session=; Max-Age=0");
        Assert.Equal(0, jar.Count);
    }

    [Fact]
    public void DomainWithTooManyCookiesLosesTheLeastUsed()
    {
        var jar = new CookieJar(new CookieLimits { CookiesPerDomainMax = 3 });
        Store(jar, s_origin, "a=1");
        Store(jar, s_origin, "safe=1; Secure");
        Store(jar, s_origin, "b=1; Path=/a/b");
        Sent(jar, s_origin with { Path = "/a/c" });  // Uses "a" and "safe".
        Store(jar, s_origin, "c=1");
        Assert.Equal("a=1; safe=1; c=1", Sent(jar, s_origin));
        Store(jar, s_origin, "d=1");
        Store(jar, s_origin, "e=1");
        Assert.Equal("safe=1; d=1; e=1", Sent(jar, s_origin));
    }

    [Fact]
    public void JarHoldsNoMoreThanItsLimits()
    {
        var limits = new CookieLimits { BytesPerDomainMax = 500, CookiesMax = 20, BytesMax = 2_000 };
        var jar = new CookieJar(limits);
        for (int i = 0; i < 200; i++)
        {
            var origin = new CookieOrigin($"h{i % 17}.example.com", "/", IsSecure: true);
            Assert.Equal(CookieOutcome.Stored, Store(jar, origin, $"n{i}={new string('x', i)}"));
            Assert.InRange(jar.Count, 1, limits.CookiesMax);
            string saved = jar.Save(s_now);
            int bytes = saved.Split('\n').Sum(line => line.Split('\t') is { Length: 7 } columns
                ? columns[0].Length + columns[2].Length + columns[5].Length + columns[6].Length
                : 0);
            Assert.InRange(bytes, 1, limits.BytesMax);
            Assert.InRange(Sent(jar, origin).Length, 1, limits.BytesPerDomainMax);
        }

        Assert.Equal(CookieOutcome.Unfit, Store(jar, s_origin, $"n={new string('x', 500)}"));
        jar.Clear();
        Assert.Equal((0, ""), (jar.Count, Sent(jar, s_origin)));
    }

    [Fact]
    public void SavedJarIsLoadedTheSame()
    {
        var jar = new CookieJar();
        Store(jar, s_origin, "a=1; Domain=example.com; Path=/; Max-Age=60; Secure; HttpOnly");
        Store(jar, s_origin, "b=x\ty=\"2\"");
        Store(jar, s_origin, "nameless");
        Store(jar, s_origin, "c=\xC3\x85");  // A byte that some take for the end of a line.
        Store(jar, new CookieOrigin("192.0.2.1", "/", false), "d=4");
        string text = jar.Save(s_now);
        Assert.StartsWith(
            "# Netscape HTTP Cookie File\n" +
            "#HttpOnly_.example.com\tTRUE\t/\tTRUE\t1793534460\ta\t1\n" +
            "www.example.com\tFALSE\t/a\tFALSE\t0\tb\tx\ty=\"2\"\n",
            text);
        var loaded = new CookieJar();
        Assert.Equal(0, loaded.Load(text, s_now));
        Assert.Equal(jar.Count, loaded.Count);
        Assert.Equal(Sent(jar, s_origin), Sent(loaded, s_origin));
        Assert.Equal("b=x\ty=\"2\"; nameless; c=\xC3\x85; a=1", Sent(loaded, s_origin));
        Assert.Equal(text, loaded.Save(s_now));
        Assert.Equal(0, new CookieJar().Load(text.Replace("\n", "\r\n", StringComparison.Ordinal), s_now));
    }

    [Theory]
    [InlineData("# a comment", 0, 0)]
    [InlineData("", 0, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t0\ta", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\tx\ta\t1", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t-1\ta\t1", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t99999999999999\ta\t1", 0, 1)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t1\ta\t1", 0, 0)]  // It has ended.
    [InlineData("example.com\tFALSE\tx\tFALSE\t0\ta\t1", 1, 0)]
    [InlineData("\tFALSE\t/\tFALSE\t0\ta\t1", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t0\ta\t1; evil=2", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t0\ta\t1\rX: y", 1, 0)]
    [InlineData("example.com\tFALSE\t/\tFALSE\t0\ta\t\u20AC", 1, 0)]
    [InlineData("com\tTRUE\t/\tFALSE\t0\ta\t1", 0, 1)]
    public void LinesThatAreNoCookiesAreCounted(string line, int refused, int count)
    {
        var jar = new CookieJar();
        Assert.Equal(refused, jar.Load(line, s_now));
        Assert.Equal(count, jar.Count);
        Assert.Equal("", Sent(jar, new CookieOrigin("x.com", "/", true)));
    }

    private static CookieOutcome Store(CookieJar jar, CookieOrigin origin, string field) =>
        jar.Store(origin, SetCookie.TryParse(FieldText.Of(field))!, s_now);

    private static string Sent(CookieJar jar, CookieOrigin origin, DateTimeOffset? now = null) =>
        FieldText.Written(output => jar.Write(output, origin, now ?? s_now));
}
