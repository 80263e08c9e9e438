using Sockeye.Http.Protocol;
using static Sockeye.Http.Protocol.HttpRule;

namespace Sockeye.Tests.Http;

// Made up by us: what the grammar says of the corners that history has not been to.
public static partial class BadInputs
{
    private const string Rest = "\r\nHost: h\r\n\r\n";

    private static IEnumerable<BadInput> Others() =>
    [
        .. OtherProtocols(), .. OtherLines(), .. OtherTargets(), .. OtherHosts(), .. OtherFields(), .. OtherLengths(),
        .. OtherChunks(),
    ];

    private static IEnumerable<BadInput> OtherProtocols() => Group(
        "80",
        "another protocol",
        ("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", TlsToPlainPort),
        ("SSH-2.0-OpenSSH_9.9\r\n", BadRequestLine),
        ("EHLO mail.example\r\n", BadRequestLine),
        ("*1\r\n$4\r\nPING\r\n", BadRequestLine),
        ("{\"jsonrpc\":\"2.0\"}\n", BadMethod),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", BadMethod),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + Get + "\r\n", BadVersion),
        ("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c" + Get + "\r\n", BadMethod),
        ("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", BadVersion),
        ("\u0080\u002e\u0001\u0003\u0001", BadMethod),
        ("\u00ef\u00bb\u00bf" + Get + "\r\n", BadMethod));

    private static IEnumerable<BadInput> OtherLines() => Group(
        "81",
        "9112 2.2 and 3",
        ($" GET / HTTP/1.1{Rest}", BadMethod),
        ($"\r\n\t\r\nGET / HTTP/1.1{Rest}", BadMethod),
        ($"\r\rGET / HTTP/1.1{Rest}", BareCarriageReturn),
        ($"\r\n\r\n\r\n\r\nGET / HTTP/1.1{Rest}", None),
        (Repeat("\r\n", 50_000), TooManyEmptyLines),
        ($"get / HTTP/1.1{Rest}", None),
        ($"GE(T) / HTTP/1.1{Rest}", BadMethod),
        ($"GET / HTTP/1.10{Rest}", BadVersion),
        ($"GET / HTTP/1,1{Rest}", BadVersion),
        ($"GET / HTTP/1.1\t{Rest}", BadVersion),
        ($"GET / HTTP/1.1\0{Rest}", BadVersion),
        ($"GET / HTTP/1.1\r{Rest}", BareCarriageReturn),
        ($"GET / HTTP/1.1 HTTP/1.1{Rest}", BadVersion),
        ($"GET /a b HTTP/1.1{Rest}", BadVersion),
        ($"GET /a\tb HTTP/1.1{Rest}", BadRequestLine),
        ($"GET /a\u000bHTTP/1.1{Rest}", BadTarget),
        ($"GET /{new string('a', 8_192 - 16)} HTTP/1.1{Rest}", None),
        ($"GET /{new string('a', 8_192 - 15)} HTTP/1.1{Rest}", RequestLineTooLong));

    private static IEnumerable<BadInput> OtherTargets() =>
    [
        .. Group(
            "82",
            "9112 3.2",
            ($"GET /%zz HTTP/1.1{Rest}", None),
            ($"GET //other/ HTTP/1.1{Rest}", None),
            ($"GET /a?b?c=/../d HTTP/1.1{Rest}", None),
            ($"GET /\\other HTTP/1.1{Rest}", BadTarget),
            ($"GET /\"<a>\" HTTP/1.1{Rest}", BadTarget),
            ($"GET ?q HTTP/1.1{Rest}", BadTarget),
            ($"GET h HTTP/1.1{Rest}", BadTarget),
            ($"OPTIONS * HTTP/1.1{Rest}", None),
            ($"OPTIONS ** HTTP/1.1{Rest}", BadTarget),
            ($"OPTIONS *?q HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT h:99999 HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT h: HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT h:0 HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT :80 HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT u@h:80 HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT h:80/ HTTP/1.1{Rest}", BadTarget),
            ($"CONNECT http://h:80/ HTTP/1.1{Rest}", TargetFormForMethod),
            ($"CONNECT other:80 HTTP/1.1{Rest}", HostMismatch)),
        .. Group(
            "83",
            "9112 3.2.2",
            ($"GET HTTP://H:80 HTTP/1.1{Rest}", None),
            ($"GET http://h?q HTTP/1.1{Rest}", None),
            ($"GET http://h:/ HTTP/1.1{Rest}", None),
            ($"GET https://h/ HTTP/1.1\r\nHost: h:80\r\n\r\n", HostMismatch),
            ($"GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n", HostMismatch),
            ($"GET http://h/ HTTP/1.1\r\n\r\n", MissingHost),
            ($"GET http://h:99999/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http://[::1/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http://h@/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http://h\\@other/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http:/h/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http:h HTTP/1.1{Rest}", BadTarget),
            ($"GET ://h/ HTTP/1.1{Rest}", BadTarget),
            ($"GET 1http://h/ HTTP/1.1{Rest}", BadTarget),
            ($"GET http://h/#f HTTP/1.1{Rest}", BadTarget)),
    ];

