namespace Sockeye.Tests.Http.Differential;

/// <summary>Requests that nothing is wrong with, though some are rare. Each must be accepted.</summary>
internal static class GoodRequests
{
    private const string Host = "Host: h\r\n";
    private const string Post = $"POST / HTTP/1.1\r\n{Host}";
    private const string Chunks = $"{Post}Transfer-Encoding: chunked\r\n\r\n";

    /// <summary>Each with what it shows.</summary>
    public static IReadOnlyList<(string Label, string Note, string Text)> All { get; } =
    [
        .. new (string Note, string Text)[]
        {
            ("a GET", Get()),
            ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
            ("HTTP/1.0 that keeps alive", $"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{Get()}"),
            ("HEAD", $"HEAD / HTTP/1.1\r\n{Host}\r\n"),
            ("OPTIONS of a path", $"OPTIONS / HTTP/1.1\r\n{Host}\r\n"),
            ("OPTIONS *", $"OPTIONS * HTTP/1.1\r\n{Host}\r\n"),
            ("DELETE", $"DELETE /x HTTP/1.1\r\n{Host}\r\n"),
            ("PUT", $"PUT /x HTTP/1.1\r\n{Host}Content-Length: 2\r\n\r\nhi"),
            ("PATCH", $"PATCH /x HTTP/1.1\r\n{Host}Content-Length: 2\r\n\r\nhi"),
            ("a method that few know", $"PROPFIND / HTTP/1.1\r\n{Host}\r\n"),
            ("a URI as the target", $"GET http://h/ HTTP/1.1\r\n{Host}\r\n"),
            ("a URI without a path", $"GET http://h HTTP/1.1\r\n{Host}\r\n"),
            ("a scheme in capitals", $"GET HTTP://h/ HTTP/1.1\r\n{Host}\r\n"),
            ("a port in Host", "GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n"),
            ("an IPv6 address in Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
            ("an IPv4 address in Host", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
            ("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
            ("no space after the colon", "GET / HTTP/1.1\r\nHost:h\r\n\r\n"),
            ("white space around a value", "GET / HTTP/1.1\r\nHost: \t h \t\r\n\r\n"),
            ("names in any case", "GET / HTTP/1.1\r\nhOST: h\r\n\r\n"),
            ("an empty value", Get("X:\r\n")),
            ("bytes over 127 in a value", Get("X: caf\u00e9\r\n")),
            ("every character of a token as a name", Get("X!#$%&'*+-.^_`|~: v\r\n")),
            ("a tab within a value", Get("X: a\tb\r\n")),
            ("the same field twice", Get("X: a\r\nX: b\r\n")),
            ("forty fields", Get(string.Concat(Enumerable.Range(0, 40).Select(i => $"X-{i}: v\r\n")))),
            ("a value of 4,000 bytes", Get($"X: {new string('v', 4_000)}\r\n")),
            ("a target of 4,000 bytes", $"GET /{new string('a', 4_000)} HTTP/1.1\r\n{Host}\r\n"),
            ("a query of all its characters", $"GET /?a=b&c=/?:@!$'()*+,;%20-._~ HTTP/1.1\r\n{Host}\r\n"),
            ("a path of all its characters", $"GET /a:@!$&'()*+,;=%20-._~ HTTP/1.1\r\n{Host}\r\n"),
            ("a double slash", $"GET //a//b HTTP/1.1\r\n{Host}\r\n"),
            ("an empty line first", $"\r\n{Get()}"),
            ("two pipelined", Get() + Get()),
            ("a length of zero", $"{Post}Content-Length: 0\r\n\r\n"),
            ("content and another request", $"{Post}Content-Length: 5\r\n\r\nhello{Get()}"),
            ("chunks and another request", $"{Chunks}5\r\nhello\r\n0\r\n\r\n{Get()}"),
            ("a chunk's size in capitals", $"{Chunks}A\r\n0123456789\r\n0\r\n\r\n"),
            ("a chunk's size with a zero before", $"{Chunks}05\r\nhello\r\n0\r\n\r\n"),
            ("a chunk's extension", $"{Chunks}5;name=value\r\nhello\r\n0\r\n\r\n"),
            ("a chunk's extension without a value", $"{Chunks}5;name\r\nhello\r\n0\r\n\r\n"),
            ("a chunk's extension in quotes", $"{Chunks}5;name=\"a b\"\r\nhello\r\n0\r\n\r\n"),
            ("trailers", $"{Chunks}5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n"),
            ("a coding in capitals", $"{Post}Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
            ("content of a GET", $"GET / HTTP/1.1\r\n{Host}Content-Length: 5\r\n\r\nhello{Get()}"),
            ("the last of a connection", Get("Connection: close\r\n")),
            ("an upgrade that nobody offers", Get("Connection: Upgrade\r\nUpgrade: shout\r\n")),
            ("permission that is not waited for", $"{Post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"),
        }.Select((one, i) => ($"g{i + 1}", one.Note, one.Text)),
    ];

    private static string Get(string fields = "") => $"GET / HTTP/1.1\r\n{Host}{fields}\r\n";
}
