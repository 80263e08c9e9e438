using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Framing;

namespace Sockeye.Tests.Framing;

public sealed class FramingTests
{
    [Theory]
    [InlineData(LineEnd.Either, "a\nbc\r\n\n", "a|bc|")]
    [InlineData(LineEnd.Either, "a\rb\r\r\n\r\n", "a\rb\r|")]
    [InlineData(LineEnd.Lf, "a\r\nb\n", "a\r|b")]
    [InlineData(LineEnd.Crlf, "a\nb\r\n\r\r\n", "a\nb|\r")]
    [InlineData(LineEnd.Either, "12345678\n", "12345678")]
    [InlineData(LineEnd.Either, "12345678\r\n", "12345678")]
    [InlineData(LineEnd.Crlf, "12345678\r\n", "12345678")]
    [InlineData(LineEnd.Either, "123456789\nx\n", "!TooLong")]
    [InlineData(LineEnd.Either, "123456789\r\n", "!TooLong")]
    [InlineData(LineEnd.Lf, "12345678\r\n", "!TooLong")]
    [InlineData(LineEnd.Crlf, "12345678\r\r\n", "!TooLong")]
    [InlineData(LineEnd.Either, "ok\n123456789", "ok|!TooLong")]
    [InlineData(LineEnd.Either, "ok\nlast", "ok|last~")]
    [InlineData(LineEnd.Crlf, "last\r", "last\r~")]
    public void LinesAreTheSameHoweverTheyArrive(LineEnd end, string input, string expected) =>
        OnEverySplit(new LineFraming(end, 8), Encoding.Latin1.GetBytes(input), expected);

    [Theory]
    [InlineData("--", "a--b-c----", "a|b-c|")]
    [InlineData("aab", "xaaab", "xa")]
    [InlineData(";", "12345678;", "12345678")]
    [InlineData(";", "123456789;", "!TooLong")]
    [InlineData("--", "12345678--", "12345678")]
    [InlineData("--", "123456789-", "!TooLong")]
    [InlineData("--", "ok--rest-", "ok|rest-~")]
    [InlineData("\r\n.\r\n", "a\r\n.b\r\n.\r\n", "a\r\n.b")]
    public void DelimitersAreFoundHoweverTheyArrive(string delimiter, string input, string expected) =>
        OnEverySplit(
            new DelimiterFraming(Encoding.Latin1.GetBytes(delimiter), 8), Encoding.Latin1.GetBytes(input), expected);

    [Theory]
    [InlineData(LengthPrefix.OneByte, "0161" + "00" + "026262", "a||bb")]
    [InlineData(LengthPrefix.TwoBytesBigEndian, "000161" + "0000", "a|")]
    [InlineData(LengthPrefix.TwoBytesLittleEndian, "010061", "a")]
    [InlineData(LengthPrefix.FourBytesBigEndian, "0000000161", "a")]
    [InlineData(LengthPrefix.FourBytesLittleEndian, "0100000061", "a")]
    [InlineData(LengthPrefix.EightBytesBigEndian, "000000000000000161", "a")]
    [InlineData(LengthPrefix.EightBytesLittleEndian, "010000000000000061", "a")]
    [InlineData(LengthPrefix.Varint, "0161" + "00", "a|")]
    [InlineData(LengthPrefix.OneByte, "09", "!TooLong")]
    [InlineData(LengthPrefix.TwoBytesBigEndian, "0100", "!TooLong")]
    [InlineData(LengthPrefix.EightBytesBigEndian, "FFFFFFFFFFFFFFFF", "!TooLong")]
    [InlineData(LengthPrefix.Varint, "FFFFFFFFFFFFFFFFFF01", "!TooLong")]      // 2^64 − 1
    [InlineData(LengthPrefix.Varint, "8001", "!TooLong")]                      // 128
    [InlineData(LengthPrefix.Varint, "FFFFFFFFFFFFFFFFFF02", "!Malformed")]    // 65 bits
    [InlineData(LengthPrefix.Varint, "8080808080808080808001", "!Malformed")]  // eleven bytes
    [InlineData(LengthPrefix.Varint, "8100", "!Malformed")]                    // 1, with a byte too many
    [InlineData(LengthPrefix.Varint, "8000", "!Malformed")]                    // 0, with a byte too many
    [InlineData(LengthPrefix.Varint, "026161" + "80", "aa|!Truncated")]
    [InlineData(LengthPrefix.OneByte, "0361", "!Truncated")]
    [InlineData(LengthPrefix.FourBytesBigEndian, "000000", "!Truncated")]
    public void LengthsAreReadHoweverTheyArrive(LengthPrefix prefix, string hex, string expected) =>
        OnEverySplit(new LengthPrefixFraming(prefix, 8), Convert.FromHexString(hex), expected);

    [Theory]
    [InlineData("abcdef", "abc|def")]
    [InlineData("abcd", "abc|!Truncated")]
    public void FixedSizesAreCutHoweverTheyArrive(string input, string expected) =>
        OnEverySplit(new FixedSizeFraming(3), Encoding.Latin1.GetBytes(input), expected);

