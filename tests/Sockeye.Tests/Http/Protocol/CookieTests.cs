using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class CookieTests
{
    [Theory]
    [InlineData("SID=31d4d96e407aad42; lang=en-US", "SID=31d4d96e407aad42|lang=en-US")]  // RFC 6265 section 3.1.
    [InlineData("a=1, b=2", "a=1, b=2")]            // A comma separates nothing.
    [InlineData("a", "=a")]                         // A cookie without a name.
    [InlineData("=v", "=v")]
    [InlineData("===;;;", "===")]
    [InlineData("a=\"x;y\"", "a=\"x|=y\"")]         // Quotes belong to the value and protect nothing.
    [InlineData("a=\u0001; b=2", "b=2")]
    [InlineData("a=b=c", "a=b=c")]
    [InlineData("  a = 1 ;b=2;", "a=1|b=2")]
    [InlineData("a=; b", "a=|=b")]
    [InlineData("%5F%5FHost-id=x", "%5F%5FHost-id=x")]  // CVE-2020-1045: no name is decoded.
    [InlineData("a=\xFF", "a=\xFF")]
    [InlineData("", "")]
    [InlineData(";", "")]
    [InlineData(" = ", "")]
    public void CookiesOfARequestAreRead(string field, string cookies)
    {
        List<string> read = [];
        foreach (CookiePair one in new CookiePairs(FieldText.Of(field)))
        {
            read.Add($"{FieldText.Text(one.Name)}={FieldText.Text(one.Value)}");
        }

        Assert.Equal(cookies, string.Join('|', read));
    }

    [Fact]
    public void FirstCookieOfANameIsFound()
    {
        Assert.True(CookiePairs.TryGet("b=1; a=2; a=3; A=4"u8, "a"u8, out ReadOnlySpan<byte> value));
        Assert.Equal("2", FieldText.Text(value));
        Assert.False(CookiePairs.TryGet("%61=1"u8, "a"u8, out _));
    }

    [Fact]
    public void MegabytesOfCookiesAreReadInOnePassAndWithoutMemory()
    {
        // With time that grows faster than the field this would not end; see CVE-2024-52804 and CVE-2024-7592.
        string[] pieces = [";", "a=b;", "=", "\"", "\\\"", "a", " ", "\t;", "\u0001;"];
        foreach (string piece in pieces)
        {
            byte[] field = FieldText.Of(string.Concat(Enumerable.Repeat(piece, 1_000_000)));
            int bytes = 0;
            Allocations.AssertAtMost(0, () =>
            {
                bytes = 0;
                foreach (CookiePair one in new CookiePairs(field))
                {
                    bytes += one.Name.Length + one.Value.Length;
                }
            });
            Assert.InRange(bytes, 0, field.Length);
        }
    }

    [Fact]
    public void EveryAttributeIsWritten()
    {
        var cookie = new SetCookie("id", "a3fWa")
        {
            Expires = new DateTimeOffset(2026, 10, 21, 9, 28, 0, TimeSpan.FromHours(2)),
            MaxAge = TimeSpan.FromHours(1),
            Domain = "example.com",
            Path = "/docs",
            IsSecure = true,
            IsHttpOnly = true,
            SameSite = SameSite.Strict,
            IsPartitioned = true,
        };
        string written = FieldText.Written(cookie.Write);
        Assert.Equal(
            "id=a3fWa; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Max-Age=3600; Domain=example.com; Path=/docs; Secure; " +
            "HttpOnly; SameSite=Strict; Partitioned",
            written);
        SetCookie read = SetCookie.TryParse(FieldText.Of(written))!;
        Assert.Equal(cookie with { Expires = read.Expires }, read);
        Assert.Equal(cookie.Expires, read.Expires);
    }

    [Theory]
    [InlineData("", "1")]
    [InlineData("a b", "1")]
    [InlineData("a=b", "1")]
    [InlineData("a;b", "1")]
    [InlineData("a\r\n", "1")]
    [InlineData("\u00E9", "1")]
    [InlineData("a", "1;2")]
    [InlineData("a", "1,2")]
    [InlineData("a", "1 2")]
    [InlineData("a", "1\r\nSet-Cookie: b=2")]
    [InlineData("a", "\0")]
    [InlineData("a", "\\")]
    [InlineData("a", "\"")]
    [InlineData("a", "\"1")]
    [InlineData("a", "\u20AC")]
    [InlineData("__Secure-a", "1")]
    [InlineData("__Host-a", "1")]
    [InlineData("__hOST-a", "1")]
    public void IllegalCookiesAreNotWritten(string name, string value)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => new SetCookie(name, value).Write(output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void IllegalAttributesAreNotWritten()
    {
        var good = new SetCookie("a", "1");
        SetCookie[] bad =
        [
            good with { Path = "a" }, good with { Path = "/a;b" }, good with { Path = "/\n" },
            good with { Path = "/" + new string('a', SetCookie.AttributeBytesMax) },
            good with { Domain = "" }, good with { Domain = "a b" }, good with { Domain = "a;b" },
            good with { Domain = "\u00E9.example" }, good with { Domain = "." },
            good with { SameSite = SameSite.None }, good with { IsPartitioned = true },
            good with { Value = new string('a', SetCookie.NameAndValueBytesMax) },
            good with { Name = "__Secure-a" },
            good with { Name = "__Host-a", IsSecure = true },
            good with { Name = "__Host-a", IsSecure = true, Path = "/a" },
            good with { Name = "__Host-a", IsSecure = true, Path = "/", Domain = "example.com" },
        ];
        Assert.All(bad, one => Assert.Throws<ArgumentException>(() => FieldText.Written(one.Write)));
    }

    [Fact]
    public void CookiesThatKeepTheirPrefixAreWritten()
    {
        var host = new SetCookie("__Host-id", "1") { IsSecure = true, Path = "/" };
        Assert.Equal("__Host-id=1; Path=/; Secure", FieldText.Written(host.Write));
        var secure = new SetCookie("__Secure-id", "\"1\"") { IsSecure = true, SameSite = SameSite.None };
        Assert.Equal("__Secure-id=\"1\"; Secure; SameSite=None", FieldText.Written(secure.Write));
        var ended = new SetCookie("a", "") { MaxAge = TimeSpan.FromDays(-1) };
        Assert.Equal("a=; Max-Age=0", FieldText.Written(ended.Write));
    }

    [Theory]
    [InlineData("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly", "SID=31d4d96e407aad42; Path=/; Secure; HttpOnly")]
    [InlineData("a=1; Path=b", "a=1")]
    [InlineData("a=1; path=/b; PATH=c", "a=1")]
    [InlineData("a=1; Domain=.Example.COM", "a=1; Domain=example.com")]
    [InlineData("a=1; domain=", "a=1")]
    [InlineData("a=1; Max-Age=10; Max-Age=x", "a=1; Max-Age=10")]
    [InlineData("a=1; Max-Age=-5", "a=1; Max-Age=0")]
    [InlineData("a=1; Max-Age=99999999999999999999999", "a=1; Max-Age=2147483647")]
    [InlineData("a=1; Max-Age=1.5", "a=1")]
    [InlineData("a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT", "a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT")]
    [InlineData("a=1; Expires=never", "a=1")]
    [InlineData("a=1; SameSite=lax", "a=1; SameSite=Lax")]
    [InlineData("a=1; SameSite=other", "a=1")]
    [InlineData("a=1; Secure=no; unknown; =; ;", "a=1; Secure")]
    [InlineData(" a = 1 ", "a=1")]
    [InlineData("a=1=2", "a=1=2")]
    public void CookiesOfAResponseAreRead(string field, string written) =>
        Assert.Equal(written, FieldText.Written(SetCookie.TryParse(FieldText.Of(field))!.Write));

    [Theory]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("; Path=/")]
    [InlineData("a=\u0001")]
    [InlineData("a=1; Path=/\u007F")]
    public void CookiesToIgnoreAreIgnored(string field) => Assert.Null(SetCookie.TryParse(FieldText.Of(field)));

    [Fact]
    public void CookieWithoutANameIsRead()
    {
        Assert.Equal(("", "value"), Pair("value"));
        Assert.Equal(("", "value"), Pair("=value"));
        Assert.Equal(4096, SetCookie.TryParse(FieldText.Of("a=" + new string('b', 4095)))!.Value.Length + 1);
        Assert.Null(SetCookie.TryParse(FieldText.Of("a=" + new string('b', 4096))));
        Assert.Null(SetCookie.TryParse(FieldText.Of("a=1; Path=/" + new string('b', 1024)))!.Path);

        static (string Name, string Value) Pair(string field) =>
            SetCookie.TryParse(FieldText.Of(field)) is { } one ? (one.Name, one.Value) : default;
    }

    [Theory]
    [InlineData("Wed, 09 Jun 2021 10:18:14 GMT", "2021-06-09T10:18:14")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37")]
    [InlineData("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37")]
    [InlineData("1:2:3 1 feb 69", "2069-02-01T01:02:03")]
    [InlineData("70 1 january 00:00:00x", "")]                     // The first number that can be a day is one.
    [InlineData("1 january 70 00:00:00x", "1970-01-01T00:00:00")]
    [InlineData("29 feb 2023 00:00:00", "")]
    [InlineData("29 feb 2024 00:00:00", "2024-02-29T00:00:00")]
    [InlineData("1 jan 1600 00:00:00", "")]
    [InlineData("1 jan 2000 24:00:00", "")]
    [InlineData("1 jan 2000 00:00", "")]
    [InlineData("1 jan 2000 000:00:00", "")]
    [InlineData("1 jan 20000 00:00:00", "")]
    [InlineData("32 jan 2000 00:00:00", "")]
    [InlineData("1 2000 00:00:00", "")]
    [InlineData("", "")]
    public void DatesOfCookiesAreReadAsBrowsersDo(string text, string date)
    {
        // RFC 6265bis section 5.1.1.
        bool isRead = CookieDate.TryParse(FieldText.Of(text), out DateTimeOffset read);
        Assert.Equal(date, isRead ? read.ToString("s") : "");
    }

    [Fact]
    public void WhatIsWrittenIsReadTheSame()
    {
        var names = Gen.Elements("abcXYZ019!#$%&'*+-.^_`|~".ToCharArray()).ListOf()
            .Where(one => one.Count > 0).Select(one => string.Concat(one));
        var values = Gen.Elements("abcXYZ019!#$&'()*+-./:<=>?@[]^_`{|}~".ToCharArray()).ListOf()
            .Select(one => string.Concat(one));
        var cookies = from name in names
                      from value in values
                      from seconds in Gen.Choose(0, 100_000)
                      from flags in Gen.Choose(0, 7)
                      select new SetCookie(name, value)
                      {
                          MaxAge = (flags & 1) != 0 ? TimeSpan.FromSeconds(seconds) : null,
                          Expires = (flags & 2) != 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds * 10_000L) : null,
                          IsSecure = (flags & 4) != 0,
                          Path = (flags & 4) != 0 ? "/" + value : null,
                      };
        Check.QuickThrowOnFailure(Prop.ForAll(cookies.ToArbitrary(), one =>
            one == SetCookie.TryParse(FieldText.Of(FieldText.Written(one.Write)))));
    }

    [Fact]
    public void MemoryOfAReadCookieGrowsNoFasterThanItsField()
    {
        // Attributes cost nothing, however many there are: what is left is the cookie itself.
        byte[] field = FieldText.Of("a=1" + string.Concat(Enumerable.Repeat("; x=y", 1_000_000)));
        Allocations.AssertAtMost(1_000, () => SetCookie.TryParse(field));
    }
}
