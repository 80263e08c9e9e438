using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Wire;
using Sockeye.Wire.Files;
using Sockeye.Wire.Link;

namespace Sockeye.Tests.Wire;

public sealed class CaptureFileTests
{
    private sealed record Kept(long? Nanoseconds, ByteString Bytes, long OnWire, LinkType LinkType, int Interface);

    private static Gen<(long Time, byte[] Bytes)[]> Frames => (
        from seconds in Gen.Choose(0, int.MaxValue)
        from fraction in Gen.Choose(0, 999_999_999)
        from bytes in Any.Payload
        select ((seconds * 1_000_000_000L) + fraction, bytes)).ArrayOf();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void PcapFilesAreReadAsTheyWereWritten(bool isNanoseconds, bool isBigEndian) => Any.Check(Frames, frames =>
    {
        var stream = new MemoryStream();
        var writer = new PcapWriter(stream, LinkType.LinuxCooked, isNanoseconds, isBigEndian);
        foreach ((long time, byte[] bytes) in frames)
        {
            writer.Write(new Timestamp(time), bytes, bytes.Length + 1);
        }

        long unit = isNanoseconds ? 1 : 1_000;
        IEnumerable<Kept> expected = frames.Select(one => new Kept(
            one.Time / unit * unit, new ByteString(one.Bytes), one.Bytes.Length + 1, LinkType.LinuxCooked, 0));
        Assert.Equal(expected, ReadAll(stream.ToArray()));
    });

    [Theory]
    [InlineData(1_000_000_000UL, 0, false)]
    [InlineData(1_000_000UL, 0, true)]
    [InlineData(1UL, -3_600, false)]
    [InlineData(1UL << 30, 1_000_000, true)]
    public void PcapngFilesAreReadAsTheyWereWritten(ulong ticks, long offset, bool isBigEndian) =>
        Any.Check(Frames, frames =>
        {
            var stream = new MemoryStream();
            var writer = new PcapngWriter(stream, isBigEndian);
            _ = writer.AddInterface(new PcapngInterface { LinkType = LinkType.Raw, SnapLength = 5 });
            int number = writer.AddInterface(new PcapngInterface
            {
                LinkType = LinkType.Ethernet,
                TicksPerSecond = ticks,
                OffsetSeconds = offset,
            });
            foreach ((long time, byte[] bytes) in frames)
            {
                writer.WritePacket(number, new Timestamp(time + 2_000_000_000_000_000), bytes);
                writer.WriteSimplePacket(bytes);
            }

            Kept[] read = [.. ReadAll(stream.ToArray())];
            Assert.Equal(2 * frames.Length, read.Length);
            for (int i = 0; i < frames.Length; i++)
            {
                (long time, byte[] bytes) = frames[i];
                Kept packet = read[2 * i];
                Assert.InRange(
                    time + 2_000_000_000_000_000 - packet.Nanoseconds!.Value, 0, (long)(1_000_000_000 / ticks) + 1);
                Assert.Equal(new ByteString(bytes), packet.Bytes);
                Assert.Equal((LinkType.Ethernet, number), (packet.LinkType, packet.Interface));
                ByteString cut = new(bytes.AsSpan(0, Math.Min(5, bytes.Length)));
                Assert.Equal(new Kept(null, cut, bytes.Length, LinkType.Raw, 0), read[(2 * i) + 1]);
            }
        });

