using FsCheck;
using FsCheck.Fluent;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Wire;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>However a stream is cut, ordered, repeated and overlapped, its bytes come once and in their
/// order.</summary>
public sealed class TcpAssemblerTests
{
    private static readonly Gen<(byte[] Stream, uint First, (int At, int Length)[] Cuts)> s_cuts =
        from length in Gen.Choose(1, 400)
        from bytes in Any.Byte.ArrayOf(length)
        from first in Gen.OneOf(Any.Long, Gen.Constant(uint.MaxValue - 100))
        from cuts in Pieces(length)
        from extra in (
            from at in Gen.Choose(0, length - 1)
            from count in Gen.Choose(1, 60)
            select (at, Math.Min(count, length - at))).ListOf()
        from order in Gen.Shuffle(cuts.Concat(extra).ToArray())
        select (bytes, first, order);

    [Fact]
    public void AnyCutAndOrderAndRepetitionGivesTheStream() => Any.Check(s_cuts, one =>
    {
        var assembler = new TcpAssembler();
        assembler.Begin(new TcpSequence(one.First));
        var found = new List<byte>();
        foreach ((int at, int length) in one.Cuts)
        {
            Take(assembler.Take(new TcpSequence(one.First + (uint)at), one.Stream.AsSpan(at, length)), found);
        }

        Assert.Equal(one.Stream, found);
        Assert.Equal(one.Stream.Length, assembler.Bytes);
        Assert.Equal(one.Cuts.Sum(cut => cut.Length) - one.Stream.Length, assembler.RepeatedBytes);
        Assert.Equal((0, 0), (assembler.MissingBytes, assembler.HeldBytes));
    });

