using System.IO.Compression;
using System.Text;
using Sockeye.Http.Client;

namespace Sockeye.Tests.Http.Client;

/// <summary>Content codings are undone, within bounds, and only those that were asked for.</summary>
public sealed class DecompressionTests
{
    private static readonly byte[] s_text =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Sockeye! ", 5_000)));

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip", false)]
    [InlineData("br", true)]
    [InlineData("br", false)]
    [InlineData("deflate", true)]
    [InlineData("raw-deflate", true)]
    [InlineData("gzip, br", true)]
    [InlineData("X-GZip", true)]
    public async Task BodyIsDecompressedAndTheConnectionKept(string coding, bool inChunks)
    {
        await using ScriptedServer server = Serve(
            coding.Replace("raw-", ""), Encode(coding.ToLowerInvariant(), s_text), inChunks);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        for (int i = 0; i < 2; i++)
        {
            await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
            Assert.True(response.IsDecompressed);
            Assert.Equal(s_text, await response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task BombIsStoppedAtItsLimit()
    {
        await using ScriptedServer server = Serve("gzip", Encode("gzip", new byte[50_000_000]), inChunks: false);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(
            network, HttpFetcherOptions.Default with { DecompressedBytesMax = 1_000_000 });
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        HttpIOException exception = await Assert.ThrowsAsync<HttpIOException>(
            () => response.Body.CopyToAsync(Stream.Null).WaitAsync(FetchScene.TimeOut));
        Assert.Contains("DecompressedBytesMax", exception.Message);
        await Eventually.Async(() => fetcher.ConnectionCount == fetcher.IdleConnectionCount);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task BodyThatIsNotWhatItSaysIsAnError(string coding)
    {
        byte[] plain = Encoding.ASCII.GetBytes("xx this is plain text");
        await using ScriptedServer server = Serve(coding, plain, inChunks: false);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        await Assert.ThrowsAsync<HttpIOException>(() => response.ReadBytesAsync().WaitAsync(FetchScene.TimeOut));
    }

    [Fact]
    public async Task WhoAsksForACodingGetsItAsItIs()
    {
        byte[] encoded = Encode("gzip", s_text);
        string seen = "";
        await using ScriptedServer server = Serve("gzip", encoded, inChunks: false, head => seen = head);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(
            new FetchRequest("GET", server.Root) { Fields = new FetchFields { ["Accept-Encoding"] = "gzip" } });
        Assert.False(response.IsDecompressed);
        Assert.Equal(encoded, await response.ReadBytesAsync());
        using var plain = new HttpFetcher(network, HttpFetcherOptions.Default with { Decompresses = false });
        await using FetchResponse asIs = await plain.SendAsync(new FetchRequest("GET", server.Root));
        Assert.DoesNotContain("Accept-Encoding", seen);
        Assert.Equal(encoded, await asIs.ReadBytesAsync());
    }

    [Fact]
    public async Task UnknownCodingIsLeftAlone()
    {
        await using ScriptedServer server = Serve("zstd", s_text, inChunks: false);
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        using var fetcher = new HttpFetcher(network);
        await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", server.Root));
        Assert.False(response.IsDecompressed);
        Assert.Equal(s_text, await response.ReadBytesAsync());
    }

    private static ScriptedServer Serve(string coding, byte[] body, bool inChunks, Action<string>? seen = null) =>
        new(async (peer, _) =>
        {
            while (await peer.ReadHeadAsync() is { Length: > 0 } head)
            {
                seen?.Invoke(head);
                await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n");
                await peer.SendAsync(inChunks
                    ? $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n"
                    : $"Content-Length: {body.Length}\r\n\r\n");
                await peer.SendAsync(body);
                await peer.SendAsync(inChunks ? "\r\n0\r\n\r\n" : "");
            }
        });

    private static byte[] Encode(string codings, byte[] bytes)
    {
        foreach (string coding in codings.Split(", "))
        {
            var encoded = new MemoryStream();
            using (Stream encoder = coding switch
            {
                "br" => new BrotliStream(encoded, CompressionMode.Compress),
                "deflate" => new ZLibStream(encoded, CompressionMode.Compress),
                "raw-deflate" => new DeflateStream(encoded, CompressionMode.Compress),
                _ => new GZipStream(encoded, CompressionMode.Compress),
            })
            {
                encoder.Write(bytes);
            }

            bytes = encoded.ToArray();
        }

        return bytes;
    }
}
