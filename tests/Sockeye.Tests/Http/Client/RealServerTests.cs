using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sockeye.Http.Client;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Client;

/// <summary>The fetcher against servers that nobody here wrote, on every model.</summary>
public sealed class RealServerTests
{
    private const string NginxPath = "/usr/sbin/nginx";

    private const string NodeScript = """
        const http = require('http'), zlib = require('zlib');
        const server = http.createServer((request, response) => {
          switch (request.url) {
            case '/trailers':
              response.setHeader('Trailer', 'X-Sum');
              response.write('body');
              response.addTrailers({ 'X-Sum': '42' });
              return response.end();
            case '/br':
              response.setHeader('Content-Encoding', 'br');
              return response.end(zlib.brotliCompressSync('text'.repeat(1000)));
            case '/hints':
              response.writeEarlyHints({ link: '</a>; rel=preload' });
              return response.end('after');
            case '/close':
              return request.socket.destroy();
            default:
              return request.pipe(response);
          }
        });
        server.listen(0, '127.0.0.1', () => console.log(server.address().port));
        """;

    [Needs("node")]
    [Models]
    public async Task NodeIsUnderstood(string model)
    {
        using var node = new RunningProgram("node", ["-e", NodeScript]);
        string root = $"http://127.0.0.1:{await node.ReadLineAsync()}";
        await using Network network = Network.Open(IoModel.Parse(model));
        using var fetcher = new HttpFetcher(network);
        byte[] content = new byte[1_500_000];
        new Random(2).NextBytes(content);
        Assert.Equal(content, await SendAsync(fetcher, "POST", root + "/echo", FetchContent.From(content)));
        Assert.Equal(content, await SendAsync(
            fetcher, "POST", root + "/echo", FetchContent.From(new Unseekable(content))));
        Assert.Equal(4_000, (await SendAsync(fetcher, "GET", root + "/br")).Length);

        await using FetchResponse trailers = await fetcher.SendAsync(new FetchRequest("GET", root + "/trailers"));
        Assert.Equal("body", await trailers.ReadTextAsync());
        Assert.Equal("42", trailers.Trailers["X-Sum"]);

        int interim = 0;
        await using FetchResponse hints = await fetcher.SendAsync(
            new FetchRequest("GET", root + "/hints") { Interim = (status, _) => interim = status });
        Assert.Equal("after", await hints.ReadTextAsync());
        Assert.Equal(103, interim);
        Assert.Equal(1, fetcher.ConnectionCount);
        await Assert.ThrowsAsync<FetchException>(
            () => fetcher.SendAsync(new FetchRequest("GET", root + "/close")).WaitAsync(FetchScene.TimeOut));
    }

