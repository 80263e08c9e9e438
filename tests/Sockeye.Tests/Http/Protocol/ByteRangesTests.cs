using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Http.Protocol;

namespace Sockeye.Tests.Http.Protocol;

public sealed class ByteRangesTests
{
    [Theory]
    [InlineData("bytes=0-499", "0-499")]        // RFC 9110 section 14.1.2: the examples, of 10,000 bytes.
    [InlineData("bytes=500-999", "500-999")]
    [InlineData("bytes=-500", "9500-9999")]
    [InlineData("bytes=9500-", "9500-9999")]
    [InlineData("bytes=0-0,-1", "0-0,9999-9999")]
    [InlineData("bytes= 0-0, 4500-5499, -1000", "0-0,4500-5499,9000-9999")]
    [InlineData("bytes=500-600,601-999", "500-999")]
    [InlineData("bytes=500-700,601-999", "500-999")]
    [InlineData("BYTES=0-0", "0-0")]
    [InlineData("bytes=0-99999999999999999999999999", "0-9999")]
    [InlineData("bytes=-99999999999999999999999999", "0-9999")]
    [InlineData("bytes=9000-9999,0-10", "9000-9999,0-10")]   // The client's order, for nothing is joined.
    [InlineData("bytes=9000-9999,0-10,9500-", "0-10,9000-9999")]
    [InlineData("bytes=0-0,20000-", "0-0")]
    [InlineData("bytes=0-0,-0", "0-0")]
    [InlineData("bytes=,0-0,,", "0-0")]
    [InlineData("bytes=0-10,91-100", "0-10,91-100")]
    [InlineData("bytes=0-10,90-100", "0-100")]
    [InlineData("bytes=10000-", "416")]
    [InlineData("bytes=-0", "416")]
    [InlineData("bytes=99999999999999999999999999-", "416")]
    [InlineData("", "200")]
    [InlineData("bytes", "200")]
    [InlineData("bytes=", "200")]
    [InlineData("bytes=,", "200")]
    [InlineData("bytes=-", "200")]
    [InlineData("bytes=5-4", "200")]
    [InlineData("bytes=a-b", "200")]
    [InlineData("bytes=0-1,x", "200")]
    [InlineData("bytes=0 -1", "200")]
    [InlineData("bytes=0--1", "200")]
    [InlineData("bytes=+1-2", "200")]
    [InlineData("bytes =0-1", "200")]
    [InlineData("lines=0-1", "200")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30", "0-30")]
    [InlineData("bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0", "200")]  // CVE-2011-3192.
    public void RangesAreResolved(string field, string expected) =>
        Assert.Equal(expected, Resolve(FieldText.Of(field), 10_000));

    [Theory]
    [InlineData("bytes=0-", "416")]
    [InlineData("bytes=-5", "200")]
    [InlineData("bytes=0-,-5", "200")]
    public void NothingHasNoFirstByte(string field, string expected) =>
        Assert.Equal(expected, Resolve(FieldText.Of(field), 0));

    [Fact]
    public void JoinedRangesCoverTheSameBytesOnce() => Prop.ForAll<(byte, byte)[]>(pairs =>
    {
        (int First, int Last)[] asked = [.. pairs.Take(ByteRanges.RangesMax).Select(one =>
            (Math.Min(one.Item1, one.Item2) * 100, Math.Max(one.Item1, one.Item2) * 100))];
        if (asked.Length == 0)
        {
            return true;
        }

        byte[] field = FieldText.Of("bytes=" + string.Join(',', asked.Select(one => $"{one.First}-{one.Last}")));
        Span<ByteRange> ranges = stackalloc ByteRange[ByteRanges.RangesMax];
        bool isPartial = ByteRanges.Resolve(field, 30_000, ranges, out int count) == RangeOutcome.Partial;
        ByteRange[] got = ranges[..count].ToArray();
        bool areApart = got.OrderBy(one => one.First).Aggregate((IsGood: true, Last: -1L), (sofar, one) =>
            (sofar.IsGood && one.First > sofar.Last && one.Last >= one.First && one.Last < 30_000, one.Last)).IsGood;
        bool coverAll = asked.All(one => got.Any(range => range.First <= one.First && range.Last >= one.Last));
        return isPartial && areApart && coverAll && got.Length <= asked.Length;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("bytes 42-1233/1234", 42, 1233, 1234)]  // RFC 9110 section 14.4: the examples.
    [InlineData("bytes 42-1233/*", 42, 1233, -1)]
    [InlineData("bytes */1234", -1, -1, 1234)]
    [InlineData("bytes 0-0/1", 0, 0, 1)]
    [InlineData("bytes */0", -1, -1, 0)]
    public void ContentRangesAreReadAndWritten(string text, long first, long last, long length)
    {
        Assert.True(ContentRange.TryParse(FieldText.Of(text), out ContentRange read));
        Assert.Equal(first < 0 ? null : new ByteRange(first, last), read.Range);
        Assert.Equal(length < 0 ? null : length, read.CompleteLength);
        Assert.Equal(text, FieldText.Written(read.Write));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes 0-1")]
    [InlineData("bytes */*")]
    [InlineData("bytes 2-1/5")]
    [InlineData("bytes 0-5/5")]
    [InlineData("bytes 0-99999999999999999999/*")]
    [InlineData("bytes -1/5")]
    [InlineData("bytes 0-/5")]
    [InlineData("items 0-1/5")]
    [InlineData("bytes=0-1/5")]
    public void MalformedContentRangesAreRefused(string text) =>
        Assert.False(ContentRange.TryParse(FieldText.Of(text), out _));

    [Fact]
    public void ContentRangesThatSayNothingAreNotWritten()
    {
        ContentRange[] bad = [default, new(new ByteRange(5, 4), 10), new(new ByteRange(0, 10), 10)];
        Assert.All(bad, one => Assert.Throws<InvalidOperationException>(() => FieldText.Written(one.Write)));
    }

    [Fact]
    public void MultipartIsAsInTheRfc()
    {
        // RFC 9110 section 14.6, with a boundary of ours.
        var multipart = new MultipartByteRanges(new byte[16], "application/pdf"u8, 8000);
        ByteRange[] ranges = [new(500, 999), new(7000, 7999)];
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0123456789", 800)));
        string body = FieldText.Written(output =>
        {
            foreach (ByteRange one in ranges)
            {
                multipart.WritePartHead(output, one);
                System.Buffers.BuffersExtensions.Write(output, content.AsSpan((int)one.First, (int)one.Length));
            }

            multipart.WriteEnd(output);
        });
        string boundary = new('0', 32);
        Assert.Equal($"multipart/byteranges;boundary={boundary}", FieldText.Written(multipart.WriteContentType));
        Assert.Equal(
            $"\r\n--{boundary}\r\nContent-Type: application/pdf\r\nContent-Range: bytes 500-999/8000\r\n\r\n" +
            FieldText.Text(content.AsSpan(500, 500)) +
            $"\r\n--{boundary}\r\nContent-Type: application/pdf\r\nContent-Range: bytes 7000-7999/8000\r\n\r\n" +
            FieldText.Text(content.AsSpan(7000, 1000)) + $"\r\n--{boundary}--\r\n",
            body);
        Assert.Equal(body.Length, multipart.LengthOf(ranges));
    }

    [Fact]
    public void MultipartRefusesWhatWouldBreakIt()
    {
        Assert.Throws<ArgumentException>(() => new MultipartByteRanges(new byte[3], default, 1));
        Assert.Throws<ArgumentException>(() => new MultipartByteRanges(new byte[16], "a/b\r\nX: y"u8, 1));
        Assert.Throws<InvalidOperationException>(() => FieldText.Written(default(MultipartByteRanges).WriteEnd));
    }

    private static string Resolve(ReadOnlySpan<byte> field, long length)
    {
        Span<ByteRange> ranges = stackalloc ByteRange[ByteRanges.RangesMax];
        return ByteRanges.Resolve(field, length, ranges, out int count) switch
        {
            RangeOutcome.Whole => "200",
            RangeOutcome.NotSatisfiable => "416",
            _ => string.Join(',', ranges[..count].ToArray().Select(one => $"{one.First}-{one.Last}")),
        };
    }
}
