using System.Buffers;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class AllocationTests
{
    [Fact]
    public void ASmallRequestAndItsResponseAllocateNothing()
    {
        byte[] input =
        [
            .. "GET /hello?x=y HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n"u8,
            .. "Connection: keep-alive\r\nX-Own: z\r\n\r\n"u8,
        ];
        var parser = new RequestParser();
        var output = new ArrayBufferWriter<byte>(1_024);
        Allocations.AssertNone(() =>
        {
            parser.Parse(input);
            RequestHead head = parser.Head;
            bool isRight = head.KeepAlive && head.Path.SequenceEqual("/hello"u8)
                && head.Fields.Contains(KnownField.Accept)
                && head.Fields.TryGet("x-own"u8, out ReadOnlySpan<byte> own) && own.Length == 1;
            var writer = new HeadWriter(output);
            writer.StatusLine(isRight ? StatusCode.Ok : StatusCode.BadRequest);
            writer.Field(KnownField.ContentType, "text/plain"u8);
            writer.Field(KnownField.ContentLength, 13);
            writer.Field(KnownField.Date, DateTimeOffset.UnixEpoch);
            writer.Field("X-Text", "value");
            writer.End();
            output.Write("Hello, World!"u8);
            output.ResetWrittenCount();
            parser.Reset();
        });
    }

    [Fact]
    public void AChunkedBodyAllocatesNothing()
    {
        byte[] input = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"u8.ToArray();
        var decoder = new ChunkedDecoder();
        var output = new ArrayBufferWriter<byte>(1_024);
        Allocations.AssertNone(() =>
        {
            ReadOnlySpan<byte> rest = input;
            while (decoder.Decode(rest, out int consumed, out ReadOnlySpan<byte> data) == ChunkedStatus.Data)
            {
                ChunkWriter.Write(output, data);
                rest = rest[consumed..];
            }

            ChunkWriter.WriteLast(output);
            output.ResetWrittenCount();
            decoder.Reset();
        });
    }
}