    [Fact]
    public void BlocksAreReadAsTheyWereWritten() => Any.Check(
        from isBigEndian in Any.Flag
        from description in Interfaces
        from statistics in Statistics
        from secret in Any.Bytes(0, 50)
        from names in Any.List(Names, 0, 4)
        from unknown in Any.Bytes(1, 5)
        from comment in Any.Word26
        select (isBigEndian, description, statistics, secret, names, unknown, comment),
        one =>
        {
            var stream = new MemoryStream();
            var writer = new PcapngWriter(stream, one.isBigEndian, PcapngOption.Comment(one.comment));
            _ = writer.AddInterface(one.description);
            var secrets = new PcapngSecrets(PcapngSecrets.TlsKeyLog, one.secret);
            writer.WriteSecrets(secrets);
            writer.WriteNames(one.names.Span);
            writer.WriteStatistics(one.statistics);
            writer.WriteBlock(0x0BAD, one.unknown.Span);
            stream.Position = 0;

            var reader = (PcapngReader)CaptureReader.Open(stream);
            Assert.Equal(PcapngBlockType.SectionHeader, Next(reader).Type);
            Assert.Equal(PcapngBlockType.Interface, Next(reader).Type);
            Assert.Equal([one.description], reader.Interfaces);
            Assert.Equal(secrets, PcapngSecrets.Parse(Next(reader)));
            Assert.Equal(one.names, [.. PcapngNames.ReadAll(Next(reader))]);
            Assert.Equal(one.statistics, PcapngStatistics.Parse(Next(reader)));
            PcapngBlock unknown = Next(reader);
            Assert.Equal(0x0BADu, unknown.Type);
            Assert.True(unknown.Body.StartsWith(one.unknown.Span));
            Assert.False(reader.TryReadBlock(out _));
        });

    [Fact]
    public void CommentOfAPacketIsReadBack()
    {
        var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        int number = writer.AddInterface(new PcapngInterface { LinkType = LinkType.Ethernet, Name = "lo" });
        writer.WritePacket(number, new Timestamp(5_000), [1, 2, 3], 0, PcapngOption.Comment("retransmission of #12"));
        stream.Position = 0;
        CaptureReader reader = CaptureReader.Open(stream);
        Assert.True(reader.TryRead(out CapturedFrame frame));
        PcapngOption option = Assert.Single(PcapngOption.ReadAll(frame.Options, frame.OptionsAreBigEndian));
        Assert.Equal(PcapngOption.Comment("retransmission of #12"), option);
    }

    [Fact]
    public void SectionsOfDifferentByteOrderAndInterfacesAreReadInOneFile()
    {
        var stream = new MemoryStream();
        var writer = new PcapngWriter(stream, isBigEndian: true);
        writer.WritePacket(
            writer.AddInterface(new PcapngInterface { LinkType = LinkType.Raw }), new Timestamp(7_000), [4]);
        writer.BeginSection(isBigEndian: false);
        writer.WritePacket(
            writer.AddInterface(new PcapngInterface { LinkType = LinkType.Null }), new Timestamp(8_000), [5]);
        Assert.Equal(
            [
                new Kept(7_000, new ByteString([4]), 1, LinkType.Raw, 0),
                new Kept(8_000, new ByteString([5]), 1, LinkType.Null, 0),
            ],
            ReadAll(stream.ToArray()));
    }

