using System.Net;
using FsCheck;
using FsCheck.Fluent;

namespace Sockeye.Tests;

public sealed class EndpointTests
{
    private static readonly string s_label63 = new('a', 63);

    // text, canonical form, scheme, host, port, path, whether Address is known
    public static readonly TheoryData<string, string, EndpointScheme, string, int, string, bool> Good = new()
    {
        { "tcp://example.org:80", "tcp://example.org:80", EndpointScheme.Tcp, "example.org", 80, "", false },
        { "TCP://Example.ORG:0080", "tcp://example.org:80", EndpointScheme.Tcp, "example.org", 80, "", false },
        { "udp://127.0.0.1:53", "udp://127.0.0.1:53", EndpointScheme.Udp, "127.0.0.1", 53, "", true },
        { "tls://[2001:DB8:0::1]:443", "tls://[2001:db8::1]:443", EndpointScheme.Tls, "2001:db8::1", 443, "", true },
        { "example.org:65535", "tcp://example.org:65535", EndpointScheme.Tcp, "example.org", 65535, "", false },
        { "127.0.0.1:80", "tcp://127.0.0.1:80", EndpointScheme.Tcp, "127.0.0.1", 80, "", true },
        { "[::1]:80", "tcp://[::1]:80", EndpointScheme.Tcp, "::1", 80, "", true },
        { "[::]:0", "tcp://[::]:0", EndpointScheme.Tcp, "::", 0, "", true },
        { "0.0.0.0:8080", "tcp://0.0.0.0:8080", EndpointScheme.Tcp, "0.0.0.0", 8080, "", true },
        { "[::ffff:1.2.3.4]:1", "tcp://[::ffff:1.2.3.4]:1", EndpointScheme.Tcp, "::ffff:1.2.3.4", 1, "", true },
        { "[fe80::1%lo]:80", "tcp://[fe80::1%lo]:80", EndpointScheme.Tcp, "fe80::1%lo", 80, "", true },
        { "[fe80::1%25lo]:80", "tcp://[fe80::1%lo]:80", EndpointScheme.Tcp, "fe80::1%lo", 80, "", true },
        { "udp://[ff02::fb%01]:5353", "udp://[ff02::fb%1]:5353", EndpointScheme.Udp, "ff02::fb%1", 5353, "", true },
        { ":8080", "tcp://127.0.0.1:8080", EndpointScheme.Tcp, "127.0.0.1", 8080, "", true },
        { "8080", "tcp://127.0.0.1:8080", EndpointScheme.Tcp, "127.0.0.1", 8080, "", true },
        { "udp://:53", "udp://127.0.0.1:53", EndpointScheme.Udp, "127.0.0.1", 53, "", true },
        { "*:8080", "tcp://*:8080", EndpointScheme.Tcp, "", 8080, "", false },
        { "http://*", "http://*/", EndpointScheme.Http, "", 80, "/", false },
        { "http://example.org", "http://example.org/", EndpointScheme.Http, "example.org", 80, "/", false },
        { "http://example.org:80/", "http://example.org/", EndpointScheme.Http, "example.org", 80, "/", false },
        {
            "http://[::1]:0/a//b?c=/&d=?", "http://[::1]:0/a//b?c=/&d=?",
            EndpointScheme.Http, "::1", 0, "/a//b?c=/&d=?", true
        },
        {
            "https://example.org.?q=%20", "https://example.org./?q=%20",
            EndpointScheme.Https, "example.org.", 443, "/?q=%20", false
        },
        { "ws://example.org/chat", "ws://example.org/chat", EndpointScheme.Ws, "example.org", 80, "/chat", false },
        {
            "wss://example.org:444/@me:1", "wss://example.org:444/@me:1",
            EndpointScheme.Wss, "example.org", 444, "/@me:1", false
        },
        {
            "unix:/run/my socket#1.sock", "unix:/run/my socket#1.sock",
            EndpointScheme.Unix, "", 0, "/run/my socket#1.sock", false
        },
        { "unix:///run/a", "unix:/run/a", EndpointScheme.Unix, "", 0, "/run/a", false },
        { "unix:@abstract/ü", "unix:@abstract/ü", EndpointScheme.Unix, "", 0, "@abstract/ü", false },
        { "unixgram:/a", "unixgram:/a", EndpointScheme.UnixDatagram, "", 0, "/a", false },
        { "UnixGram:@a", "unixgram:@a", EndpointScheme.UnixDatagram, "", 0, "@a", false },
        { "-", "-", EndpointScheme.Standard, "", 0, "", false },
        {
            "_sip._tcp.x-1.org:5060", "tcp://_sip._tcp.x-1.org:5060",
            EndpointScheme.Tcp, "_sip._tcp.x-1.org", 5060, "", false
        },
        { "3com.com:80", "tcp://3com.com:80", EndpointScheme.Tcp, "3com.com", 80, "", false },
        { "0xcafe.org:80", "tcp://0xcafe.org:80", EndpointScheme.Tcp, "0xcafe.org", 80, "", false },
        {
            "BÜCHER.example:80", "tcp://xn--bcher-kva.example:80",
            EndpointScheme.Tcp, "xn--bcher-kva.example", 80, "", false
        },
        { "faß.de:80", "tcp://xn--fa-hia.de:80", EndpointScheme.Tcp, "xn--fa-hia.de", 80, "", false },
        { "例え.jp:80", "tcp://xn--r8jz45g.jp:80", EndpointScheme.Tcp, "xn--r8jz45g.jp", 80, "", false },
    };

