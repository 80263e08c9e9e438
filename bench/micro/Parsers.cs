using System.Text;
using BenchmarkDotNet.Attributes;
using Sockeye.Http.Protocol;

namespace Micro;

/// <summary>What it takes to understand bytes that are all there.</summary>
[MemoryDiagnoser]
public class Parsers
{
    private const int PipelinedRequests = 16;
    private const int ChunkBytes = 1_024;

    private readonly byte[] _least = "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"u8.ToArray();

    private readonly byte[] _browser = Encoding.ASCII.GetBytes(
        "GET /notes/17?sort=name HTTP/1.1\r\n"
        + "Host: www.example.com\r\n"
        + "Connection: keep-alive\r\n"
        + "Cache-Control: max-age=0\r\n"
        + "Upgrade-Insecure-Requests: 1\r\n"
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Chrome/142.0 Safari/537.36\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
        + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
        + "Accept-Language: en-US,en;q=0.9\r\n"
        + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
        + "If-None-Match: \"5f3a-61c0\"\r\n\r\n");

    // Their first field differs, so that nothing of the one is recalled for the other.
    private readonly byte[] _otherBrowser;

    private readonly byte[] _response = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: Sockeye\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
        + "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\n");

    private readonly byte[] _pipelined;
    private readonly byte[] _chunks;
    private readonly RequestParser _requests = new();
    private readonly ResponseParser _responses = new();
    private readonly ChunkedDecoder _decoder = new();

    public Parsers()
    {
        _otherBrowser = Encoding.ASCII.GetBytes(
            Encoding.ASCII.GetString(_browser).Replace("Host: www", "Host: cdn", StringComparison.Ordinal));
        _pipelined = [.. Enumerable.Repeat(_least, PipelinedRequests).SelectMany(one => one)];
        string chunk = $"{ChunkBytes:x}\r\n{new string('x', ChunkBytes)}\r\n";
        _chunks = Encoding.ASCII.GetBytes($"{string.Concat(Enumerable.Repeat(chunk, 16))}0\r\n\r\n");
    }

    [Benchmark]
    public int RequestOfTwoLines() => Parse(_least);

    [Benchmark]
    public int RequestOfABrowser() => Parse(_browser);

    [Benchmark(OperationsPerInvoke = 2)]
    public int RequestsOfTwoBrowsersInTurn() => Parse(_browser) + Parse(_otherBrowser);

    [Benchmark(OperationsPerInvoke = PipelinedRequests)]
    public int RequestOfSixteenPipelined() => Parse(_pipelined);

    [Benchmark]
    public int Response()
    {
        _responses.Reset(Method.Get);
        Expect(_responses.Parse(_response) == ParseStatus.Done);
        return _responses.Consumed;
    }

    [Benchmark]
    public int BodyOfSixteenChunks()
    {
        _decoder.Reset();
        ReadOnlySpan<byte> rest = _chunks;
        int bytes = 0;
        ChunkedStatus status;
        do
        {
            status = _decoder.Decode(rest, out int consumed, out ReadOnlySpan<byte> data);
            bytes += data.Length;
            rest = rest[consumed..];
        }
        while (status == ChunkedStatus.Data);
        Expect(status == ChunkedStatus.Done && bytes == 16 * ChunkBytes);
        return bytes;
    }

    private int Parse(ReadOnlyMemory<byte> input)
    {
        int fields = 0;
        while (!input.IsEmpty)
        {
            _requests.Reset();
            Expect(_requests.Parse(input) == ParseStatus.Done);
            fields += _requests.Head.Fields.Count;
            input = input[_requests.Consumed..];
        }

        return fields;
    }

    /// <summary>Fast and wrong is no figure.</summary>
    private static void Expect(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("The benchmark's input was not understood.");
        }
    }
}