    [Fact]
    public void ObsoletePacketBlocksAreRead()
    {
        var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        _ = writer.AddInterface(new PcapngInterface { LinkType = LinkType.Raw });
        byte[] body = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(2), 9);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(16), 60);
        body[20] = 0xAB;
        writer.WriteBlock(PcapngBlockType.ObsoletePacket, body);
        Kept expected = new(3_000, new ByteString([0xAB, 0]), 60, LinkType.Raw, 0);
        Assert.Equal([expected], ReadAll(stream.ToArray()));
    }

    [Fact]
    public void EveryCutOfAFileGivesTheFramesBeforeItAndNamesTheOffset()
    {
        foreach (byte[] file in Examples())
        {
            Kept[] whole = [.. ReadAll(file)];
            HashSet<long> ends = EndsOfRecords(file);
            for (int length = 0; length < file.Length; length++)
            {
                var read = new List<Kept>();
                CaptureFileException? damage = Record(() => ReadInto(file[..length], read));
                Assert.Equal(whole.Take(read.Count), read);
                Assert.True(damage is null || damage.Offset <= length, $"cut at {length}");
                Assert.Equal(ends.Contains(length), damage is null);
                Assert.True(damage is null
                    || damage.Message.Contains($"byte {damage.Offset}", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("00000000", 0, "neither pcap nor pcapng")]
    [InlineData("1f8b080000000000", 0, "gunzip")]
    [InlineData(
        "d4c3b2a1020004000000000000000000000004000100000000000000000000000000004000000040", 24, "1073741824 bytes")]
    [InlineData("d4c3b2a103000400000000000000000000000400010000000000000000", 0, "version 3.4")]
    [InlineData("0a0d0d0a1c0000001234567801000000ffffffffffffffff1c000000", 0, "12345678")]
    [InlineData("0a0d0d0a000000004d3c2b1a01000000ffffffffffffffff00000000", 0, "a block of 0 bytes")]
    [InlineData("0a0d0d0a1d0000004d3c2b1a01000000ffffffffffffffff1d00000000", 0, "no multiple of 4")]
    [InlineData("0a0d0d0affffff7f4d3c2b1a01000000ffffffffffffffffffffff7f", 0, "at most 16777216")]
    [InlineData("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff20000000", 0, "28 bytes by the length before")]
    [InlineData("0a0d0d0a1c0000004d3c2b1a02000000ffffffffffffffff1c000000", 0, "version 2")]
    [InlineData(
        "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000" + "0600000020000000" +
        "00000000000000000000000000000000" + "0000000020000000", 28, "interface 0, and 0 were described")]
    [InlineData(
        "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000" + "0600000010000000" + "0000000010000000",
        28, "needs 20 bytes, and has 4")]
    public void DamageIsToldWithItsOffset(string file, long offset, string what)
    {
        CaptureFileException? damage = Record(() => ReadInto(Convert.FromHexString(file), []));
        Assert.NotNull(damage);
        Assert.Equal(offset, damage.Offset);
        Assert.Contains(what, damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DescriptionsOfInterfacesHaveALimitForEachSection()
    {
        byte[] half = new byte[CaptureLimits.InterfaceBytesMax / 2];
        var file = new MemoryStream();
        PcapngWriter? writer = null;
        for (int section = 0; section < 2; section++)
        {
            writer = new PcapngWriter(file);
            writer.WriteBlock(PcapngBlockType.Interface, half);
            writer.WriteBlock(PcapngBlockType.Interface, half);
        }

        Assert.Null(Record(() => ReadInto(file.ToArray(), [])));
        long end = file.Length;
        writer!.WriteBlock(PcapngBlockType.Interface, new byte[8]);
        CaptureFileException? damage = Record(() => ReadInto(file.ToArray(), []));
        Assert.NotNull(damage);
        Assert.Equal(end, damage.Offset);
        Assert.Contains("4194304 bytes", damage.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9_000_000_000)]
    [InlineData(-9_000_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void TimesAreNeverSoFarApartThatTheirDifferenceHasNoNumber(long offset)
    {
        var there = new PcapngInterface { OffsetSeconds = offset };
        var elsewhere = new PcapngInterface { OffsetSeconds = offset < 0 ? long.MaxValue : long.MinValue };
        Timestamp one = there.TimeOf(0);
        Timestamp other = elsewhere.TimeOf(0);
        Assert.Equal(offset < 0 ? Timestamp.Earliest : Timestamp.Latest, one);
        long difference = checked(one.Nanoseconds - other.Nanoseconds);
        Assert.Equal(offset > 0, difference > 0);
        Assert.Equal(offset > 0, one - other > TimeSpan.Zero);
        Assert.Equal(Timestamp.Latest, Timestamp.From(DateTimeOffset.MaxValue));
        Assert.Equal(Timestamp.Earliest, Timestamp.From(DateTimeOffset.MinValue));
    }

    [Fact]
    public void LengthThatPromisesMuchTakesNoMemoryBeforeItComes()
    {
        byte[] file =
            Convert.FromHexString("d4c3b2a102000400000000000000000000000400010000000000000000000000ffffff000000ff00");

        // The reader and its first block, and far from the 16 MB that the file promises.
        Allocations.AssertAtMost(1_000_000, () => Assert.NotNull(Record(() => ReadInto(file, []))));
    }

    /// <summary>Small files of each format.</summary>
    internal static IEnumerable<byte[]> Examples()
    {
        foreach (bool isBigEndian in (bool[])[false, true])
        {
            var pcap = new MemoryStream();
            var first = new PcapWriter(pcap, LinkType.Ethernet, isBigEndian, isBigEndian);
            first.Write(new Timestamp(1_000_000_000), [1, 2, 3]);
            first.Write(new Timestamp(2_000_000_000), [4, 5, 6, 7], 100);
            yield return pcap.ToArray();

            var pcapng = new MemoryStream();
            var second = new PcapngWriter(pcapng, isBigEndian, PcapngOption.Comment("an example"));
            int number = second.AddInterface(
                new PcapngInterface { LinkType = LinkType.Ethernet, Name = "eth0", TicksPerSecond = 1_000_000_000 });
            second.WriteSecrets(new PcapngSecrets(
                PcapngSecrets.TlsKeyLog, ByteString.FromText("CLIENT_RANDOM 00 00\n")));
            second.WriteNames(new PcapngNames(InternetAddress.Parse("192.0.2.1"), ["example.com"]));
            second.WritePacket(number, new Timestamp(9), [8, 9], 0, PcapngOption.Comment("the first"));
            second.WriteSimplePacket([1, 2, 3, 4, 5]);
            second.WriteStatistics(new PcapngStatistics { Interface = number, Received = 2, DroppedBySystem = 0 });
            yield return pcapng.ToArray();
        }
    }

    private static Gen<PcapngInterface> Interfaces =>
        from name in Any.Word26
        from ticks in Gen.Elements(1ul, 1_000ul, 1_000_000ul, 1_000_000_000ul, 1ul << 20, 1ul << 63)
        from offset in Any.Huge
        from limit in Any.Long
        from comments in Any.List(Any.Word26.Select(PcapngOption.Comment), 0, 3)
        select new PcapngInterface
        {
            LinkType = LinkType.Ethernet,
            Name = name,
            Description = name,
            TicksPerSecond = ticks,
            OffsetSeconds = (long)offset,
            SnapLength = limit,
            OtherOptions = comments,
        };

    private static Gen<PcapngStatistics> Statistics =>
        from number in Gen.Choose(0, 5)
        from ticks in Any.Huge
        from counters in Any.Maybe(Any.Huge).ArrayOf(5)
        select new PcapngStatistics
        {
            Interface = number,
            Ticks = ticks,
            Received = counters[0],
            DroppedByInterface = counters[1],
            Accepted = counters[2],
            DroppedBySystem = counters[3],
            Delivered = counters[4],
        };

    private static Gen<PcapngNames> Names =>
        from address in Any.Address
        from names in Any.List(Any.Word26, 1, 3)
        select new PcapngNames(address, names);

    private static PcapngBlock Next(PcapngReader reader)
    {
        Assert.True(reader.TryReadBlock(out PcapngBlock block));
        return block;
    }

    private static CaptureFileException? Record(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (CaptureFileException damage)
        {
            return damage;
        }
    }

    private static HashSet<long> EndsOfRecords(byte[] file)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        var ends = new HashSet<long>();
        if (reader is PcapReader)
        {
            ends.Add(reader.Position);
        }

        while (reader is PcapngReader pcapng ? pcapng.TryReadBlock(out _) : reader.TryRead(out _))
        {
            ends.Add(reader.Position);
        }

        return ends;
    }

    private static List<Kept> ReadAll(byte[] file)
    {
        var read = new List<Kept>();
        ReadInto(file, read);
        return read;
    }

    private static void ReadInto(byte[] file, List<Kept> to)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        while (reader.TryRead(out CapturedFrame frame))
        {
            to.Add(new Kept(
                frame.Time?.Nanoseconds, new ByteString(frame.Bytes), frame.LengthOnWire, frame.LinkType,
                frame.Interface));
            Assert.Equal(to.Count, frame.Number);
        }
    }
}