    [Theory]
    [InlineData(300)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    public void LongVarintsAreTheShortestThatThereAre(int length)
    {
        var framing = new LengthPrefixFraming(LengthPrefix.Varint);
        var output = new ArrayBufferWriter<byte>();
        framing.Write(output, new byte[length]);
        Assert.Equal(length < 16_384 ? 2 : 3, output.WrittenCount - length);
        Assert.Single(FramesOf(framing, [output.WrittenMemory]));
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        foreach (LineEnd end in Enum.GetValues<LineEnd>())
        {
            IsIdentity(new LineFraming(end, 100), end.ToString());
        }

        foreach (LengthPrefix prefix in Enum.GetValues<LengthPrefix>())
        {
            IsIdentity(new LengthPrefixFraming(prefix, 100), prefix.ToString());
        }

        IsIdentity(new DelimiterFraming("aa"u8, 100), "aa");
        IsIdentity(new DelimiterFraming("aba"u8, 100), "aba");
        IsIdentity(new DelimiterFraming(";"u8, 100), ";");
        IsIdentity(new FixedSizeFraming(2), "2");
    }

    [Fact]
    public void PayloadsOverTheLimitAreNotWritten()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => new LineFraming(LineEnd.Lf, 3).Write(output, "abcd"u8));
        Assert.Throws<ArgumentException>(() => new DelimiterFraming(";"u8, 3).Write(output, "abcd"u8));
        Assert.Throws<ArgumentException>(
            () => new LengthPrefixFraming(LengthPrefix.OneByte).Write(output, new byte[256]));
        Assert.Throws<ArgumentException>(() => new FixedSizeFraming(3).Write(output, "abcd"u8));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void PayloadsThatWouldEndEarlyAreNotWritten()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => default(LineFraming).Write(output, "a\nb"u8));
        Assert.Throws<ArgumentException>(() => new DelimiterFraming("aa"u8).Write(output, "xa"u8));
        new LineFraming(LineEnd.Crlf).Write(output, "a\nb"u8);
        Assert.Equal("a\nb\r\n", Encoding.Latin1.GetString(output.WrittenSpan));
    }

    [Fact]
    public void DefaultsHaveLimitsOrSayWhatIsMissing()
    {
        Assert.Equal(FramingLimits.LineBytesMax, default(LineFraming).PayloadBytesMax);
        Assert.Equal(255, default(LengthPrefixFraming).PayloadBytesMax);
        Assert.Throws<InvalidOperationException>(() => default(FixedSizeFraming).PayloadBytesMax);
        Assert.Throws<InvalidOperationException>(() => default(DelimiterFraming).Delimiter.Length);
    }

    /// <summary>
    /// Arbitrary payloads of few different bytes, so that delimiters and halves of them are common, in any pieces.
    /// </summary>
    private static void IsIdentity<TFraming>(TFraming framing, string name)
        where TFraming : struct, IFraming
    {
        Gen<byte[]> payload = Gen.Elements((byte)'a', (byte)'b', (byte)'\r', (byte)'\n', (byte)0x80).ArrayOf();
        Gen<byte[][]> payloads = payload.ArrayOf();
        Gen<(byte[][] Payloads, int Piece)> example =
            payloads.SelectMany(list => Gen.Choose(1, 7).Select(piece => (list, piece)));
        Check.QuickThrowOnFailure(Prop.ForAll(example.ToArbitrary(), one =>
        {
            var output = new ArrayBufferWriter<byte>();
            List<string> expected = [];
            foreach (byte[] bytes in one.Payloads)
            {
                try
                {
                    framing.Write(output, bytes);
                    expected.Add(Encoding.Latin1.GetString(bytes));
                }
                catch (ArgumentException)
                {
                    // It cannot be framed, and nothing of it was written.
                }
            }

            List<ReadOnlyMemory<byte>> pieces = [];
            for (int at = 0; at < output.WrittenCount; at += one.Piece)
            {
                pieces.Add(output.WrittenMemory[at..Math.Min(output.WrittenCount, at + one.Piece)]);
            }

            return FramesOf(framing, pieces).SequenceEqual(expected).Label(name);
        }));
    }

    /// <summary>Every way to cut the input in two, every prefix with its rest, and byte by byte.</summary>
    private static void OnEverySplit<TFraming>(TFraming framing, ReadOnlyMemory<byte> input, string expected)
        where TFraming : struct, IFraming
    {
        for (int cut = 0; cut <= input.Length; cut++)
        {
            Assert.Equal(expected, string.Join('|', FramesOf(framing, [input[..cut], input[cut..]])));
        }

        Assert.Equal(
            expected,
            string.Join('|', FramesOf(framing, [.. Enumerable.Range(0, input.Length).Select(i => input.Slice(i, 1))])));
    }

    private static List<string> FramesOf<TFraming>(TFraming framing, List<ReadOnlyMemory<byte>> pieces)
        where TFraming : struct, IFraming
    {
        List<string> frames = [];
        List<byte> held = [];
        int examined = 0;
        foreach (ReadOnlyMemory<byte> piece in pieces)
        {
            held.AddRange(piece.Span);
            while (held.Count > 0)
            {
                byte[] input = [.. held];
                FrameStatus status = framing.TryRead(input, ref examined, out Range payload, out int consumed);
                if (status == FrameStatus.NeedMore)
                {
                    break;
                }

                if (status != FrameStatus.Frame)
                {
                    frames.Add($"!{status}");
                    return frames;
                }

                frames.Add(Encoding.Latin1.GetString(input[payload]));
                held.RemoveRange(0, consumed);
                examined = 0;
            }
        }

        if (held.Count > 0)
        {
            FrameStatus last = framing.ReadLast([.. held]);
            frames.Add(last == FrameStatus.Frame ? $"{Encoding.Latin1.GetString([.. held])}~" : $"!{last}");
        }

        return frames;
    }
}
