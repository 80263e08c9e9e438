using System.Text;
using Sockeye.Files;
using Sockeye.Http.Files;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Http.Files;

/// <summary>Which file a path names, and what the reply says of it.</summary>
public sealed class StaticFilesTests
{
    [Theory]
    [MemberData(nameof(Models))]
    public async Task AFileIsServedOnEveryModel(string model)
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync(model: model);
        byte[] large = Conformance.Handlers.Pattern(900_000);
        await File.WriteAllBytesAsync(files.PathOf("large.bin"), large);
        files.Write("empty", "");
        using RawClient client = files.Site.Connect();
        client.Send("GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\nGET /large.bin HTTP/1.1\r\nHost: h\r\n\r\n"
            + "HEAD /large.bin HTTP/1.1\r\nHost: h\r\n\r\n");
        Reply small = client.Read()!;
        Assert.Equal((200, "Hello, files!"), (small.Status, small.Text));
        Assert.Equal("text/plain; charset=utf-8", small.Field("Content-Type"));
        Assert.Equal("nosniff", small.Field("X-Content-Type-Options"));
        Assert.Equal("bytes", small.Field("Accept-Ranges"));
        Assert.Null(small.Field("Vary"));
        Assert.Null(small.Field("Cache-Control"));
        Assert.True(client.Read()!.Content.AsSpan().SequenceEqual(large));
        Assert.Equal("900000", client.Read(toHead: true)!.Field("Content-Length"));
        client.Send("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal("0", client.Read()!.Field("Content-Length"));
        Assert.Empty(files.Failures);
    }

    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    [Theory]
    [InlineData("/nothing", 404)]
    [InlineData("/hello.txt/", 404)]
    [InlineData("/hello.txt/x", 404)]
    [InlineData("//hello.txt", 404)]
    [InlineData("/.hidden", 404)]
    [InlineData("/folder/.git/config", 404)]
    [InlineData("/folder/", 403)]
    [InlineData("/%68ello.txt?query=1", 200)]
    [InlineData("/folder/../hello.txt", 200)]
    [InlineData("http://h/hello.txt", 200)]
    [InlineData("/a%20b+c%C3%A9.txt", 200)]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd", 404)]
    [InlineData("/..%2f..%2f", 404)]
    [InlineData("/%00", 400)]
    [InlineData("/../secret.txt", 404)]
    [InlineData("/folder/..%2f..%2fsecret.txt", 404)]
    [InlineData("/..%5csecret.txt", 404)]
    [InlineData("/%252e%252e/secret.txt", 404)]
    [InlineData("/hello.txt%00.jpg", 400)]
    [InlineData("/%c0%ae%c0%ae/secret.txt", 400)]
    [InlineData("/%zz", 400)]
    [InlineData("/aa%2", 400)]
    public async Task APathNamesAFileBeneathTheRootOrNothing(string target, int status)
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        files.Write(".hidden", "x");
        files.Write("folder/.git/config", "x");
        files.Write("a b+cé.txt", "x");
        Assert.Equal(status, files.Get(target).Status);
        Assert.Empty(files.Failures);
    }

    [Fact]
    public async Task AVeryLongPathIsNotFound()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        Assert.Equal(404, files.Get("/" + new string('a', 3_000)).Status);
        Assert.Equal(404, files.Get(string.Concat(Enumerable.Repeat("/a", 3_000))).Status);
    }

    [Fact]
    public async Task AFolderIsItsIndexAndWithoutASlashARedirect()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        files.Write("a b/index.html", "<p>index</p>");
        Reply index = files.Get("/a%20b/");
        Assert.Equal((200, "<p>index</p>"), (index.Status, index.Text));
        Assert.Equal("text/html; charset=utf-8", index.Field("Content-Type"));
        Reply redirect = files.Get("/a%20b?q=%41");
        Assert.Equal((301, "/a%20b/?q=%41"), (redirect.Status, redirect.Field("Location")));

        // Not to another host, whatever the path looked like.
        Assert.Equal("/a%20b/", files.Get("/x/../a%20b").Field("Location"));
        Assert.Equal("/a%20b/", files.Get("//../a%20b").Field("Location"));
    }

    [Fact]
    public async Task OnlyGetAndHeadAreForFiles()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        foreach (string method in (string[])["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
        {
            Reply reply = files.Get("/hello.txt", method: method);
            Assert.Equal((405, "GET, HEAD, OPTIONS"), (reply.Status, reply.Field("Allow")));
        }

        Reply all = files.Get("*", method: "OPTIONS");
        Assert.Equal((204, "GET, HEAD, OPTIONS"), (all.Status, all.Field("Allow")));
        Assert.Equal("Hello, files!", await File.ReadAllTextAsync(files.PathOf("hello.txt")));
    }

    [Fact]
    public async Task DotFilesAndCacheControlAndOwnMediaTypesAreOptions()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync(new StaticFileOptions
        {
            DotFiles = true,
            CacheControl = "max-age=60",
            MediaTypes = new Dictionary<string, string> { ["odd"] = "application/x-odd" },
        });
        files.Write(".well-known/a.odd", "x");
        Reply reply = files.Get("/.well-known/a.odd");
        Assert.Equal((200, "max-age=60"), (reply.Status, reply.Field("Cache-Control")));
        Assert.Equal("application/x-odd", reply.Field("Content-Type"));
        Assert.Throws<ArgumentException>(() => new StaticFileOptions { CacheControl = "a\r\nb: c" });
    }

    [Theory]
    [InlineData(FileLinks.Inside, 200, 200, 404, 404)]
    [InlineData(FileLinks.Never, 404, 404, 404, 404)]
    [InlineData(FileLinks.Always, 200, 200, 200, 200)]
    public async Task LinksAreFollowedByThePolicy(FileLinks links, int relative, int absolute, int outside, int folder)
    {
        await using FileSiteFixture files =
            await new FileSiteFixture().StartAsync(new StaticFileOptions { Links = links });
        File.CreateSymbolicLink(files.PathOf("relative"), "hello.txt");
        File.CreateSymbolicLink(files.PathOf("absolute"), files.PathOf("hello.txt"));
        File.CreateSymbolicLink(files.PathOf("outside"), "../secret.txt");
        Directory.CreateSymbolicLink(files.PathOf("folder"), files.Outside);
        File.CreateSymbolicLink(files.PathOf("loop"), "loop");
        Assert.Equal(200, files.Get("/hello.txt").Status);
        Assert.Equal(relative, files.Get("/relative").Status);
        Assert.Equal(absolute, files.Get("/absolute").Status);
        Assert.Equal(outside, files.Get("/outside").Status);
        Assert.Equal(folder, files.Get("/folder/secret.txt").Status);
        Assert.Equal(404, files.Get("/loop").Status);
    }

    [Fact]
    public async Task ASiblingFolderWhoseNameBeginsLikeTheRootIsOutside()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        Directory.CreateDirectory(files.Root + "er");
        await File.WriteAllTextAsync(files.Root + "er/x", "x");
        Directory.CreateSymbolicLink(files.PathOf("link"), files.Root + "er");
        Assert.Equal(404, files.Get("/link/x").Status);
    }

    [Fact]
    public async Task ARootThatIsALinkOrWasMovedStillServes()
    {
        await using var files = new FileSiteFixture();
        string real = Path.Combine(files.Outside, "real");
        Directory.Move(files.Root, real);
        Directory.CreateSymbolicLink(files.Root, real);
        await files.StartAsync(new StaticFileOptions { Links = FileLinks.Never });
        Assert.Equal(200, files.Get("/hello.txt").Status);
        Directory.Move(real, real + "2");
        Assert.Equal(200, files.Get("/hello.txt").Status);
    }

    [Fact]
    public async Task WhatIsNoRegularFileIsRefusedWithoutWaiting()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync(
            new StaticFileOptions { Links = FileLinks.Always });
        FileSiteFixture.MakePipe(files.PathOf("pipe"));
        File.CreateSymbolicLink(files.PathOf("device"), "/dev/zero");
        File.CreateSymbolicLink(files.PathOf("terminal"), "/dev/tty");
        Assert.Equal(403, files.Get("/pipe").Status);
        Assert.Equal(403, files.Get("/device").Status);
        Assert.Contains(files.Get("/terminal").Status, (int[])[403, 404]);
        Assert.Equal(200, files.Get("/hello.txt").Status);
    }

    [Fact]
    public async Task APrecompressedCopyIsSentToWhoAcceptsIt()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        files.Write("page.html", "plain");
        files.Write("page.html.gz", "as gzip");
        files.Write("page.html.br", "as br");
        foreach ((string accept, string content, string? coding) in ((string, string, string?)[])
        [
            ("", "plain", null),
            ("Accept-Encoding: gzip, deflate, br, zstd\r\n", "as br", "br"),
            ("Accept-Encoding: gzip\r\n", "as gzip", "gzip"),
            ("Accept-Encoding: br;q=0.1\r\nAccept-Encoding: gzip;q=0.5\r\n", "as gzip", "gzip"),
            ("Accept-Encoding: zstd\r\n", "plain", null),
            ("Accept-Encoding: identity;q=0\r\n", "plain", null),
        ])
        {
            Reply reply = files.Get("/page.html", accept);
            Assert.Equal((200, content, coding), (reply.Status, reply.Text, reply.Field("Content-Encoding")));
            Assert.Equal("text/html; charset=utf-8", reply.Field("Content-Type"));
            Assert.Equal("Accept-Encoding", reply.Field("Vary"));
        }

        string plain = files.Get("/page.html").Field("ETag")!;
        string gzip = files.Get("/page.html", "Accept-Encoding: gzip\r\n").Field("ETag")!;
        Assert.NotEqual(plain, gzip);
        Assert.Equal(200, files.Get("/page.html", $"If-None-Match: {gzip}\r\n").Status);
        Assert.Null(files.Get("/page.html.gz").Field("Content-Encoding"));
    }

    [Fact]
    public async Task AFolderIsListedOnlyWhenAskedAndEscaped()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync(
            new StaticFileOptions { ListFolders = true });
        files.Write("list/b & <i>.txt", "12345");
        files.Write("list/javascript:alert(1)", "");
        files.Write("list/\"quoted\"", "");
        files.Write("list/.hidden", "");
        files.Write("list/zfolder/x", "");
        File.CreateSymbolicLink(files.PathOf("list/away"), "/etc/passwd");
        File.CreateSymbolicLink(files.PathOf("list/here"), "../hello.txt");
        Reply reply = files.Get("/list/");
        string[] links =
        [
            .. reply.Text.Split('\n').Where(line => line.Contains("href", StringComparison.Ordinal))
                .Select(line => line.Split("href=\"")[1].Split('"')[0]),
        ];
        Assert.Equal(
            ["../", "zfolder/", "%22quoted%22", "b%20%26%20%3Ci%3E.txt", "here", "javascript%3Aalert%281%29"], links);
        Assert.Contains("b &amp; &lt;i&gt;.txt</a>", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", reply.Text, StringComparison.Ordinal);
        Assert.Equal("default-src 'none'", reply.Field("Content-Security-Policy"));
        Assert.Equal(200, files.Get("/list/" + links[3]).Status);
        Assert.DoesNotContain("../", files.Get("/").Text, StringComparison.Ordinal);
        Assert.Equal(200, files.Get("/list/", method: "HEAD").Status);
    }

    [Fact]
    public async Task AHugeFolderIsListedUpToTheLimit()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync(
            new StaticFileOptions { ListFolders = true, ListedEntriesMax = 5 });
        for (int i = 0; i < 20; i++)
        {
            files.Write($"many/{i}", "");
        }

        string page = files.Get("/many/").Text;
        Assert.Equal(6, page.Split("href").Length - 1);
        Assert.Contains("5 entries were read, no more", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatChangesWhileItIsSentNeverArrivesWhole()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        foreach (Action<string> change in (Action<string>[])
        [
            path => File.WriteAllBytes(path, new byte[10]),             // Shorter.
            path => File.AppendAllText(path, "more"),                   // Longer.
            path => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch), // As long, written to.
        ])
        {
            files.Failures.Clear();
            await File.WriteAllBytesAsync(files.PathOf("changing"), new byte[30_000_000]);
            using RawClient client = files.Site.Connect();
            client.Send("GET /changing HTTP/1.1\r\nHost: h\r\n\r\n");
            using var all = new MemoryStream();
            byte[] bytes = new byte[65_536];
            all.Write(bytes, 0, client.Socket.Receive(bytes)); // It is being sent, and most of it waits for us.
            change(files.PathOf("changing"));
            while (client.Socket.Receive(bytes) is > 0 and int count)
            {
                all.Write(bytes, 0, count);
            }

            long content = all.Length - all.ToArray().AsSpan().IndexOf("\r\n\r\n"u8) - 4;
            Assert.InRange(content, 0, 30_000_000 - 1);
            Assert.IsAssignableFrom<IOException>(Assert.Single(files.Failures));
        }
    }

    [Fact]
    public async Task AClientThatGoesAwayIsNoFailure()
    {
        await using FileSiteFixture files = await new FileSiteFixture().StartAsync();
        await File.WriteAllBytesAsync(files.PathOf("large"), new byte[30_000_000]);
        for (int i = 0; i < 5; i++)
        {
            using RawClient client = files.Site.Connect();
            client.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
            client.Socket.Receive(new byte[1]);
            client.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        }

        SpinWait.SpinUntil(() => files.Site.Server.ConnectionCount == 0, TimeSpan.FromSeconds(20));
        Assert.Equal(0, files.Site.Server.ConnectionCount);
        Assert.Empty(files.Failures);
    }

    [Fact]
    public void AFolderThatIsNotThereIsAnErrorAtTheStart()
    {
        Assert.Throws<DirectoryNotFoundException>(() => StaticFiles.Handler("/nowhere/at/all"));
        Assert.Throws<DirectoryNotFoundException>(() => StaticFiles.Handler("/dev/null"));
    }

    [Fact]
    public void EveryMediaTypeIsOne()
    {
        Assert.All(MediaTypes.Extensions, extension => Assert.True(
            Sockeye.Http.Protocol.MediaType.TryParse(Encoding.ASCII.GetBytes(MediaTypes.Of("x." + extension)), out _)));
        Assert.Equal("text/html; charset=utf-8", MediaTypes.Of("A.HTML"));
        Assert.Equal(MediaTypes.Unknown, MediaTypes.Of("Makefile"));
        Assert.Equal("application/gzip", MediaTypes.Of("a.tar.gz"));
    }
}
