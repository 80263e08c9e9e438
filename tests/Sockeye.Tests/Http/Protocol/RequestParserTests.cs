using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class RequestParserTests
{
    private const string Host = "\r\nHost: h\r\n\r\n";

    [Theory]
    [InlineData("GET /", "GET / Http11 Origin path=/ query= host=h")]
    [InlineData("GET /a/b?c=d&e", "GET /a/b?c=d&e Http11 Origin path=/a/b query=c=d&e host=h")]
    [InlineData("GET /?", "GET /? Http11 Origin path=/ query= host=h")]
    [InlineData("GET //a??b", "GET //a??b Http11 Origin path=//a query=?b host=h")]
    [InlineData("GET /a%20b?x[]=1&y={z}|`^\\", "GET /a%20b?x[]=1&y={z}|`^\\ Http11 Origin path=/a%20b "
        + "query=x[]=1&y={z}|`^\\ host=h")]
    [InlineData("OPTIONS *", "OPTIONS * Http11 Asterisk path= query= host=h")]
    [InlineData("CONNECT h:443", "CONNECT h:443 Http11 Authority path= query= host=h:443")]
    [InlineData("GET http://h/p?q", "GET http://h/p?q Http11 Absolute path=/p query=q host=h")]
    [InlineData("GET HTTP://H:80", "GET HTTP://H:80 Http11 Absolute path=/ query= host=H:80")]
    [InlineData("GET http://h?q", "GET http://h?q Http11 Absolute path=/ query=q host=h")]
    [InlineData("GET http://h?q/r", "GET http://h?q/r Http11 Absolute path=/ query=q/r host=h")]
    [InlineData("BREW /pot", "BREW /pot Http11 Origin path=/pot query= host=h")]
    [InlineData("get /", "get / Http11 Origin path=/ query= host=h")]
    [InlineData("VERSION-CONTROL /", "VERSION-CONTROL / Http11 Origin path=/ query= host=h")]
    public void TargetsAreTakenApart(string line, string expected)
    {
        string log = OnEverySplit($"{line} HTTP/1.1{Host}");
        Assert.Equal(expected, log.Split('\n')[0]);
    }

    [Theory]
    [InlineData("h")]
    [InlineData("")]
    [InlineData("example.com:8080")]
    [InlineData("EXAMPLE.com.")]
    [InlineData("h:")]
    [InlineData("h:0080")]
    [InlineData("192.0.2.1:65535")]
    [InlineData("[::]")]
    [InlineData("[::1]:80")]
    [InlineData("[2001:db8::ffff:192.0.2.1]")]
    [InlineData("[1:2:3:4:5:6:7:8]")]
    [InlineData("[1:2:3:4:5:6:7::]")]
    [InlineData("[::2:3:4:5:6:7:8]")]
    [InlineData("[1:2:3:4:5:6:192.0.2.1]")]
    [InlineData("a_b-c~d")]
    [InlineData("%41b")]
    public void HostsAreAccepted(string host) =>
        Assert.EndsWith(
            $" host={host}",
            OnEverySplit($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").Split('\n')[0],
            StringComparison.Ordinal);

    [Theory]
    [InlineData("[1:2:3:4:5:6:7:8:9]")]
    [InlineData("[1:2:3:4:5:6:7:8::]")]
    [InlineData("[1::2::3]")]
    [InlineData("[:1:2:3:4:5:6:7]")]
    [InlineData("[1:2:3:4:5:6:7:]")]
    [InlineData("[12345::]")]
    [InlineData("[::192.0.2.1:1]")]
    [InlineData("[::192.0.2]")]
    [InlineData("[::192.0.2.256]")]
    [InlineData("[::01.0.2.1]")]
    [InlineData("[1:2:3:4:5:6:7:192.0.2.1]")]
    [InlineData("[:::]")]
    [InlineData("[]")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("[::1")]
    [InlineData("::1")]
    [InlineData("%4")]
    [InlineData("%zz")]
    [InlineData("h:65536")]
    public void HostsAreRefused(string host) =>
        Assert.Equal("!BadHost\n", OnEverySplit($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));

    [Theory]
    [InlineData("GET http://h/", "h:80", true)]
    [InlineData("GET http://h:80/", "h", true)]
    [InlineData("GET https://h/", "h:443", true)]
    [InlineData("GET http://h/", "H", true)]
    [InlineData("GET http://h/", "h:443", false)]
    [InlineData("GET http://h/", "", false)]
    [InlineData("GET http://h/", "g", false)]
    [InlineData("GET other://h/", "h", true)]
    [InlineData("GET other://h/", "h:80", false)]
    [InlineData("CONNECT h:25", "h:25", true)]
    [InlineData("CONNECT h:25", "h", true)]
    [InlineData("CONNECT h:25", "h:26", false)]
    [InlineData("CONNECT h:25", "g:25", false)]
    public void TheTargetAndTheHostAgree(string line, string host, bool agree)
    {
        string log = OnEverySplit($"{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        Assert.Equal(!agree, log == "!HostMismatch\n");
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "close", false)]
    [InlineData("HTTP/1.1", "upgrade,\tCLOSE ,x", false)]
    [InlineData("HTTP/1.1", "closed", true)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Keep-Alive", true)]
    [InlineData("HTTP/1.0", "keep-alive, close", false)]
    public void ConnectionsPersistAsTheVersionHasIt(string version, string connection, bool persists)
    {
        string field = connection == "" ? "" : $"Connection: {connection}\r\n";
        string log = OnEverySplit($"GET / {version}\r\nHost: h\r\n{field}\r\n");
        Assert.Equal(!persists, log.Split('\n')[0].EndsWith(" close", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HTTP/1.1", "Connection: upgrade\r\nUpgrade: websocket", " upgrade")]
    [InlineData("HTTP/1.1", "Upgrade: websocket", "")]
    [InlineData("HTTP/1.1", "Connection: upgrade", "")]
    [InlineData("HTTP/1.0", "Connection: upgrade, keep-alive\r\nUpgrade: websocket", "")]
    [InlineData("HTTP/1.1", "Expect: 100-Continue\r\nContent-Length: 1", " expects")]
    [InlineData("HTTP/1.1", "Expect: 100-continue", "")]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1", "")]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\nExpect: other\r\nContent-Length: 1", "")]
    public void WhatTheClientAsksForIsSeen(string version, string fields, string expected)
    {
        string log = OnEverySplit($"POST / {version}\r\nHost: h\r\n{fields}\r\n\r\nx");
        Assert.EndsWith($"host=h{expected}", log.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public void BodiesAndTrailersOfPipelinedRequestsAreToldApart()
    {
        string log = OnEverySplit(
            "\r\nPOST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
            + "POST /2 HTTP/1.1\r\nHost: h\r\ntransfer-ENCODING: Chunked\r\n\r\n"
            + "3;a;b=c ; d=\"e\\\"f\"\r\nabc\r\nA\r\n0123456789\r\n0;x\r\nX-Sum:  1 \t\r\nETag: \"2\"\r\n\r\n"
            + "GET /3 HTTP/1.1\r\nHost: h\r\nX:\r\nY: \xe9\t z \r\n\r\n");
        Assert.Equal(
            """
            POST /1 Http11 Origin path=/1 query= host=h
              Host=h
              Content-Length=5
            = hello
            POST /2 Http11 Origin path=/2 query= host=h
              Host=h
              Transfer-Encoding=Chunked
            = abc0123456789
              X-Sum=1
              ETag="2"
            GET /3 Http11 Origin path=/3 query= host=h
              Host=h
              X=
              Y=é_ z
            =
            """,
            log.Replace('\t', '_').Replace("= \n", "=\n", StringComparison.Ordinal).TrimEnd('\n'));
    }

    [Fact]
    public void FieldsAreFoundInAnyCaseAndInTheirOrder()
    {
        RequestHead head = Parse(
            "GET / HTTP/1.1\r\nhOST: h\r\nAccept: a\r\nX-Own: 1\r\naccept: b\r\nx-OWN: 2\r\nCookie: c=d\r\n\r\n");
        HeaderFields fields = head.Fields;
        Assert.Equal(6, fields.Count);
        Assert.True(fields.Contains(KnownField.Host));
        Assert.False(fields.Contains(KnownField.Range));
        Assert.Equal(2, fields.CountOf(KnownField.Accept));
        Assert.Equal(0, fields.CountOf(KnownField.Range));
        Assert.Equal("a, b", fields.GetText(KnownField.Accept));
        Assert.Null(fields.GetText(KnownField.Range));
        Assert.True(fields.TryGet("X-oWN"u8, out ReadOnlySpan<byte> value));
        Assert.Equal("1"u8, value);
        Assert.Equal(4, fields.IndexOf("x-own"u8, 3));
        Assert.Equal(-1, fields.IndexOf("x-own"u8, 5));
        Assert.Equal("accept", Encoding.ASCII.GetString(fields[3].Name));
        Assert.Equal("Accept", fields[3].NameText);
        Assert.Equal(KnownField.Cookie, fields[5].Known);
        Assert.True(fields.ListContains(KnownField.Accept, "B"u8));
        Assert.False(fields.ListContains(KnownField.Accept, "c"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => head.Fields[6].Value.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => head.Fields[-1].Value.Length);
    }

    [Fact]
    public void ErrorsAreSeenAtOnceAndLimitsBeforeTheLineEnds()
    {
        // The bytes that are there suffice, though no line ends.
        Assert.Equal(HttpRule.BadTarget, RuleOf("GET /\0"));
        Assert.Equal(HttpRule.BareCarriageReturn, RuleOf("GET / HTTP/1.1\r\nHost: h\r\n\rX"));
        Assert.Equal(HttpRule.RequestLineTooLong, RuleOf($"GET /{new string('a', 8_187)}"));
        Assert.Equal(HttpRule.None, RuleOf($"GET /{new string('a', 8_186)}"));
        Assert.Equal(HttpRule.FieldsTooLong, RuleOf($"GET / HTTP/1.1\r\nX: {new string('a', 32_765)}"));
        Assert.Equal(HttpRule.None, RuleOf($"GET / HTTP/1.1\r\nX: {new string('a', 32_764)}"));
    }

    [Fact]
    public void TheGreatestHeadWithinTheLimitsIsRead()
    {
        string line = $"GET /{new string('a', 8_192 - 16)} HTTP/1.1\r\n";
        string host = "Host: h\r\n";
        string long1 = $"X: {new string('b', 32_768 - host.Length - 5 - 2)}\r\n";
        Assert.Equal(8_192, line.Length);
        Assert.Equal(32_768, host.Length + long1.Length + 2);
        Assert.Equal(HttpRule.None, Conversation.Read([Octets($"{line}{host}{long1}\r\n")]).Rule);
        Assert.Equal(1, Conversation.Read([Octets($"{line}{host}{long1}\r\n")]).Requests);
        string many = string.Concat(Enumerable.Repeat("X: y\r\n", 99));
        Assert.Equal(1, Conversation.Read([Octets($"{line}{host}{many}\r\n")]).Requests);
    }

    [Fact]
    public void AKeptHeadOutlivesTheBytesItCameFrom()
    {
        byte[] input = Octets("GET /kept HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n");
        var parser = new RequestParser();
        Assert.Equal(ParseStatus.Done, parser.Parse(input));
        parser.Head.Keep();
        parser.Head.Keep();
        Array.Clear(input);
        Assert.Equal("/kept"u8, parser.Head.Path);
        Assert.Equal("y"u8, parser.Head.Fields[1].Value);
    }

    [Fact]
    public void AHeadIsParsedOnce()
    {
        var parser = new RequestParser();
        ReadOnlyMemory<byte> input = Octets($"GET / HTTP/1.1{Host}");
        Assert.False(parser.HasBegun);
        Assert.Equal(ParseStatus.NeedMore, parser.Parse(input[..3]));
        Assert.True(parser.HasBegun);
        Assert.Equal(ParseStatus.Done, parser.Parse(input));
        Assert.Equal(input.Length, parser.Consumed);
        Assert.Throws<InvalidOperationException>(() => parser.Parse(input));
        parser.Reset();
        Assert.Equal(ParseStatus.NeedMore, parser.Parse(default));
        Assert.Equal(0, parser.Consumed);
        Assert.Equal(0, parser.Head.Fields.Count);
    }

    [Fact]
    public void ARejectedHeadShowsWhatWasRead()
    {
        var parser = new RequestParser();
        Assert.Equal(ParseStatus.Rejected, parser.Parse(Octets("PUT /log?me HTTP/1.1\r\nX: y\r\nBad\r\n\r\n")));
        Assert.Equal(HttpRule.MissingColon, parser.Rule);
        Assert.Equal("PUT", parser.Head.MethodText);
        Assert.Equal("/log?me"u8, parser.Head.Target);
        Assert.Equal("y"u8, parser.Head.Fields[0].Value);
        Assert.Equal(ParseStatus.Rejected, parser.Parse(Octets("GET / HTTP/1.1\r\n")));
        Assert.Equal(0, parser.Consumed);
    }

    [Fact]
    public void WorkGrowsWithTheBytesHoweverTheyArrive()
    {
        // One field line of 30,000 bytes, byte by byte. Searching it from its front each time would look at 450
        // million; the count is of the times that the parser looks at the whole line.
        var line = default(UnfinishedLine);
        byte[] input = new byte[30_000];
        input.AsSpan().Fill((byte)'a');
        int parsed = 0;
        for (int length = 1; length <= input.Length; length++)
        {
            if (line.IsWorthParsing(input.AsSpan(0, length), isFull: false))
            {
                parsed++;
                line.Postpone(input.AsSpan(0, length));
            }
        }

        Assert.Equal(1, parsed);
        input[^1] = (byte)'\n';
        line.Finish();
        line.Postpone(input.AsSpan(0, 100));
        Assert.True(line.IsWorthParsing(input, isFull: false));
    }

    private static HttpRule RuleOf(string text) => Conversation.Read([Octets(text)]).Rule;

    private static RequestHead Parse(string text)
    {
        var parser = new RequestParser();
        Assert.Equal(ParseStatus.Done, parser.Parse(Octets(text)));
        return parser.Head;
    }

    private static string OnEverySplit(string text)
    {
        byte[] input = Octets(text);
        string whole = Conversation.Read([input]).Log;
        Assert.All(Pieces.Of(input), pieces => Assert.Equal(whole, Conversation.Read(pieces).Log));
        Assert.All(
            Pieces.Prefixes(input),
            prefix => Assert.StartsWith(Conversation.Read([prefix]).Log, whole, StringComparison.Ordinal));
        return whole;
    }

    private static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);
}
