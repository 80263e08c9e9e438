using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Sockeye.Http;
using Sockeye.Http.Files;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>The lines of access logs, as the programs that read them expect them.</summary>
public sealed class AccessLogLineTests
{
    private const string Time = @"\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\]";

    [Fact]
    public async Task CommonAndCombinedAreThoseOfOtherServers()
    {
        const string Request =
            "GET /a?b=%22 HTTP/1.1\r\nHost: h\r\nReferer: http://x/\"y\r\nUser-Agent: \\o/ \u00e9\r\n\r\n";
        Assert.Matches(
            $"^127\\.0\\.0\\.1 - - {Time} \"GET /a\\?b=%22 HTTP/1\\.1\" 200 5\n$",
            await LineAsync(AccessLogFormat.Common, Request));
        Assert.Matches(
            $"^127\\.0\\.0\\.1 - - {Time} \"GET /a\\?b=%22 HTTP/1\\.1\" 200 5 "
            + "\"http://x/\\\\x22y\" \"\\\\x5co/ \\\\xe9\"\n$",
            await LineAsync(AccessLogFormat.Combined, Request));
        Assert.Matches(
            $"{Time} \"HEAD / HTTP/1\\.0\" 200 - \"-\" \"-\"\n$",
            await LineAsync(AccessLogFormat.Combined, "HEAD / HTTP/1.0\r\n\r\n"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost : h\r\n\r\n", "\"GET / HTTP/1.1\" 400", "SpaceBeforeColon")]
    [InlineData("\x01\x02\"\r\n\r\n", "\"-\" 400", "BadMethod")]
    [InlineData("GET / HTTP/2.0\r\n\r\n", " 505", "UnsupportedVersion")]
    public async Task ARejectedRequestHasTheRuleThatItBroke(string request, string line, string rule)
    {
        string text = await LineAsync(AccessLogFormat.Combined, request);
        Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.EndsWith($" rule={rule}\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Count(one => one == '\n'));
        using JsonDocument json = JsonDocument.Parse(await LineAsync(AccessLogFormat.Json, request));
        Assert.Equal(rule, json.RootElement.GetProperty("rule").GetString());
        Assert.NotEqual("", json.RootElement.GetProperty("rule_sentence").GetString());
    }

    [Fact]
    public async Task ALineOfJsonHasEverythingWithItsUnit()
    {
        using JsonDocument json = JsonDocument.Parse(await LineAsync(
            AccessLogFormat.Json, "PUT /a?b HTTP/1.1\r\nHost: h\r\nUser-Agent: \"u\"\r\nContent-Length: 0\r\n\r\n"));
        JsonElement line = json.RootElement;
        Assert.Equal("PUT", line.GetProperty("method").GetString());
        Assert.Equal("/a?b", line.GetProperty("target").GetString());
        Assert.Equal("1.1", line.GetProperty("version").GetString());
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal(5, line.GetProperty("content_bytes").GetInt64());
        Assert.True(line.GetProperty("duration_ms").GetDouble() >= 0);
        Assert.Equal("h", line.GetProperty("host").GetString());
        Assert.Equal("\"u\"", line.GetProperty("user_agent").GetString());
        Assert.True(line.GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-5));
        Assert.StartsWith("tcp://127.0.0.1:", line.GetProperty("peer").GetString(), StringComparison.Ordinal);
        Assert.False(line.TryGetProperty("rule", out _));
        Assert.False(line.TryGetProperty("referer", out _));
    }

    [Theory]
    [Hosts]
    public async Task WhatIsCountedIsWhatWasSent(string on)
    {
        const long Length = 64 << 20;
        using var directory = new TemporaryDirectory();
        using (SafeFileHandle file = File.OpenHandle(
            Path.Combine(directory.Path, "large"), FileMode.Create, FileAccess.Write, preallocationSize: 0))
        {
            RandomAccess.SetLength(file, Length);
        }

        var counts = Channel.CreateUnbounded<long>();
        HttpHandler files = StaticFiles.Handler(directory.Path);
        await using Site site = await Site.StartAsync(
            on,
            (request, response) =>
            {
                if (request.Path.SequenceEqual("/large"u8))
                {
                    return files(request, response);
                }

                response.Write("Hello"u8);
                return default;
            },
            new HttpServerOptions
            {
                AccessLog = (in entry) => counts.Writer.TryWrite(entry.ContentBytes),
                HandlerFailed = (_, _) => { },
            });
        using (RawClient client = site.Connect())
        {
            client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /large HTTP/1.1\r\nHost: h\r\n\r\n");
            client.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
            Assert.Equal("5", client.Read(toHead: true)!.Field("Content-Length"));
            Assert.Equal(0, await counts.Reader.ReadAsync());
            Assert.Equal($"{Length}", client.Read(toHead: true)!.Field("Content-Length"));
            Assert.Equal(0, await counts.Reader.ReadAsync());
            client.ReadHead();
            client.Take(1_000_000);
            client.Socket.LingerState = new LingerOption(true, 0);
        }

        // What the buffers of both kernels held beyond what was read.
        Assert.InRange(await counts.Reader.ReadAsync(), 1_000_000, Length / 2);
    }

    private static async Task<string> LineAsync(AccessLogFormat format, string request)
    {
        var lines = new ArrayBufferWriter<byte>();
        await using (Site site = await Site.StartAsync(
            (_, response) =>
            {
                response.Write("Hello"u8);
                return default;
            },
            new HttpServerOptions { AccessLog = (in entry) => AccessLogLine.Write(lines, format, entry) }))
        {
            using RawClient client = site.Connect();
            client.Send(request);
            client.FinishSending();
            client.ReadToEnd();
        }

        return Encoding.UTF8.GetString(lines.WrittenSpan);
    }
}
