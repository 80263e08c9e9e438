using System.Globalization;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Http.Files;

/// <summary>Conditions and ranges of files (RFC 9110 sections 13 and 14).</summary>
public sealed class FileRangesTests
{
    [Theory]
    [InlineData("bytes=0-4", "Hello", "bytes 0-4/13")]
    [InlineData("bytes=7-", "files!", "bytes 7-12/13")]
    [InlineData("bytes=-1", "!", "bytes 12-12/13")]
    [InlineData("bytes=-100", "Hello, files!", "bytes 0-12/13")]
    [InlineData("bytes=5-1000", ", files!", "bytes 5-12/13")]
    public async Task ARangeIsAPart(string range, string content, string contentRange)
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        Reply reply = files.Get("/hello.txt", $"Range: {range}\r\n");
        Assert.Equal((206, content, contentRange), (reply.Status, reply.Text, reply.Field("Content-Range")));
        Assert.Equal("text/plain; charset=utf-8", reply.Field("Content-Type"));
    }

    [Theory]
    [InlineData("Range: bytes=1-0\r\n")]
    [InlineData("Range: lines=1-2\r\n")]
    [InlineData("Range: bytes=x\r\n")]
    [InlineData("Range: bytes=0-1\r\nRange: bytes=2-3\r\n")]
    public async Task ARangeThatIsNoneIsIgnored(string fields)
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        Reply reply = files.Get("/hello.txt", fields);
        Assert.Equal((200, "Hello, files!"), (reply.Status, reply.Text));
        Assert.Equal(200, files.Get("/hello.txt", "Range: bytes=0-1\r\n", "HEAD").Status);
    }

    [Fact]
    public async Task ARangeBehindTheEndIsNotSatisfiable()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        Reply reply = files.Get("/hello.txt", "Range: bytes=13-\r\n");
        Assert.Equal((416, "bytes */13"), (reply.Status, reply.Field("Content-Range")));
        files.Write("empty", "");
        Assert.Equal(416, files.Get("/empty", "Range: bytes=0-\r\n").Status);
    }

    [Fact]
    public async Task SeveralRangesAreSeveralParts()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        byte[] content = Conformance.Handlers.Pattern(400_000);
        await File.WriteAllBytesAsync(files.PathOf("large.bin"), content);
        Reply reply = files.Get("/large.bin", "Range: bytes=300000-399999, 0-9, -1\r\n");
        Assert.Equal(206, reply.Status);
        Assert.Null(reply.Field("Content-Range"));
        string type = reply.Field("Content-Type")!;
        Assert.StartsWith("multipart/byteranges;boundary=", type, StringComparison.Ordinal);
        string boundary = type.Split('=')[1];
        byte[] expected =
        [
            .. Part("0-9"), .. content.AsSpan(0, 10), .. Part("300000-399999"), .. content.AsSpan(300_000),
            .. Bytes($"\r\n--{boundary}--\r\n"),
        ];
        Assert.True(expected.AsSpan().SequenceEqual(reply.Content));

        byte[] Part(string range) => Bytes(
            $"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
            + $"Content-Range: bytes {range}/400000\r\n\r\n");
    }

    [Fact]
    public async Task ConditionsAreThoseOfTheFile()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        var modified = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(files.PathOf("hello.txt"), modified);
        Reply first = files.Get("/hello.txt");
        string tag = first.Field("ETag")!;
        string date = first.Field("Last-Modified")!;
        Assert.Equal(modified.ToString("r", CultureInfo.InvariantCulture), date);
        foreach ((string fields, int status) in ((string, int)[])
        [
            ($"If-None-Match: {tag}\r\n", 304),
            ($"If-None-Match: \"x\"\r\nIf-None-Match: W/{tag}\r\n", 304),
            ("If-None-Match: *\r\n", 304),
            ("If-None-Match: \"x\"\r\n", 200),
            ($"If-Modified-Since: {date}\r\n", 304),
            ("If-Modified-Since: Mon, 03 Feb 2020 04:05:05 GMT\r\n", 200),
            ($"If-None-Match: \"x\"\r\nIf-Modified-Since: {date}\r\n", 200),
            ($"If-Match: {tag}\r\n", 200),
            ("If-Match: \"x\"\r\n", 412),
            ($"If-Unmodified-Since: {date}\r\n", 200),
            ("If-Unmodified-Since: Mon, 03 Feb 2020 04:05:05 GMT\r\n", 412),
            ($"Range: bytes=0-1\r\nIf-Range: {tag}\r\n", 206),
            ("Range: bytes=0-1\r\nIf-Range: \"x\"\r\n", 200),
            ($"Range: bytes=0-1\r\nIf-Range: {date}\r\n", 206),
            ("Range: bytes=0-1\r\nIf-Range: Mon, 03 Feb 2020 04:05:07 GMT\r\n", 200),
            ($"Range: bytes=99-\r\nIf-None-Match: {tag}\r\n", 304),
        ])
        {
            Reply reply = files.Get("/hello.txt", fields);
            Assert.True(status == reply.Status, $"{fields}: {reply.Status}");
            Assert.Equal(status is 412 ? null : tag, reply.Field("ETag"));
        }

        files.Write("hello.txt", "Hello, again!");
        Assert.NotEqual(tag, files.Get("/hello.txt", $"If-None-Match: {tag}\r\n").Field("ETag"));
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
