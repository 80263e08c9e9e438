using System.Buffers;
using System.Text;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class ChunkedDecoderTests
{
    [Fact]
    public void DataIsAPartOfTheInput()
    {
        byte[] input = "5\r\nhello\r\n1;x\r\n!\r\n0\r\n\r\nrest"u8.ToArray();
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkedStatus.Data, decoder.Decode(input, out int consumed, out ReadOnlySpan<byte> data));
        Assert.Equal(8, consumed);
        Assert.True(data.Overlaps(input, out int offset));
        Assert.Equal(3, Math.Abs(offset));
        Assert.Equal(5, data.Length);
        int at = consumed;
        Assert.Equal(ChunkedStatus.Data, decoder.Decode(input.AsSpan(at), out consumed, out data));
        Assert.Equal("!"u8, data);
        at += consumed;
        Assert.Equal(ChunkedStatus.Done, decoder.Decode(input.AsSpan(at), out consumed, out data));
        Assert.Equal("rest"u8, input.AsSpan(at + consumed));
        Assert.Equal(ChunkedStatus.Done, decoder.Decode("more"u8, out consumed, out data));
        Assert.Equal(0, consumed);
        Assert.Equal(6, decoder.BodyBytes);
    }

    [Fact]
    public void ASizeOfTwoToThe31IsAnOrdinarySize()
    {
        var decoder = new ChunkedDecoder(new HttpLimits { BodyBytesMax = long.MaxValue });
        Assert.Equal(ChunkedStatus.Data, decoder.Decode("80000000\r\nhello"u8, out int consumed, out var data));
        Assert.Equal(15, consumed);
        Assert.Equal("hello"u8, data);
        Assert.Equal(0x8000_0000, decoder.BodyBytes);
        decoder.Reset();
        Assert.Equal(ChunkedStatus.Data, decoder.Decode("FFFfffFFFFFFFFF\r\nx"u8, out _, out data));
        Assert.Equal(0xFFFFFFFFFFFFFFF, decoder.BodyBytes);
        decoder.Reset();
        Assert.Equal(ChunkedStatus.Rejected, decoder.Decode("1000000000000000\r\nx"u8, out _, out data));
        Assert.Equal(HttpRule.BadChunkSize, decoder.Rule);
        Assert.Equal(ChunkedStatus.Rejected, decoder.Decode("0\r\n\r\n"u8, out _, out data));
    }

    [Fact]
    public void TheLimitOfOneBodyCanBeRaisedAndLowered()
    {
        var decoder = new ChunkedDecoder { BodyBytesMax = 4 };
        Assert.Equal(ChunkedStatus.Rejected, decoder.Decode("5\r\n"u8, out _, out _));
        Assert.Equal(HttpRule.BodyTooLong, decoder.Rule);
        decoder.Reset();
        Assert.Equal(HttpLimits.Default.BodyBytesMax, decoder.BodyBytesMax);
        decoder.BodyBytesMax = 5;
        Assert.Equal(ChunkedStatus.Data, decoder.Decode("5\r\nhello\r\n"u8, out _, out _));
        Assert.Equal(ChunkedStatus.Rejected, decoder.Decode("\r\n1\r\n"u8, out _, out _));
    }

    [Fact]
    public void ExtensionsOfManyLargeChunksAreAllowed()
    {
        // As signed uploads have them: 85 bytes for 64 KiB, more in all than the limit without its share of the data.
        string line = $"10000;chunk-signature={new string('a', 64)}\r\n";
        byte[] chunk = [.. Encoding.ASCII.GetBytes(line), .. new byte[0x10000], .. "\r\n"u8];
        var decoder = new ChunkedDecoder();
        for (int i = 0; i < 400; i++)
        {
            Assert.Equal(ChunkedStatus.Data, decoder.Decode(chunk, out int consumed, out _));
            Assert.Equal(ChunkedStatus.NeedMore, decoder.Decode(chunk.AsSpan(consumed), out consumed, out _));
            Assert.Equal(2, consumed);
        }
    }

    [Theory]
    [InlineData("5;a", 1_022, true)]
    [InlineData("5;a", 1_023, false)]
    public void OneExtensionIsBounded(string start, int more, bool isAllowed)
    {
        // The semicolon counts: ";a" and 1,022 more are 1,024.
        var decoder = new ChunkedDecoder();
        byte[] input = Encoding.ASCII.GetBytes($"{start}{new string('a', more)}\r\nhello");
        Assert.Equal(isAllowed ? ChunkedStatus.Data : ChunkedStatus.Rejected, decoder.Decode(input, out _, out _));
        Assert.Equal(isAllowed ? HttpRule.None : HttpRule.ChunkExtensionsTooLong, decoder.Rule);
    }

    [Fact]
    public void TrailersOutliveTheInputAndAreResetWithTheDecoder()
    {
        byte[] input = "0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"u8.ToArray();
        var decoder = new ChunkedDecoder();
        Assert.Equal(ChunkedStatus.NeedMore, decoder.Decode(input.AsSpan(0, 10), out int consumed, out _));
        Assert.Equal(3, consumed);
        Assert.Equal(ChunkedStatus.Done, decoder.Decode(input.AsSpan(consumed), out _, out _));
        Array.Clear(input);
        Assert.Equal(2, decoder.Trailers.Count);
        Assert.Equal("2", decoder.Trailers[1].ValueText);
        decoder.Reset();
        Assert.Equal(0, decoder.Trailers.Count);
    }

    [Fact]
    public void WhatIsWrittenInChunksIsReadBack()
    {
        var output = new ArrayBufferWriter<byte>();
        ChunkWriter.Write(output, "hello"u8);
        ChunkWriter.Write(output, default);
        ChunkWriter.Write(output, new byte[0x1ABC]);
        Assert.Contains("\r\n1abc\r\n", Encoding.Latin1.GetString(output.WrittenSpan), StringComparison.Ordinal);
        ChunkWriter.WriteLast(output);
        byte[] head = Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        Conversation conversation = Conversation.Read([(byte[])[.. head, .. output.WrittenSpan]]);
        Assert.Contains($"= hello{new string('\0', 0x1ABC)}\n", conversation.Log, StringComparison.Ordinal);
    }
}
