using System.Text;
using Sockeye.Http.Client;

namespace Sockeye.Tests.Http.Client;

/// <summary>Downloads that are cut off and go on.</summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private const string Whole = "0123456789";

    private readonly Network _network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        foreach (string file in (string[])[_path, _path + ".part", _path + ".part.from"])
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task GoesOnWhereItWasCutOff()
    {
        List<string> heads = [];
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            heads.Add(await peer.ReadHeadAsync());
            await peer.SendAsync(number switch
            {
                0 => "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123",
                1 => "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n45",
                _ => "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 6-9/10\r\nContent-Length: 4\r\n\r\n6789",
            });
        });
        using var fetcher = new HttpFetcher(_network);
        List<FetchProgress> progress = [];
        FetchDownload download = await fetcher.DownloadAsync(
            new FetchRequest("GET", server.Root), _path, progress.Add).WaitAsync(FetchScene.TimeOut);
        Assert.Equal(Whole, await File.ReadAllTextAsync(_path));
        Assert.Equal((10L, 0L, 3), (download.Bytes, download.ResumedFrom, download.Attempts));
        Assert.DoesNotContain("Range:", heads[0]);
        Assert.Contains("Range: bytes=4-\r\n", heads[1]);
        Assert.Contains("If-Range: \"a\"\r\n", heads[2]);
        Assert.Contains("Accept-Encoding: identity\r\n", heads[2]);
        Assert.Equal(new FetchProgress(10, 10), progress[^1]);
        Assert.False(File.Exists(_path + ".part"));
        Assert.False(File.Exists(_path + ".part.from"));
    }

    [Fact]
    public async Task GoesOnWhereAnEarlierRunWasCutOff()
    {
        bool isBack = false;
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            string head = await peer.ReadHeadAsync();
            await peer.SendAsync(isBack
                ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789"
                : head.Contains("Range") ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123");
        });
        using var fetcher = new HttpFetcher(_network);
        var request = new FetchRequest("GET", server.Root);
        FetchException exception = await Assert.ThrowsAsync<FetchException>(
            () => fetcher.DownloadAsync(request, _path).WaitAsync(FetchScene.TimeOut));
        Assert.Contains("503", exception.Message);
        Assert.Equal("0123", await File.ReadAllTextAsync(_path + ".part"));
        isBack = true;
        FetchDownload download = await fetcher.DownloadAsync(request, _path).WaitAsync(FetchScene.TimeOut);
        Assert.Equal(4, download.ResumedFrom);
        Assert.Equal(Whole, await File.ReadAllTextAsync(_path));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 3\r\n\r\nnew")]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */3\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789")]
    public async Task WhatDoesNotFitAnyMoreIsDropped(string answer)
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            string head = await peer.ReadHeadAsync();
            await peer.SendAsync(
                number == 0 ? "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123"
                : head.Contains("\r\nRange") ? answer
                : "HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 3\r\n\r\nnew");
        });
        using var fetcher = new HttpFetcher(_network);
        await fetcher.DownloadAsync(new FetchRequest("GET", server.Root), _path).WaitAsync(FetchScene.TimeOut);
        Assert.Equal("new", await File.ReadAllTextAsync(_path));
    }

    [Fact]
    public async Task WithoutAStrongValidatorItBeginsAgain()
    {
        await using var server = new ScriptedServer(async (peer, number) =>
        {
            Assert.DoesNotContain("Range", await peer.ReadHeadAsync());
            await peer.SendAsync("HTTP/1.1 200 OK\r\nETag: W/\"a\"\r\nContent-Length: 10\r\n\r\n"
                + (number == 0 ? "0123" : Whole));
        });
        using var fetcher = new HttpFetcher(_network);
        var request = new FetchRequest("GET", server.Root);
        await Assert.ThrowsAsync<HttpIOException>(
            () => fetcher.DownloadAsync(request, _path).WaitAsync(FetchScene.TimeOut));
        FetchDownload download = await fetcher.DownloadAsync(request, _path).WaitAsync(FetchScene.TimeOut);
        Assert.Equal((10L, 0L), (download.Bytes, download.ResumedFrom));
        Assert.Equal(Whole, Encoding.ASCII.GetString(await File.ReadAllBytesAsync(_path)));
    }
}