    // text, the part of the sentence that matters
    public static readonly TheoryData<string, string> Bad = new()
    {
        { "", "The endpoint is empty: write one such as" },
        { " ", "is empty" },
        { " tcp://a:1", "white space around 'tcp://a:1'" },
        { "tcp://a:1\n", "white space around" },
        { "tcp://a b:1", "contains ' '" },
        { "a:1\0b", "NUL" },
        { "unix:/a\0b", "NUL" },
        { "unix:/a\u001bb", "U+001B" },
        { "tpc://a:1", "did you mean tcp?" },
        { "htpps://a", "did you mean https?" },
        { "unx:/a", "did you mean unix?" },
        { "gopher://a", "use one of tcp, udp, tls, http, https, ws, wss, unix, unixgram." },
        { "://a:1", "Unknown scheme ''" },
        { "tcp:a:1", "After tcp: comes //" },
        { "http:/a", "After http: comes //" },
        { "tcp://", "The host is missing" },
        { "http:///a", "The host is missing" },
        { "tcp://a", "The port is missing: write tcp://a:PORT." },
        { "example.org", "The port is missing: write tcp://example.org:PORT." },
        { "[::1]", "The port is missing: write tcp://[::1]:PORT." },
        { "a:", "The port is missing after ':'" },
        { "http://a:/", "The port is missing after ':'" },
        { "a:70000", "Port 70000 is out of range: ports are 0 to 65535." },
        { "65536", "Port 65536 is out of range" },
        { "a:99999999999999999999", "out of range" },
        { "a:-1", "Port '-1' is not a number" },
        { "a:http", "Port 'http' is not a number" },
        { "a:٣", "is not a number" },
        { "999.1.1.1:80", "'999.1.1.1' is not an IPv4 address: each of the four numbers is 0 to 255." },
        { "1.2.3.256:80", "0 to 255" },
        { "1.2.3:80", "four decimal numbers" },
        { "1.2.3.4.5:80", "four decimal numbers" },
        { "1.2.3.4.:80", "four decimal numbers" },
        { "1..3.4:80", "four decimal numbers" },
        { "2130706433:80", "0 to 255" },
        { "127.0.0.01:80", "write '01' without the leading zero" },
        { "0x7f.1:80", "ends in a number" },
        { "0x7f000001:80", "ends in a number" },
        { "host.123:80", "ends in a number" },
        { "::1:80", "An IPv6 address goes in brackets: write [::1]:80." },
        { "2001:db8::1", "write [2001:db8::1]:PORT." },
        { "tcp://::1", "write [::1]:PORT." },
        { "a:b:80", "more than one ':'" },
        { "[::1:80", "'[' without ']'" },
        { "[::1]80", "write [::1]:PORT." },
        { "[127.0.0.1]:80", "'127.0.0.1' is not an IPv6 address" },
        { "[]:80", "is not an IPv6 address" },
        { "[::1::2]:80", "is not an IPv6 address" },
        { "[::/64]:80", "No path follows" },
        { "[::01.2.3.4]:80", "is not an IPv6 address" },
        { "[fe80::1%]:80", "There is no interface ''" },
        { "[fe80::1%0]:80", "There is no interface '0'" },
        { "[fe80::1%no-such-one]:80", "There is no interface 'no-such-one' here" },
        { "tcp://a:80/", "No path follows tcp://HOST:PORT: remove '/', or write http://a:80/." },
        { "a:80/x", "No path follows" },
        { "tcp://a:80?x=1", "No options follow tcp://HOST:PORT: remove '?x=1'." },
        { "http://a/b#c", "no fragment: remove '#c'." },
        { "tcp://a:80#c", "no fragment" },
        { "http://a/b c", "write %20 instead." },
        { "http://a/ü", "write %C3%BC instead." },
        { "http://user:secret@a/", "no user name or password" },
        { "user@a:80", "no user name or password" },
        { "-a.org:80", "begins or ends with '-'" },
        { "a-.org:80", "begins or ends with '-'" },
        { "a..org:80", "a part of 0 characters" },
        { ".:80", "a part of 0 characters" },
        { s_label63 + "a.org:80", "a part of 64 characters: between dots there are 1 to 63." },
        { string.Join('.', s_label63, s_label63, s_label63, s_label63) + ":80", "the limit is 253." },
        { "a!b:80", "contains '!'" },
        { "a%62:80", "contains '%'" },
        { "**:80", "contains '*'" },
        { "☃.net:80", "U+2603" },
        { "ａ.com:80", "xn-- form" },
        { "a\u0301.com:80", "U+0301" },
        { "a。com:80", "U+3002" },
        { "a\u202e.com:80", "Host 'a\uFFFD.com' contains U+202E" },
        { "unix:", "absolute path or @" },
        { "unix:run/a", "absolute path or @" },
        { "unix://run/a", "absolute path or @" },
        { "unix:@", "The abstract name is empty" },
        { "unix:/run/", "is a directory" },
        { "unix:/run/a?mode=600", "options are for http and ws only" },
        { "unix:/\uD800", "not valid Unicode" },
        { "unix:/" + new string('a', 107), "has 108 bytes, and the kernel allows 107" },
        { "unixgram:@" + new string('ü', 54), "has 108 bytes, and the kernel allows 107" },
        { "/run/a", "write unix:/run/a." },
        { "@a", "write unix:@a." },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void ReadsWhatIsWritten(
        string text, string canonical, EndpointScheme scheme, string host, int port, string path, bool isLiteral)
    {
        Endpoint endpoint = Endpoint.Parse(text);

        Assert.Equal(
            (scheme, host, port, path, isLiteral),
            (endpoint.Scheme, endpoint.Host, endpoint.Port, endpoint.Path, endpoint.Address is not null));
        Assert.Equal(canonical, endpoint.ToString());
        Assert.Equal(endpoint, Endpoint.Parse(canonical));
        Assert.Equal(endpoint.GetHashCode(), Endpoint.Parse(canonical).GetHashCode());
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void SaysWhatIsWrongInOneSentence(string text, string part)
    {
        string message = Assert.Throws<FormatException>(() => Endpoint.Parse(text)).Message;

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Matches(@"^\P{Ll}[^\n]*[.?]$", message);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        Assert.False(Endpoint.TryParse(text, out Endpoint? endpoint, out string? error));
        Assert.Null(endpoint);
        Assert.Equal(message, error);
    }

    [Fact]
    public void EveryPrefixIsReadOrRefused()
    {
        foreach (string text in Good.Select(row => (string)row[0]).Concat(Bad.Select(row => (string)row[0])))
        {
            for (int length = 0; length <= text.Length; length++)
            {
                CheckReadOrRefused(text[..length]);
            }
        }
    }

    [Fact]
    public void LimitsAreInclusive()
    {
        string longest = string.Join('.', s_label63, s_label63, s_label63, s_label63[2..]);
        Assert.Equal(Endpoint.HostNameCharsMax, longest.Length);
        Assert.Equal(longest, Endpoint.Parse($"{longest}:1").Host);
        Assert.Equal($"{longest}.", Endpoint.Parse($"{longest}.:1").Host);

        string path = "/" + new string('a', Endpoint.UnixPathBytesMax - 1);
        Assert.Equal(path, Endpoint.Parse($"unix:{path}").Path);
        string name = "@" + new string('a', Endpoint.UnixPathBytesMax);
        Assert.Equal(name, Endpoint.Parse($"unix:{name}").Path);
    }

    [Fact]
    public void LongTextIsCutInMessages()
    {
        Assert.False(Endpoint.TryParse(new string('!', 100_000) + ":1", out _, out string? error));
        Assert.True(error.Length < 200);
        Assert.False(Endpoint.TryParse(new string('a', 100_000) + "://b", out _, out error));
        Assert.True(error.Length < 200);
    }

    [Theory]
    [InlineData("*:80", true)]
    [InlineData("0.0.0.0:80", true)]
    [InlineData("[::]:80", true)]
    [InlineData(":80", false)]
    [InlineData("localhost:80", false)]
    [InlineData("unix:/a", false)]
    [InlineData("-", false)]
    public void KnowsWhatListensBeyondOneAddress(string text, bool expected) =>
        Assert.Equal(expected, Endpoint.Parse(text).IsEveryAddress);

    [Fact]
    public void ZoneBecomesTheScope() => Assert.Equal(1, Endpoint.Parse("[fe80::1%lo]:80").Address!.ScopeId);

    [Theory]
    [InlineData("127.0.0.1:0", EndpointScheme.Udp, "udp://127.0.0.1:0")]
    [InlineData("[::ffff:10.0.0.1]:443", EndpointScheme.Https, "https://[::ffff:10.0.0.1]/")]
    [InlineData("[fe80::1%3]:1", EndpointScheme.Tcp, "tcp://[fe80::1%3]:1")]
    public void SocketAddressesGoBothWays(string address, EndpointScheme scheme, string expected)
    {
        IPEndPoint original = IPEndPoint.Parse(address);
        Endpoint endpoint = Endpoint.From(original, scheme);

        Assert.Equal(expected, endpoint.ToString());
        Assert.Equal(endpoint, Endpoint.Parse(expected));
        Assert.True(endpoint.TryGetIPEndPoint(out IPEndPoint? back));
        Assert.Equal(original, back);
    }

    [Fact]
    public void NamesHaveNoSocketAddress()
    {
        Assert.False(Endpoint.Parse("localhost:80").TryGetIPEndPoint(out IPEndPoint? none));
        Assert.Null(none);
        Assert.False(Endpoint.Parse("*:80").TryGetIPEndPoint(out _));
        Assert.Throws<ArgumentException>(() => Endpoint.From(new IPEndPoint(IPAddress.Any, 0), EndpointScheme.Unix));
    }

    [Fact]
    public void ChosenPortReplacesZero()
    {
        Assert.Equal(Endpoint.Parse("http://localhost:8080/a"), Endpoint.Parse("http://localhost:0/a").WithPort(8080));
        Assert.Throws<InvalidOperationException>(() => Endpoint.Parse("-").WithPort(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Endpoint.Parse(":1").WithPort(65536));
    }

    [Theory]
    [InlineData("http://example.com/a", "example.com")]
    [InlineData("http://example.com:8080/a", "example.com:8080")]
    [InlineData("https://example.com:80", "example.com:80")]
    [InlineData("wss://[::1]", "[::1]")]
    [InlineData("tcp://127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("http://[fe80::1%1]:8080/", "[fe80::1]:8080")]
    [InlineData("*:80", "*:80")]
    [InlineData("unix:/run/a", "")]
    [InlineData("-", "")]
    public void TheAuthorityIsWhatAHostFieldHas(string text, string expected) =>
        Assert.Equal(expected, Endpoint.Parse(text).Authority);

    [Theory]
    [InlineData("https://example.com/a", "tcp://example.com:443", "https://example.com/a")]
    [InlineData("ws://[fe80::1%1]:81/a", "tcp://[fe80::1%1]:81", "ws://[fe80::1%1]:81/a")]
    [InlineData("tls://127.0.0.1:80", "tcp://127.0.0.1:80", "tls://127.0.0.1:80")]
    [InlineData("tcp://127.0.0.1:80", "tcp://127.0.0.1:80", "tls://127.0.0.1:80")]
    [InlineData("udp://127.0.0.1:80", "udp://127.0.0.1:80", "udp://127.0.0.1:80")]
    [InlineData("unix:/run/a", "unix:/run/a", "unix:/run/a")]
    public void WhatCarriesAndWhatIsCarriedHaveTheSamePlace(string text, string beneath, string above)
    {
        Assert.Equal(Endpoint.Parse(beneath), Endpoint.Parse(text).AsTcp());
        Assert.Equal(Endpoint.Parse(above), Endpoint.Parse(text).AsTls());
    }

    [Fact]
    public void SocketAddressIsCopied()
    {
        IPEndPoint original = new(IPAddress.Parse("fe80::1%1"), 80);
        Endpoint endpoint = Endpoint.From(original, EndpointScheme.Tcp);
        original.Address.ScopeId = 2;

        Assert.Equal(1, endpoint.Address!.ScopeId);
    }

    [Fact]
    public void AnythingIsReadOrRefused() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll<string?>(text => CheckReadOrRefused(text ?? "")));

    [Fact]
    public void AnythingMadeOfTheGrammarIsReadOrRefused()
    {
        string[] pieces =
        [
            "tcp", "udp", "https", "ws", "unix", "unixgram", "-", ":", "//", "/", "@", "[", "]", "%", "%25", "lo", "::",
            ".", "?", "#", "*", "0", "1", "80", "255", "99999", "0x", "fe80", "a", "A", "_", "xn--", "xn--bcher-kva",
            "ü", "É", "中", "\u0301", "\uD83D\uDE00", "\uD800", "\uFFFD", " ", "\t", "\0", "。", "K", "İ",
        ];
        Gen<string> texts = Gen.Elements(pieces).ListOf().Select(list => string.Concat(list));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(20_000).WithEndSize(12),
            Prop.ForAll(texts.ToArbitrary(), CheckReadOrRefused));
    }

    [Fact]
    public void EverySocketAddressSurvivesBeingWritten()
    {
        Gen<byte[]> bytes = Gen.OneOf(Gen.Constant(4), Gen.Constant(16))
            .SelectMany(length => Gen.Choose(0, 255).Select(n => (byte)(n % 3 == 0 ? 0 : n)).ArrayOf(length));
        Gen<Endpoint> endpoints =
            from address in bytes
            from port in Gen.Choose(0, 65535)
            from scope in Gen.Choose(0, 3)
            from scheme in Gen.Choose((int)EndpointScheme.Tcp, (int)EndpointScheme.Wss)
            select Endpoint.From(
                new IPEndPoint(address.Length == 16 ? new IPAddress(address, scope) : new IPAddress(address), port),
                (EndpointScheme)scheme);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5000),
            Prop.ForAll(endpoints.ToArbitrary(), endpoint => endpoint == Endpoint.Parse(endpoint.ToString())));
    }

    /// <summary>Parsing throws only FormatException, and what it accepts can be written and read again.</summary>
    private static void CheckReadOrRefused(string text)
    {
        Endpoint endpoint;
        try
        {
            endpoint = Endpoint.Parse(text);
        }
        catch (FormatException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
            return;
        }

        Assert.Equal(endpoint, Endpoint.Parse(endpoint.ToString()));
        Assert.Equal(endpoint.ToString(), Endpoint.Parse(endpoint.ToString()).ToString());
    }
}
