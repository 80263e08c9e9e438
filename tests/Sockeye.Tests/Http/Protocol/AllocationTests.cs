using System.Buffers;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class AllocationTests
{
    private const int Batch = 1_000;
    private const int BatchesMax = 2_000;

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
        Assert.Equal(0, AllocatedBy(() =>
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
        }));
    }

    [Fact]
    public void AChunkedBodyAllocatesNothing()
    {
        byte[] input = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"u8.ToArray();
        var decoder = new ChunkedDecoder();
        var output = new ArrayBufferWriter<byte>(1_024);
        Assert.Equal(0, AllocatedBy(() =>
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
        }));
    }

    /// <summary>What the last batch allocated: none as soon as one batch allocates nothing. Before that the runtime's
    /// own code allocates, until it is compiled for good in the background.</summary>
    private static long AllocatedBy(Action action)
    {
        long allocated = 1;
        for (int batch = 0; batch < BatchesMax && allocated > 0; batch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Batch; i++)
            {
                action();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return allocated;
    }
}