    [Needs(NginxPath)]
    [Models]
    public async Task NginxIsUnderstood(string model)
    {
        string folder = Directory.CreateTempSubdirectory("sockeye-").FullName;
        File.WriteAllText(Path.Combine(folder, "file.txt"), string.Concat(Enumerable.Repeat("nginx ", 100_000)));
        string socket = Path.Combine(folder, "s");
        File.WriteAllText(Path.Combine(folder, "conf"), $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log stderr crit;
            events { }
            http {
              access_log off; gzip on; gzip_types *; gzip_min_length 1; keepalive_requests 5;
              client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}};
              uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}};
              server {
                listen unix:{{socket}};
                location / { root {{folder}}; }
                location /away { return 302 /file.txt; }
                location /small { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }
              }
            }
            """);
        using var nginx = new RunningProgram(NginxPath, ["-p", folder, "-c", Path.Combine(folder, "conf")]);
        await Eventually.ListensAsync(socket);
        await using (Network network = Network.Open(IoModel.Parse(model)))
        using (var fetcher = new HttpFetcher(network, HttpFetcherOptions.Default with
        {
            ConnectTo = _ => Endpoint.Parse($"unix:{socket}"),
        }))
        {
            await UseNginxAsync(fetcher, folder);
        }

        nginx.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task UseNginxAsync(HttpFetcher fetcher, string folder)
    {
        const string FileUri = "http://nginx.test/file.txt";
        for (int i = 0; i < 12; i++)
        {
            byte[] file = await SendAsync(fetcher, "GET", i % 2 == 0 ? FileUri : "http://nginx.test/away");
            Assert.Equal(600_000, file.Length);
        }

        await using FetchResponse head = await fetcher.SendAsync(
            new FetchRequest("HEAD", FileUri) { Fields = new FetchFields { ["Accept-Encoding"] = "identity" } });
        Assert.Equal("600000", head.Fields["Content-Length"]);
        await using FetchResponse same = await fetcher.SendAsync(
            new FetchRequest("GET", FileUri) { Fields = new FetchFields { ["If-None-Match"] = head.Fields["ETag"]! } });
        Assert.Equal(304, same.Status);

        // 413 comes while the body is being sent, and the connection is closed behind it.
        await using FetchResponse refused = await fetcher.SendAsync(new FetchRequest("POST", "http://nginx.test/small")
        {
            Content = FetchContent.From(new byte[8_000_000]),
            ExpectsContinue = false,
        }).WaitAsync(FetchScene.TimeOut);
        Assert.Equal(413, refused.Status);

        // As if an earlier run had been cut off in the middle.
        string path = Path.Combine(folder, "copy");
        string whole = await File.ReadAllTextAsync(Path.Combine(folder, "file.txt"));
        await File.WriteAllTextAsync(path + ".part", whole[..123_456]);
        await File.WriteAllLinesAsync(path + ".part.from", [FileUri, head.Fields["ETag"]!]);
        FetchDownload download = await fetcher.DownloadAsync(new FetchRequest("GET", FileUri), path);
        Assert.Equal((600_000L, 123_456L, 1), (download.Bytes, download.ResumedFrom, download.Attempts));
        Assert.Equal(206, download.Last.Status);
        Assert.Equal(whole, await File.ReadAllTextAsync(path));
    }

    [Theory]
    [Models]
    public async Task KestrelIsUnderstood(string model)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        app.MapGet("/hello", () => "Hello, World!");
        app.MapPost(
            "/echo", async (HttpContext context) => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapGet("/away", () => Results.Redirect("/hello"));
        await app.StartAsync();
        string root = app.Urls.First();
        await using Network network = Network.Open(IoModel.Parse(model));
        using var fetcher = new HttpFetcher(network);
        byte[] content = new byte[2_000_000];
        new Random(3).NextBytes(content);
        Assert.Equal(content, await SendAsync(fetcher, "POST", root + "/echo", FetchContent.From(content)));
        Assert.Equal(content, await SendAsync(
            fetcher, "POST", root + "/echo", FetchContent.From(new Unseekable(content))));
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
            Encoding.ASCII.GetString(await SendAsync(fetcher, "GET", root + "/away"))));
        Assert.All(texts, text => Assert.Equal("Hello, World!", text));
        await app.StopAsync();
    }

    private static async Task<byte[]> SendAsync(
        HttpFetcher fetcher, string method, string uri, FetchContent? content = null)
    {
        using var limit = new CancellationTokenSource(FetchScene.TimeOut);
        await using FetchResponse response = await fetcher.SendAsync(
            new FetchRequest(method, uri) { Content = content }, limit.Token);
        Assert.Equal(200, response.Status);
        return await response.ReadBytesAsync(cancellationToken: limit.Token);
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>A program that runs until the test is over.</summary>
    private sealed class RunningProgram : IDisposable
    {
        private readonly Process _process;

        public RunningProgram(string program, IEnumerable<string> arguments) => _process = Process.Start(
            new ProcessStartInfo(Programs.Find(program)!, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

        public async Task<string> ReadLineAsync() =>
            await _process.StandardOutput.ReadLineAsync().WaitAsync(FetchScene.TimeOut)
            ?? throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }
    }
}