    private static IEnumerable<BadInput> OtherHosts()
    {
        (string Host, HttpRule Rule)[] hosts =
        [
            ("", None), ("\t", None), ("h.", None), ("h:", None), ("h:00080", None), ("[::]", None),
            ("[::ffff:192.0.2.1]:80", None), ("a_b", None), ("[]", BadHost), ("[::1%25lo]", BadHost),
            ("[1::2::3]", BadHost), ("h]", BadHost), ("http://h", BadHost), ("h:80:80", BadHost), ("h;x", None),
            ("h\u00a0", BadHost), ("h\tx", BadHost), ("%", BadHost), ("@", BadHost),
        ];
        return
        [
            .. Group(
                "84",
                "9112 3.2",
                [.. hosts.Select(one => ($"GET / HTTP/1.1\r\nHost: {one.Host}\r\n\r\n", one.Rule))]),
            .. Group(
                "85",
                "9112 3.2: any version",
                ("GET / HTTP/1.0\r\n\r\n", None),
                ("GET / HTTP/1.0\r\nHost: h\r\nhOST: h\r\n\r\n", RepeatedHost),
                ("GET / HTTP/1.0\r\nHost: h/p\r\n\r\n", BadHost),
                ("GET / HTTP/1.9\r\n\r\n", MissingHost)),
        ];
    }

    private static IEnumerable<BadInput> OtherFields() => Group(
        "86",
        "9112 5, 9110 5.5 and 5.6.2",
        ($"{Get}X:v\r\nY:\tv\t \r\nZ: \r\nW::\r\n\r\n", None),
        ($"{Get}X: \u00ff\u0080\r\n\r\n", None),
        ($"{Get}X: a\u000bb\r\n\r\n", BadFieldValue),
        ($"{Get}X: \u001b[2J\r\n\r\n", BadFieldValue),
        ($"{Get}X\r\n: v\r\n\r\n", MissingColon),
        ($"{Get}(X): v\r\n\r\n", BadFieldName),
        ($"{Get}\"X\": v\r\n\r\n", BadFieldName),
        ($"{Get}X\u007f: v\r\n\r\n", BadFieldName),
        ($"{Get}X\u000b: v\r\n\r\n", BadFieldName),
        ($"{Get}X: a\r\n\tb\r\n\r\n", ObsoleteFold),
        ($"{Get}X: a\r\n\t\r\n\r\n", ObsoleteFold),
        ($"{Get}X: a\r\r\n\r\n", BareCarriageReturn),
        ($"{Get}X: a\r\n\rGET / HTTP/1.1{Rest}", BareCarriageReturn),
        ($"{Get}GET / HTTP/1.1{Rest}", BadFieldName),
        ($"{Get}Expect: 100-Continue, 100-continue\r\n\r\n", None),
        ($"{Get}Expect: 100-continue, x\r\n\r\n", UnknownExpectation),
        ($"{Get}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n", None),
        ($"{Get}Connection: Host, close\r\n\r\n", None));

