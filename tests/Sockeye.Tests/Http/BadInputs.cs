using System.Text;
using Sockeye.Http.Protocol;
using static Sockeye.Http.Protocol.HttpRule;

namespace Sockeye.Tests.Http;

/// <summary>
/// Requests with something wrong, or something that looks wrong, gathered from the history of servers. The statuses
/// are those of the strict profile and others that would be right as well.
/// </summary>
public static partial class BadInputs
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\n";
    private const string Chunks = Post + "Transfer-Encoding: chunked\r\n\r\n";

    private static readonly Dictionary<string, BadInput> s_byLabel =
        ((IEnumerable<BadInput>)
        [
            .. Lines(), .. Fields(), .. Lengths(), .. Codings(), .. ChunkSizes(), .. Trailers(), .. Others(),
        ])
        .ToDictionary(one => one.Label);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<BadInput> All => s_byLabel.Values;

    /// <summary>The labels, for a theory.</summary>
    public static TheoryData<string> Labels => [.. s_byLabel.Keys];

    /// <summary>One of them.</summary>
    public static BadInput Find(string label) => s_byLabel[label];

    private static IEnumerable<BadInput> Lines()
    {
        const string Host = "\r\nHost: h\r\n\r\n";
        yield return One("1", "GET / HTTP/1.1\nHost: h\r\n\r\n", BareLineFeed, "9112 2.2: bare LF");
        yield return One("2", "GET / HTTP/1.1\rHost: h\r\n\r\n", BareCarriageReturn, "2.2: bare CR");
        yield return One("3", $"GET  / HTTP/1.1{Host}", BadRequestLine, "3: two spaces");
        yield return One("4", $"GET\t/ HTTP/1.1{Host}", BadMethod, "3: a tab");
        yield return One("5a", $"GET / HTTP/9.9{Host}", UnsupportedVersion, "2.3", 505);
        yield return One("5b", $"GET / HTTP/0.9{Host}", UnsupportedVersion, "2.3", 505, 400);
        yield return One("6", $"GET / HTTP/1.2{Host}", None, "9110 2.5: read as 1.1", 200, 505);
        yield return One("7a", $"GET / HTTP/01.01{Host}", BadVersion, "2.3");
        yield return One("7b", $"GET / HTTP/1{Host}", BadVersion, "2.3");
        yield return One("7c", $"GET / HTTP/ 1.1{Host}", BadVersion, "2.3");
        yield return One("7d", $"GET / http/1.1{Host}", BadVersion, "2.3: case-sensitive");
        yield return One("7e", $"GET / HTTP/1.1 {Host}", BadVersion, "3: a space after the version");
        yield return One("7f", $"GET / HTTP/1.{Host}", BadVersion, "2.3");
        yield return One("8a", "GET /\r\n", BadRequestLine, "2.3: HTTP/0.9");
        yield return One("8b", "GET\r\n", BadRequestLine, "3: a method alone");
        yield return One("9a", $"G\0T / HTTP/1.1{Host}", BadMethod, "9110 5.5: NUL");
        yield return One("9b", $"GET /\0x HTTP/1.1{Host}", BadTarget, "9110 5.5: NUL");
        yield return One("10a", $"GET /\u007f HTTP/1.1{Host}", BadTarget, "3.2: DEL");
        yield return One("10b", $"GET /\u001b[31m HTTP/1.1{Host}", BadTarget, "3.2: an escape sequence in a log");
        yield return One("11a", $"GET /caf\u00e9 HTTP/1.1{Host}", BadTarget, "3.2: not ASCII");
        yield return One("11b", $"GET /\u00c0\u00af.. HTTP/1.1{Host}", BadTarget, "3.2: overlong UTF-8");
        yield return One("12", $"GET * HTTP/1.1{Host}", TargetFormForMethod, "3.2.4", 400, 405);
        yield return One("13a", $"GET example.com:443 HTTP/1.1{Host}", BadTarget, "3.2.3", 400, 405);
        yield return One("13b", $"CONNECT / HTTP/1.1{Host}", TargetFormForMethod, "3.2.3", 400, 405);
        yield return One("13c", $"CONNECT h HTTP/1.1{Host}", BadTarget, "9110 9.3.6: no default port");
        yield return One("14a", $"GET foo/bar HTTP/1.1{Host}", BadTarget, "3.2.1");
        yield return One("14b", $"GET ..\\. HTTP/1.1{Host}", BadTarget, "3.2.1");
        yield return One("15a", $"GET http://:80/ HTTP/1.1{Host}", BadTarget, "9110 4.2.1: an empty host");
        yield return One("15b", $"GET http://user@h/ HTTP/1.1{Host}", BadTarget, "9110 4.2.4: user information");
        yield return One("15c", $"GET http:/// HTTP/1.1{Host}", BadTarget, "9110 4.2.1: an empty host");
        yield return One("16", $"GET http://other/ HTTP/1.1{Host}", HostMismatch, "3.2.2: or the target's", 400, 200);
        yield return One("17", $"GET /a#frag HTTP/1.1{Host}", BadTarget, "3.2: a fragment");
        yield return One("18a", new string('A', 100_000), MethodTooLong, "3", 501, 400);
        yield return One("18b", $"{new string('A', 33)} / HTTP/1.1{Host}", MethodTooLong, "3", 501, 400);
        yield return One("19a", $"GET /{new string('A', 9000)} HTTP/1.1{Host}", RequestLineTooLong, "3", 414);
        yield return One("19b", $"GET /?{new string('A', 60_000)}", RequestLineTooLong, "3", 414);
        int[] paths = [400, 404, 200];
        yield return One("20a", $"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1{Host}", None, "never outside the root", paths);
        yield return One("20b", $"GET /..%2f..%2fetc/passwd HTTP/1.1{Host}", None, "never outside the root", paths);
        yield return One("20c", $"GET /../../etc/passwd HTTP/1.1{Host}", None, "never outside the root", paths);
        yield return One("20d", $"GET /%00 HTTP/1.1{Host}", None, "the path cannot be decoded", paths);
        yield return One("20e", $"GET /%c0%ae%c0%ae/ HTTP/1.1{Host}", None, "overlong UTF-8", paths);
        yield return One("77", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", UnsupportedVersion, "9113 3.4", 505);
    }

    private static IEnumerable<BadInput> Fields()
    {
        yield return One("21a", $"{Get}X-Test : v\r\n\r\n", SpaceBeforeColon, "5.1");
        yield return One("21b", $"{Get}X-Test\t: v\r\n\r\n", SpaceBeforeColon, "5.1");
        yield return One("22a", "GET / HTTP/1.1\r\n X: v\r\nHost: h\r\n\r\n", ObsoleteFold, "2.2: before the first");
        yield return One("22b", "GET / HTTP/1.1\r\n\tX: v\r\nHost: h\r\n\r\n", ObsoleteFold, "2.2: before the first");
        yield return One("23a", $"{Get}X: a\r\n b\r\n\r\n", ObsoleteFold, "5.2", 400, 200);
        yield return One("23b", $"{Get}X: a\r\n \r\n\r\n", ObsoleteFold, "5.2: the end to some");
        yield return One("24a", $"{Get}NoColon\r\n\r\n", MissingColon, "5");
        yield return One("24b", $"{Get}: v\r\n\r\n", BadFieldName, "5: an empty name ended some lists of fields");
        yield return One("25a", $"{Get}Bad[Name: v\r\n\r\n", BadFieldName, "9110 5.6.2");
        yield return One("25b", $"{Get}X\u0085: v\r\n\r\n", BadFieldName, "9110 5.6.2");
        yield return One("25c", $"{Get}X\0: v\r\n\r\n", BadFieldName, "9110 5.6.2");
        yield return One("25d", $"{Get}Bad Name: v\r\n\r\n", BadFieldName, "9110 5.6.2");
        yield return One("26", $"{Get}X: a\rb\r\n\r\n", BareCarriageReturn, "2.2");
        yield return One("27", $"{Get}X: a\0b\r\n\r\n", BadFieldValue, "9110 5.5");
        yield return One("28a", $"{Get}X: a\ab\r\n\r\n", BadFieldValue, "9110 5.5: may be kept", 400, 200);
        yield return One("28b", $"{Get}X: a\u007f\r\n\r\n", BadFieldValue, "9110 5.5: may be kept", 400, 200);
        yield return One("29", $"{Get}X: a\nContent-Length: 26\r\n\r\n", BareLineFeed, "2.2: a length for some");
        yield return One("30", "GET / HTTP/1.1\r\n\r\n", MissingHost, "3.2");
        yield return One("31a", $"{Get}Host: h\r\n\r\n", RepeatedHost, "3.2");
        yield return One("31b", $"{Get}Host: other\r\n\r\n", RepeatedHost, "3.2");
        string[] hosts =
        [
            "h, other", "u@h", "h/p", "a b", "h:99999", "[::1", "h:8x", "h,other", "[::1]x", "[1:2:3]", "h%4", ":80",
            "h:-1", "h:+80", "h?", "h#", "h\\x", "[v1.x]", "h:123456", "h\u00e9",
        ];
        for (int i = 0; i < hosts.Length; i++)
        {
            yield return One(
                Variant("32", i), $"GET / HTTP/1.1\r\nHost: {hosts[i]}\r\n\r\n", BadHost, "9112 3.2, 3986 3.2");
        }

        yield return One("33", $"{Get}\rX: y\r\n\r\n", BareCarriageReturn, "2.2: CRLF CR ended some heads");
        yield return One("34a", $"{Get}{Repeat("X: v\r\n", 100)}\r\n", TooManyFields, "6585 5", 431);
        yield return One("34b", $"{Get}{Repeat($"X: {new string('v', 995)}\r\n", 33)}\r\n", FieldsTooLong, "", 431);
        yield return One("34c", $"{Get}X: {new string('v', 65_536)}\r\n\r\n", FieldsTooLong, "one line", 431);
        yield return One("34d", $"{Get}{new string('v', 33_000)}", FieldsTooLong, "a name without end", 431);
        yield return One("35a", $"{Get}Content_Length: 5\r\n\r\n", None, "never a framing field", 200, 400);
        yield return One("35b", $"{Get}Transfer_Encoding: chunked\r\n\r\n", None, "never a framing field", 200, 400);
        yield return One(
            "35c", $"\r\n\r\n\r\n\r\n\r\n{Get}\r\n", TooManyEmptyLines, "2.2: a few are skipped", 400, 200);
        yield return One("35d", $"\n{Get}\r\n", BareLineFeed, "2.2");
        yield return One("35e", $"{Get}Expect: 200-ok\r\n\r\n", UnknownExpectation, "9110 10.1.1", 417, 200);
    }

    private static IEnumerable<BadInput> Lengths()
    {
        const string Chunked = "Transfer-Encoding: chunked\r\n";
        yield return One("36", $"{Post}Content-Length: 6\r\n{Chunked}\r\n0\r\n\r\n", ConflictingFraming, "6.1");
        yield return One(
            "37", $"{Post}{Chunked}Content-Length: 30\r\n\r\n0\r\n\r\n{Get}\r\n", ConflictingFraming, "6.1");
        yield return One(
            "38a", $"{Post}Content-Length: 5\r\nContent-Length: 10\r\n\r\nhello", RepeatedContentLength, "8.6");
        yield return One(
            "38b", $"{Post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", RepeatedContentLength, "8.6");
        yield return One("39a", $"{Post}Content-Length: 5, 10\r\n\r\nhello", RepeatedContentLength, "6.3");
        yield return One("39b", $"{Post}Content-Length: 5, 5\r\n\r\nhello", RepeatedContentLength, "6.3", 400, 200);
        string[] numbers =
        [
            "+5", "-0", "-1", "0x5", "1_0", "1 0", "5Z", "abc", "", "5,", ",5", "5;", "\"5\"", "5.0", "\u00b2", "1e1",
        ];
        for (int i = 0; i < numbers.Length; i++)
        {
            yield return One(
                Variant(i < 3 ? "40" : "41", i), $"{Post}Content-Length: {numbers[i]}\r\n\r\nhello", BadContentLength,
                "6.3: what one reader takes for a number");
        }

        yield return One("42a", $"{Post}Content-Length: 005\r\n\r\nhello", None, "decimal", 200, 400);
        yield return One("42b", $"{Post}Content-Length: 00\r\n\r\n", None, "decimal", 200, 400);
        yield return One(
            "42c", $"{Post}Content-Length: 0200\r\n\r\n{new string('b', 200)}", None, "never octal", 200, 400);
        yield return One(
            "43a", $"{Post}Content-Length: 99999999999999999999\r\n\r\n", BadContentLength, "8.6", 400, 413);
        yield return One(
            "43b", $"{Post}Content-Length: 18446744073709551621\r\n\r\nhello", BadContentLength, "2^64 + 5", 400, 413);
        yield return Two(
            "52a", $"{Post}Content-Length: 0\r\n\r\nX{Get}\r\n", None, "the X begins a method of its own", [200],
            [200, 405, 501]);
        yield return Two(
            "52b", $"{Get}Content-Length: 5\r\n\r\nhello{Get}\r\n", None, "a GET's content is not a request",
            [200], [200]);
        yield return Two(
            "52c", $"{Post}Content-Length: 0\r\n\r\n\0{Get}\r\n", BadMethod, "the second is bad", [200], [400]);
        yield return One(
            "53a", $"{Post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", None, "10.1.1: one final reply",
            200);
        yield return One(
            "53b", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", None,
            "10.1.1: no 1xx to HTTP/1.0", 200);
        yield return One(
            "53c", "TRACE / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", ContentForMethod, "9.3.8", 400,
            405);
        yield return One(
            "53d", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\r\nhello", ContentForMethod, "9.3.6",
            400, 405);
    }

    private static IEnumerable<BadInput> Codings()
    {
        const string Field = "Transfer-Encoding:";
        const string Body = "\r\n\r\n0\r\n\r\n";
        string[] notChunked = ["xchunked", "identity", "gzip", "cow", "gzip, deflate"];
        for (int i = 0; i < notChunked.Length; i++)
        {
            yield return One(
                Variant("44", i), $"{Post}{Field} {notChunked[i]}{Body}", ChunkedNotLast, "6.3: 400, not 6.1's 501");
        }

        yield return One(
            "44x", $"{Post}{Field} gzip, chunked{Body}", UnknownTransferCoding, "6.1: not understood", 501, 400);
        yield return One(
            "44y", $"{Post}{Field} gzip\r\n{Field} chunked{Body}", UnknownTransferCoding, "6.1: two lines", 501, 400);

        string[] wrongOrder = ["chunked, gzip", "chunked, identity", "chunked, chunked", "gzip, chunked, chunked"];
        for (int i = 0; i < wrongOrder.Length; i++)
        {
            yield return One(
                Variant(i < 2 ? "45" : "46", i), $"{Post}{Field} {wrongOrder[i]}{Body}", ChunkedNotLast, "6.3");
        }

        yield return One("46e", $"{Post}{Field} chunked\r\n{Field} chunked{Body}", ChunkedNotLast, "6.1, 7");
        string[] malformed =
        [
            ",chunked", "chunked,", "", "chunked;q=1", "\u00a0chunked", "\"chunked\"", "chunked chunked",
            "chunked\u00ff",
        ];
        for (int i = 0; i < malformed.Length; i++)
        {
            yield return One(
                Variant(i < 4 ? "47" : "48", i), $"{Post}{Field} {malformed[i]}{Body}", BadTransferEncoding,
                "what one reader takes for chunked");
        }

        string[] controls = ["\u000bchunked", "\u000cchunked", "chunked\0", "chunked\u0008"];
        for (int i = 0; i < controls.Length; i++)
        {
            yield return One(Variant("48x", i), $"{Post}{Field} {controls[i]}{Body}", BadFieldValue, "9110 5.5");
        }

        yield return One("49", $"{Post}{Field}\r\n chunked\r\nContent-Length: 5{Body}", ObsoleteFold, "5.2");
        yield return One(
            "50", $"{Post}Transfer-Encoding : chunked\r\nContent-Length: 5{Body}", SpaceBeforeColon, "5.1");
        yield return One(
            "51a", $"POST / HTTP/1.0\r\n{Field} chunked\r\nContent-Length: 5{Body}", TransferEncodingInOldVersion,
            "6.1");
        yield return One("51b", $"POST / HTTP/1.0\r\n{Field} chunked{Body}", TransferEncodingInOldVersion, "6.1");
    }

    private static IEnumerable<BadInput> ChunkSizes()
    {
        yield return One("54a", $"{Chunks}5;\nhello\r\n0\r\n\r\n", BadChunkExtension, "CVE-2025-55315");
        yield return One("54b", $"{Chunks}5;a\nhello\r\n0\r\n\r\n", BareLineFeed, "CVE-2025-55315");
        yield return One("54c", $"{Chunks}5\nhello\r\n0\r\n\r\n", BareLineFeed, "7.1.1");
        yield return One("54d", $"{Chunks}5;a=\"x\n\"\r\nhello\r\n0\r\n\r\n", BadChunkExtension, "7.1.1");
        yield return One("55a", $"{Chunks}5;a\rX\r\nhello\r\n0\r\n\r\n", BareCarriageReturn, "7.1.1");
        yield return One("55b", $"{Chunks}5\r\r;AB\r\nhello\r\n0\r\n\r\n", BareCarriageReturn, "7.1.1");
        string[] extensions =
        [
            ";\0e", ";", ";=v", ";a=\"x", ";a=", ";a;", ";a=b;", ";a b", ";a=b c", ";a=\"x\"y", ";a=\"\\\u0001\"",
            ";\u00e9",
            ";a\t", "; a = b ", ";a=\"\u007f\"", ";;a",
        ];
        for (int i = 0; i < extensions.Length; i++)
        {
            yield return One(
                Variant("56", i), $"{Chunks}5{extensions[i]}\r\nhello\r\n0\r\n\r\n", BadChunkExtension, "7.1.1");
        }

        yield return One(
            "57a", $"{Chunks}5;{new string('x', 65_536)}\r\nhello\r\n0\r\n\r\n", ChunkExtensionsTooLong, "7.1.1",
            400, 413);
        yield return One(
            "57b", $"{Chunks}{Repeat("1;x\r\na\r\n", 100_000)}0\r\n\r\n", ChunkExtensionsTooLong, "all together",
            400, 413);
        string[] sizes =
        [
            "0x5", "1_0", "+5", "-1", " 5", "5 ", "", "5Z", "\t5", "5\t", "g", "5,5", "FFFFFFFFFFFFFFFF0",
            "10000000000000000", "0000000000000005", "5\0",
        ];
        for (int i = 0; i < sizes.Length; i++)
        {
            yield return One(
                Variant(i is 12 or 13 ? "59" : "58", i), $"{Chunks}{sizes[i]}\r\nhello\r\n0\r\n\r\n", BadChunkSize,
                "7.1");
        }

        // A size that is an int's limit plus one must be neither negative nor zero: here it is over the body's limit.
        yield return One("59x", $"{Chunks}80000000\r\nhello", BodyTooLong, "valid, and no overflow", 413);
        yield return One("59y", $"{Chunks}100000005\r\nhello\r\n0\r\n\r\n", BodyTooLong, "2^32 + 5", 413);
        yield return One("60a", $"{Chunks}5\r\nhello!!\r\n0\r\n\r\n", BadChunkEnd, "7.1");
        yield return One("60b", $"{Chunks}5\r\nhello0\r\n\r\n", BadChunkEnd, "7.1");
        yield return One("60c", $"{Chunks}5\r\nhello\n0\r\n\r\n", BadChunkEnd, "7.1");
        yield return One("60d", $"{Chunks}5\r\nhello\r0\r\n\r\n", BadChunkEnd, "7.1");
        yield return One("61a", $"{Chunks}0\r\n\n", BareLineFeed, "7.1.2");
        yield return One("61b", $"{Chunks}0\r\n\r\r\n", BareCarriageReturn, "7.1.2");
        yield return new BadInput("61c", Octets($"{Chunks}0\r\nX"), [], None, "incomplete: 408 in time");
        yield return new BadInput("61d", Octets($"{Chunks}0\r\n"), [], None, "incomplete: 408 in time");
        yield return new BadInput("61e", Octets($"{Chunks}5\r\nhell"), [], None, "incomplete: 408 in time");
    }

    private static IEnumerable<BadInput> Trailers()
    {
        string[] names =
        [
            "Content-Length", "Transfer-Encoding", "Host", "Authorization", "Content-Type", "Cookie", "Connection",
            "Trailer", "Content-Encoding", "Expect", "Range", "If-None-Match", "X-Forwarded-For", "host",
        ];
        for (int i = 0; i < names.Length; i++)
        {
            yield return One(
                Variant("62", i), $"{Chunks}0\r\n{names[i]}: 50\r\n\r\n", ForbiddenTrailer, "9110 6.5.1", 400, 200);
        }

        yield return One("62x", $"{Chunks}0\r\nX: a\r\n b\r\n\r\n", ObsoleteFold, "5.2");
        yield return One("62y", $"{Chunks}0\r\nX : a\r\n\r\n", SpaceBeforeColon, "5.1");
        yield return One("63a", $"{Chunks}0\r\nX: {new string('v', 1 << 20)}\r\n\r\n", TrailersTooLong, "6585 5", 431);
        yield return One("63b", $"{Chunks}0\r\n{Repeat("X: v\r\n", 100_000)}\r\n", TooManyTrailers, "6585 5", 431);
    }

    private static BadInput One(string label, string text, HttpRule rule, string note, params int[] statuses) =>
        new(label, Octets(text), [statuses.Length == 0 ? [400] : statuses], rule, note);

    private static BadInput Two(string label, string text, HttpRule rule, string note, params int[][] replies) =>
        new(label, Octets(text), replies, rule, note);

    private static string Variant(string number, int index) => $"{number}{(char)('a' + index)}";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);
}