    [Fact]
    public void OfBytesThatCameTwiceTheFirstCount()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        Take(assembler.Take(new TcpSequence(2), "CD"u8), found);
        Take(assembler.Take(new TcpSequence(0), "abcdef"u8), found);
        Take(assembler.Take(new TcpSequence(4), "EFG"u8), found);
        Assert.Equal("abCDefG", System.Text.Encoding.ASCII.GetString([.. found]));
    }

    [Fact]
    public void WhatIsAcknowledgedAndNotThereIsMissing()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(1));
        Take(assembler.Take(new TcpSequence(1), "ab"u8), found);
        Take(assembler.Take(new TcpSequence(8), "hi"u8), found);
        Assert.Equal(2, found.Count);
        long missing = Take(assembler.Skip(new TcpSequence(10)), found);
        Assert.Equal((5, 5), (missing, assembler.MissingBytes));
        Assert.Equal("abhi"u8.ToArray(), found);
    }

    [Fact]
    public void TheEndOfTheCaptureReleasesWhatWaits()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        Take(assembler.Take(new TcpSequence(3), "b"u8), found);
        Take(assembler.Take(new TcpSequence(7), "c"u8), found);
        Assert.Equal(6, Take(assembler.Finish(), found));
        Assert.Equal("bc"u8.ToArray(), found);
    }

    [Fact]
    public void BytesThatWaitAreBounded()
    {
        var limits = new StreamLimits { HeldBytesMax = 1_000, HeldBytesTotalMax = 4_000 };
        var assembler = new TcpAssembler(limits);
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        for (uint at = 10; at < 100_000; at += 110)
        {
            Take(assembler.Take(new TcpSequence(at), new byte[100]), found);
            Assert.InRange(assembler.HeldBytes, 0, limits.HeldBytesMax + 100);
        }

        Assert.True(assembler.MissingBytes > 0);
        Assert.True(found.Count > 80_000);
    }

    [Fact]
    public void AnAcknowledgementThatIsSeenBeforeItsBytesTakesNothingAway()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(1));
        Take(assembler.Skip(new TcpSequence(7)), found);
        Take(assembler.Take(new TcpSequence(1), "abc"u8), found);
        Take(assembler.Take(new TcpSequence(4), "def"u8), found);
        Assert.Equal("abcdef"u8.ToArray(), found);
        Assert.Equal((0, 0), (assembler.MissingBytes, assembler.RepeatedBytes));
    }

    [Fact]
    public void BeforeTheFirstBytesAreSeenAnAcknowledgementTakesNothingAway()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        Take(assembler.Skip(new TcpSequence(104)), found);
        Take(assembler.Take(new TcpSequence(101), "abc"u8), found);
        Assert.Equal("abc"u8.ToArray(), found);
        Assert.Equal((0, 0), (assembler.MissingBytes, assembler.RepeatedBytes));
    }

    [Fact]
    public void WhatComesBehindAcknowledgedBytesShowsThatTheyAreMissing()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(1));
        Take(assembler.Take(new TcpSequence(1), "ab"u8), found);
        Assert.Equal(0, Take(assembler.Skip(new TcpSequence(10)), found));
        Assert.Equal(7, Take(assembler.Take(new TcpSequence(10), "jk"u8), found));
        Assert.Equal("abjk"u8.ToArray(), found);
    }

    [Fact]
    public void AForgedAcknowledgementDoesNotHideWhatComesLater()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(1));
        Take(assembler.Skip(new TcpSequence(1_000_000)), found);
        Take(assembler.Take(new TcpSequence(4), "def"u8), found);
        Take(assembler.Take(new TcpSequence(1), "abc"u8), found);
        Assert.Equal("abcdef"u8.ToArray(), found);
        Assert.Equal((0, 0), (assembler.MissingBytes, assembler.RepeatedBytes));
    }

    [Fact]
    public void AtTheEndOfTheCaptureWhatWasAcknowledgedAndDidNotComeIsMissing()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(1));
        Take(assembler.Take(new TcpSequence(1), "ab"u8), found);
        Take(assembler.Skip(new TcpSequence(10)), found);
        Assert.Equal((7, 7), (Take(assembler.Finish(), found), assembler.MissingBytes));
        Assert.Equal("ab"u8.ToArray(), found);
    }

    [Fact]
    public void WithoutRoomToWaitNobodyWaits()
    {
        var assembler = new TcpAssembler(new StreamLimits { HeldBytesTotalMax = 512 });
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        for (uint at = 10; at <= 400; at += 10)
        {
            Take(assembler.Take(new TcpSequence(at), "x"u8), found);
        }

        Assert.InRange(found.Count, 18, 40);
        Assert.InRange(assembler.Bytes + assembler.MissingBytes, 350, 401);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void HolesWithoutEndTakeLittleWorkEach(int direction)
    {
        const int Count = 60_000;
        var limits = new StreamLimits();
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        for (int i = 0; i < Count; i++)
        {
            int at = direction > 0 ? i : Count - 1 - i;
            Take(assembler.Take(new TcpSequence(1 + (2 * (uint)at)), "x"u8), found);
            Assert.InRange(assembler.HeldCount, 0, limits.HeldPiecesMax + 1);
        }

        Take(assembler.Skip(new TcpSequence(2 * Count)), found);
        Assert.Equal(0, assembler.HeldBytes);

        // In their order each costs next to nothing; in the worst one, no more than the limit.
        Assert.InRange(assembler.Steps, 0, Count * (direction > 0 ? 4L : limits.HeldPiecesMax + 12L));
    }

    [Fact]
    public void NumbersHalfTheCircleAheadAreNoTrouble()
    {
        var assembler = new TcpAssembler();
        var found = new List<byte>();
        assembler.Begin(new TcpSequence(0));
        foreach (uint at in (uint[])[0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0x7FFF_FFF0, 5, 0])
        {
            Take(assembler.Take(new TcpSequence(at), "abcdefgh"u8), found);
        }

        Take(assembler.Finish(), found);
        Assert.Equal(29, found.Count);
    }

    private static Gen<(int At, int Length)[]> Pieces(int length) =>
        from cuts in Gen.Choose(1, Math.Max(1, length)).ListOf()
        select Split(length, cuts);

    private static (int At, int Length)[] Split(int length, IEnumerable<int> cuts)
    {
        int[] places = [0, .. cuts.Where(cut => cut < length).Distinct().Order(), length];
        return [.. places.Zip(places.Skip(1), (at, end) => (at, end - at)).Where(piece => piece.Item2 > 0)];
    }

    private static long Take(StreamPieces pieces, List<byte> found)
    {
        long missing = 0;
        while (pieces.TryRead(out StreamPiece piece))
        {
            found.AddRange(piece.Bytes);
            missing += piece.MissingBefore;
        }

        return missing;
    }
}