    private static IEnumerable<BadInput> OtherLengths() =>
    [
        .. Group(
            "87",
            "9112 6.2 and 6.3",
            ($"{Post}Content-Length:\t5 \t\r\n\r\nhello", None),
            ($"{Post}CONTENT-LENGTH: 00000000000000000000000005\r\n\r\nhello", None),
            ($"{Post}Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello", None),
            ($"{Post}Content-Length: \u00a05\r\n\r\nhello", BadContentLength),
            ($"{Post}Content-Length: 5\u000b\r\n\r\nhello", BadFieldValue),
            ($"{Post}Content-Length: 5\0\r\n\r\nhello", BadFieldValue),
            ($"{Post}Content-Length: 5,+5\r\n\r\nhello", BadContentLength),
            ($"{Post}Content-Length: 5\r\nContent-Length:\r\n\r\nhello", BadContentLength),
            ($"{Post}Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello", RepeatedContentLength),
            ($"{Post}Content-Length: 9223372036854775808\r\n\r\nhello", BadContentLength),
            ($"{Post}Content-Length: 5\r\n 0\r\n\r\nhello", ObsoleteFold),
            ($"{Post}Content-Length\t: 5\r\n\r\nhello", SpaceBeforeColon),
            ($"{Post}Content-Length: five\r\n\r\nhello", BadContentLength),
            ($"{Post}Content-Length: 5\r\nTransfer-Encoding:\r\n\r\nhello", ConflictingFraming)),
        .. Group(
            "88",
            "9112 6.1",
            ($"{Post}TRANSFER-ENCODING: \tChUnKeD\t\r\n\r\n0\r\n\r\n", None),
            ($"{Get}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None),
            ($"{Post}Transfer-Encoding: chunked, ,\r\n\r\n0\r\n\r\n", BadTransferEncoding),
            ($"{Post}Transfer-Encoding: chunked ;q=1\r\n\r\n0\r\n\r\n", BadTransferEncoding),
            ($"{Post}Transfer-Encoding: chunked, \"chunked\"\r\n\r\n0\r\n\r\n", BadTransferEncoding),
            ($"{Post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", ChunkedNotLast),
            ($"{Post}Transfer-Encoding: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", ChunkedNotLast),
            ($"{Post}Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", BadTransferEncoding),
            ($"{Post}X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ObsoleteFold),
            ($"{Post}X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BareCarriageReturn),
            ($"{Post}Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None)),
    ];

    private static IEnumerable<BadInput> OtherChunks() =>
    [
        .. Group(
            "89",
            "9112 7.1",
            ($"{Chunks}000000000000005 \t;\ta = \"b;\\\"\" ; c\r\nhello\r\n00;d\r\n\r\n", None),
            ($"{Chunks}5\r\n\r\n0\r\n\r\n0\r\n\r\n", None),
            ($"{Chunks}A\r\n0123456789\r\na\r\n0123456789\r\n0\r\nX: y\r\n\r\n", None),
            ($"{Chunks}FFFFFFFFFFFFFFF\r\n", BodyTooLong),
            ($"{Chunks}5\n\rhello\r\n0\r\n\r\n", BareLineFeed),
            ($"{Chunks}5\u00a0\r\nhello\r\n0\r\n\r\n", BadChunkSize),
            ($"{Chunks}-0\r\n\r\n", BadChunkSize),
            ($"{Chunks}5\r\nhello\r\n\r\n0\r\n\r\n", BadChunkSize),
            ($"{Chunks}5\r\nhello\n\r0\r\n\r\n", BadChunkEnd),
            ($"{Chunks}5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", BadChunkExtension),
            ($"{Chunks}5;a=\"\\\r\"\r\nhello\r\n0\r\n\r\n", BadChunkExtension),
            ($"{Chunks}0;a\r\r\n\r\n", BareCarriageReturn)),
        .. Group(
            "90",
            "9112 7.1.2",
            ($"{Chunks}0\r\n: v\r\n\r\n", BadFieldName),
            ($"{Chunks}0\r\nX\r\n\r\n", MissingColon),
            ($"{Chunks}0\r\nX: a\0\r\n\r\n", BadFieldValue),
            ($"{Chunks}0\r\nX: a\n\r\n", BareLineFeed),
            ($"{Chunks}0\r\n \r\n\r\n", ObsoleteFold),
            ($"{Chunks}0\r\nGET / HTTP/1.1{Rest}", BadFieldName),
            ($"{Chunks}0\r\nX: a\r\ncontent-LENGTH: 5\r\n\r\n", ForbiddenTrailer)),
        Two("91", $"{Chunks}0\r\n\r\nX: y\r\n\r\n", BadMethod, "9112 7.1.2: no trailer behind the end", [200], [400]),
        Two("92", $"{Get}Content-Length: 0\r\n\r\n0\r\n\r\n", BadRequestLine, "no chunks were announced", [200], [400]),
    ];

    /// <summary>Inputs of one kind. What breaks no rule may be answered well, or with an error that is right
    /// too.</summary>
    private static IEnumerable<BadInput> Group(
        string number, string note, params (string Text, HttpRule Rule)[] inputs) => inputs.Select((one, i) => One(
            Variant(number, i),
            one.Text,
            one.Rule,
            note,
            one.Rule == None ? [200, 400, 404, 405, 501] : [one.Rule.Meaning().Status, 400, 405]));
}
