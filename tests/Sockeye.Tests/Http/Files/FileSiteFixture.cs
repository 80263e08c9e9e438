using System.Diagnostics;
using Sockeye.Http;
using Sockeye.Http.Files;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Http.Files;

/// <summary>A folder of files with a secret beside it, served.</summary>
internal sealed class FileSiteFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private Site? _site;

    public FileSiteFixture()
    {
        Directory.CreateDirectory(Root);
        File.WriteAllText(Path.Combine(_directory.Path, "secret.txt"), "secret");
        Write("hello.txt", "Hello, files!");
    }

    public string Root => Path.Combine(_directory.Path, "root");

    /// <summary>The folder that the root is in.</summary>
    public string Outside => _directory.Path;

    public Site Site => _site!;

    /// <summary>What the handler threw, the latest last.</summary>
    public List<Exception> Failures { get; } = [];

    public string PathOf(string name) => Path.Combine(Root, name);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    public async Task<FileSiteFixture> StartAsync(
        StaticFileOptions? options = null, string model = "epoll", HttpServerOptions? server = null)
    {
        server = (server ?? HttpServerOptions.Default) with
        {
            HandlerFailed = (_, exception) =>
            {
                lock (Failures)
                {
                    Failures.Add(exception);
                }
            },
        };
        _site = await Site.StartAsync(StaticFiles.Handler(Root, options), server, model);
        return this;
    }

    /// <summary>Asks and gives the reply.</summary>
    /// <param name="target">The request target, as it is.</param>
    /// <param name="fields">Field lines, each with its end.</param>
    /// <param name="method">The method.</param>
    public Reply Get(string target, string fields = "", string method = "GET")
    {
        using RawClient client = Site.Connect();
        client.Send($"{method} {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        return client.Read(toHead: method == "HEAD") ?? throw new EndOfStreamException("no reply");
    }

    /// <summary>Makes a pipe with a name.</summary>
    public static void MakePipe(string path)
    {
        using Process process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }

        _directory.Dispose();
    }
}
