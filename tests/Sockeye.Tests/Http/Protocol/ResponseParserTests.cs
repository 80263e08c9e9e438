using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class ResponseParserTests
{
    [Theory]
    [InlineData("200 OK", "Content-Length: 5\r\n", "200 [OK] Length 5 keep")]
    [InlineData("200 ", "Content-Length: 0\r\n", "200 [] None 0 keep")]
    [InlineData("200 OK", "Transfer-Encoding: chunked\r\n", "200 [OK] Chunked -1 keep")]
    [InlineData("200 OK", "", "200 [OK] UntilClose -1 close")]
    [InlineData("200 OK", "Connection: close\r\nContent-Length: 5\r\n", "200 [OK] Length 5 close")]
    [InlineData("204 No Content", "", "204 [No Content] None -1 keep")]
    [InlineData("204 No Content", "Content-Length: 5\r\n", "204 [No Content] None 5 keep")]
    [InlineData("304 Not Modified", "Content-Length: 5\r\n", "304 [Not Modified] None 5 keep")]
    [InlineData("304 Not Modified", "Transfer-Encoding: chunked\r\n", "304 [Not Modified] None -1 keep")]
    [InlineData("100 Continue", "", "100 [Continue] None -1 keep interim")]
    [InlineData("103 Early Hints", "Link: </a>\r\n", "103 [Early Hints] None -1 keep interim")]
    [InlineData("101 Switching Protocols", "Upgrade: x\r\n", "101 [Switching Protocols] Tunnel -1 close")]
    [InlineData("599 \xe9\t!", "", "599 [\xe9\t!] UntilClose -1 close")]
    public void EndsOfBodiesAreFound(string status, string fields, string expected) =>
        Assert.Equal(expected, OnEverySplit($"HTTP/1.1 {status}\r\n{fields}\r\n", Method.Get));

    [Theory]
    [InlineData(Method.Head, "200 OK", "Content-Length: 5\r\n", "200 [OK] None 5 keep")]
    [InlineData(Method.Head, "200 OK", "Transfer-Encoding: chunked\r\n", "200 [OK] None -1 keep")]
    [InlineData(Method.Connect, "200 OK", "Content-Length: 5\r\n", "200 [OK] Tunnel -1 close")]
    [InlineData(Method.Connect, "200 OK", "Content-Length: 5\r\nTransfer-Encoding: x\r\n", "200 [OK] Tunnel -1 close")]
    [InlineData(Method.Connect, "299 X", "", "299 [X] Tunnel -1 close")]
    [InlineData(Method.Connect, "403 No", "Content-Length: 5\r\n", "403 [No] Length 5 keep")]
    [InlineData(Method.Connect, "100 Continue", "", "100 [Continue] None -1 keep interim")]
    public void TheRequestDecidesAboutTheBody(Method method, string status, string fields, string expected) =>
        Assert.Equal(expected, OnEverySplit($"HTTP/1.1 {status}\r\n{fields}\r\n", method));

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "200 [OK] Length 1 close")]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", "200 [OK] Length 1 keep")]
    [InlineData("HTTP/1.9 200 OK\r\nContent-Length: 1\r\n\r\n", "200 [OK] Length 1 keep")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", "!UnsupportedVersion")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 600 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 200\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 200\nX: y\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 200 O\0K\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 200 OK\n\r\n", "!BareLineFeed")]
    [InlineData("HTTP/1.1 200 OK\rX\n", "!BareCarriageReturn")]
    [InlineData("http/1.1 200 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n", "!BadStatusLine")]
    [InlineData("HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "!SpaceBeforeColon")]
    [InlineData("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "!ObsoleteFold")]
    [InlineData("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "!BadFieldValue")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "!RepeatedContentLength")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "!RepeatedContentLength")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "!BadContentLength")]
    [InlineData("HTTP/1.1 204 OK\r\nContent-Length: x\r\n\r\n", "!BadContentLength")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "!ConflictingFraming")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "!ChunkedNotLast")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "!ChunkedNotLast")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "!TransferEncodingInOldVersion")]
    public void BadResponsesBreakTheirRule(string text, string expected) =>
        Assert.Equal(expected, OnEverySplit(text, Method.Get));

    [Theory]
    [InlineData(Leniencies.MissingReasonSpace, "HTTP/1.1 204\r\n\r\n", "204 [] None -1 keep")]
    [InlineData(Leniencies.SpaceBeforeColonInResponse, "HTTP/1.1 200 OK\r\nContent-Length \t: 3\r\n\r\n",
        "200 [OK] Length 3 keep")]
    [InlineData(Leniencies.ObsoleteFold, "HTTP/1.1 204 OK\r\nX: y\r\n z\r\n\r\n", "204 [OK] None -1 keep")]
    [InlineData(Leniencies.BareLineFeed, "HTTP/1.1 204 OK\n\r\n", "204 [OK] None -1 keep")]
    [InlineData(Leniencies.RepeatedContentLength, "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n",
        "200 [OK] Length 3 keep")]
    public void EachLeniencyIsReadAndCounted(Leniencies leniency, string text, string expected)
    {
        byte[] input = Encoding.Latin1.GetBytes(text);
        for (int cut = 0; cut <= input.Length; cut++)
        {
            var profile = new HttpProfile(leniency);
            Assert.Equal(expected, Read(new ResponseParser(null, profile), Method.Get, input, cut));
            Assert.Equal(1, profile.CountOf(leniency));
        }
    }

    [Fact]
    public void LimitsHoldForResponsesToo()
    {
        Assert.Equal("!StatusLineTooLong", OnEverySplit($"HTTP/1.1 200 {new string('a', 8_192)}", Method.Get));
        Assert.Equal("!FieldsTooLong", OnEverySplit($"HTTP/1.1 200 OK\r\nX: {new string('a', 32_768)}", Method.Get));
        string many = string.Concat(Enumerable.Repeat("X: y\r\n", 101));
        Assert.Equal("!TooManyFields", OnEverySplit($"HTTP/1.1 200 OK\r\n{many}\r\n", Method.Get));
    }

    private static string OnEverySplit(string text, Method method)
    {
        byte[] input = Encoding.Latin1.GetBytes(text);
        string whole = Read(new ResponseParser(), method, input, input.Length);
        var reused = new ResponseParser();
        int step = (input.Length / 500) + 1;
        for (int cut = 0; cut <= input.Length; cut += step)
        {
            Assert.Equal(whole, Read(reused, method, input, cut));
        }

        return whole;
    }

    /// <summary>Gives the parser the front, and then everything in another place.</summary>
    private static string Read(ResponseParser parser, Method method, byte[] input, int cut)
    {
        parser.Reset(method);
        ParseStatus status = parser.Parse(input.AsMemory(0, cut).ToArray());
        if (status == ParseStatus.NeedMore)
        {
            status = parser.Parse(input);
        }

        if (status != ParseStatus.Done)
        {
            return status == ParseStatus.NeedMore ? "?" : $"!{parser.Rule}";
        }

        ResponseHead head = parser.Head;
        Assert.Equal(input.Length, parser.Consumed);
        Assert.Throws<InvalidOperationException>(() => parser.Parse(input));
        return $"{head.Status} [{head.ReasonText}] {head.Body} {head.ContentLength} "
            + $"{(head.KeepAlive ? "keep" : "close")}{(head.IsInterim ? " interim" : "")}";
    }
}
