using System.Globalization;
using System.IO.Compression;
using System.Text;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>Clients that nobody here wrote are served on every model.</summary>
public sealed class HttpClientsTests
{
    private static readonly TimeSpan s_time = Patience.Time;

    /// <summary>Longer than what is held back, and than what one read brings.</summary>
    private static readonly string s_long = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i,7}\n"));

    private static readonly byte[] s_zipped = Zip(s_long);

    private static readonly string[] s_curl =
        ["--silent", "--show-error", "--insecure", "--http1.1", "--max-time", "50"];

    [Needs("curl")]
    [Hosts]
    public async Task CurlIsServed(string on)
    {
        await using Site site = await StartAsync(on);
        string whole = await CurlAsync("--include", $"{site.Url}/hello");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", whole, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nHello, World!", whole, StringComparison.Ordinal);
        string head = await CurlAsync("--head", $"{site.Url}/hello");
        Assert.Contains("\r\nContent-Length: 13\r\n", head, StringComparison.Ordinal);
        Assert.Equal(s_long, await CurlAsync("--compressed", $"{site.Url}/zipped"));
        Assert.Equal(s_long, await CurlAsync("--http1.0", $"{site.Url}/long"));

        // Two requests, and the second makes no connection.
        Assert.Equal(
            "Hello, World!1\nHello, World!0\n",
            await CurlAsync("--write-out", "%{num_connects}\n", $"{site.Url}/hello", $"{site.Url}/hello"));
    }

    [Needs("curl")]
    [Hosts]
    public async Task CurlUploads(string on)
    {
        await using Site site = await StartAsync(on);
        Assert.Equal(s_long, await UploadAsync("--upload-file", "-", $"{site.Url}/echo"));
        Assert.Equal(s_long, await UploadAsync("--data-binary", "@-", $"{site.Url}/echo"));

        // It waits for permission much longer than it may take.
        string patient = await UploadAsync(
            "--header", "Expect: 100-continue", "--expect100-timeout", "40", "--write-out", " %{time_total}",
            "--data-binary", "@-", $"{site.Url}/echo");
        Assert.StartsWith(s_long, patient, StringComparison.Ordinal);
        Assert.InRange(double.Parse(patient.AsSpan(s_long.Length), CultureInfo.InvariantCulture), 0, 35);

        Task<string> UploadAsync(params string[] arguments) =>
            Programs.RunAsync("curl", [.. s_curl, .. arguments], s_long, s_time);
    }

    [Needs("/usr/bin/python3")]
    [Hosts]
    public async Task PythonIsServed(string on)
    {
        const string Script = """
            import http.client, ssl, sys
            url, content = sys.argv[1], sys.stdin.read().encode()
            scheme, host = url.split("://")
            connection = (
                http.client.HTTPSConnection(host, timeout=20, context=ssl._create_unverified_context())
                if scheme == "https" else http.client.HTTPConnection(host, timeout=20))
            connection.connect()
            socket = connection.sock

            def ask(method, path, *rest, **options):
                connection.request(method, path, *rest, **options)
                reply = connection.getresponse()
                content = reply.read()
                assert reply.status == 200, reply.status
                assert connection.sock is socket, "another connection"
                return content

            assert ask("GET", "/hello") == b"Hello, World!"
            assert ask("HEAD", "/hello") == b""
            assert ask("POST", "/echo", content) == content
            assert ask("POST", "/echo", iter([content[:9], content[9:]]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"}) == content
            assert ask("GET", "/long") == content
            print("good", end="")
            """;
        await using Site site = await StartAsync(on);
        Assert.Equal("good", await Programs.RunAsync("/usr/bin/python3", ["-c", Script, site.Url], s_long, s_time));
    }

    [Needs("node")]
    [Hosts]
    public async Task NodeIsServed(string on)
    {
        const string Script = """
            const assert = require('assert');
            const url = process.argv[1];
            process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
            const http = require(new URL(url).protocol.slice(0, -1));

            async function fetches(content) {
                assert.equal(await (await fetch(url + '/hello')).text(), 'Hello, World!');
                assert.equal(await (await fetch(url + '/zipped')).text(), content);
                assert.equal(await (await fetch(url + '/echo', { method: 'POST', body: content })).text(), content);
                const body = new Blob([content]).stream();
                const streamed = await fetch(url + '/echo', { method: 'PUT', body, duplex: 'half' });
                assert.equal(await streamed.text(), content);
            }

            const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
            const ask = (path) => new Promise((resolve, reject) => {
                const request = http.get(url + path, { agent }, (reply) => {
                    reply.setEncoding('utf8');
                    let text = '';
                    reply.on('data', (piece) => text += piece);
                    reply.on('end', () => resolve([text, request.reusedSocket]));
                });
                request.on('error', reject);
            });

            (async () => {
                const content = require('fs').readFileSync(0, 'utf8');
                await fetches(content);
                assert.deepEqual(await ask('/hello'), ['Hello, World!', false]);
                assert.deepEqual(await ask('/long'), [content, true]);
                assert.deepEqual(await ask('/hello'), ['Hello, World!', true]);
                process.stdout.write('good', () => process.exit(0));
            })();
            """;
        await using Site site = await StartAsync(on);
        Assert.Equal("good", await Programs.RunAsync("node", ["-e", Script, site.Url], s_long, s_time));
    }

    [Needs("wrk")]
    [Models]
    public async Task ASecondOfLoadIsWithoutAnError(string model)
    {
        await using Site site = await StartAsync(model);
        string report = await Programs.RunAsync("wrk", ["-t1", "-c16", "-d1s", $"{site.Url}/hello"], "", s_time);
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Non-2xx", report, StringComparison.Ordinal);
        string rate = report.Split('\n').Single(line => line.StartsWith("Requests/sec:", StringComparison.Ordinal));
        Assert.InRange(double.Parse(rate.AsSpan("Requests/sec:".Length), CultureInfo.InvariantCulture), 100, 1e9);
    }

    private static Task<string> CurlAsync(params string[] arguments) =>
        Programs.RunAsync("curl", [.. s_curl, .. arguments], "", s_time);

    private static Task<Site> StartAsync(string on) => Site.StartAsync(on, AnswerAsync);

    private static async ValueTask AnswerAsync(HttpRequest request, HttpResponse response)
    {
        response.Add("Content-Type"u8, "text/plain"u8);
        switch (Encoding.ASCII.GetString(request.Path))
        {
            case "/hello":
                response.Write("Hello, World!"u8);
                break;
            case "/long":
                response.Write(s_long);
                break;
            case "/zipped":
                Assert.True(request.Fields.TryGet("accept-encoding"u8, out _));
                response.Add("Content-Encoding"u8, "gzip"u8);
                response.Write(s_zipped);
                break;
            case "/echo":
                while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
                {
                    response.Write(piece.Span);
                    await response.FlushAsync();
                }

                break;
            default:
                response.Status = 404;
                break;
        }
    }

    private static byte[] Zip(string text)
    {
        using var zipped = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
        }

        return zipped.ToArray();
    }
}
