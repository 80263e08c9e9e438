using System.Buffers;
using BenchmarkDotNet.Attributes;
using Sockeye.Http.Protocol;

namespace Micro;

/// <summary>What it takes to write into room that is there.</summary>
[MemoryDiagnoser]
public class Writers
{
    private readonly ArrayBufferWriter<byte> _output = new(65_536);
    private readonly byte[] _content = new byte[1_024];
    private readonly DateTimeOffset _now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Benchmark]
    public int HeadOfAResponse()
    {
        _output.ResetWrittenCount();
        var head = new HeadWriter(_output);
        head.StatusLine(StatusCode.Ok);
        head.Field(KnownField.Server, "Sockeye"u8);
        head.Field(KnownField.Date, _now);
        head.Field(KnownField.ContentType, "text/plain"u8);
        head.Field(KnownField.ContentLength, 13);
        head.End();
        return _output.WrittenCount;
    }

    [Benchmark]
    public int HeadOfARequest()
    {
        _output.ResetWrittenCount();
        var head = new HeadWriter(_output);
        head.RequestLine(Method.Get, "/notes/17?sort=name"u8);
        head.Field(KnownField.Host, "www.example.com"u8);
        head.Field("X-Request-Id"u8, "0123456789abcdef"u8);
        head.End();
        return _output.WrittenCount;
    }

    [Benchmark]
    public int ChunkOf1024Bytes()
    {
        _output.ResetWrittenCount();
        ChunkWriter.Write(_output, _content);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int WebSocketFrameOf1024Bytes()
    {
        _output.ResetWrittenCount();
        WebSocketWriter.WriteFrame(_output, WebSocketOpcode.Binary, _content);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int MaskedWebSocketFrameOf1024Bytes()
    {
        _output.ResetWrittenCount();
        WebSocketWriter.WriteFrame(_output, WebSocketOpcode.Binary, _content, mask: 0x12345678);
        return _output.WrittenCount;
    }
}
