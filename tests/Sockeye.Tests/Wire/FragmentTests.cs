using System.Text;
using Sockeye.Capture.Streams;
using Sockeye.Tests.Capture;
using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;

namespace Sockeye.Tests.Wire;

/// <summary>Packets that came in fragments are put together, at a bounded cost.</summary>
public sealed class FragmentTests
{
    private const long Second = Timestamp.NanosecondsPerSecond;

    private readonly FragmentTable _table = new();

    [Fact]
    public void PacketIsPutTogetherHoweverItWasCutAndInWhateverOrderItCame()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            byte[] packet = new byte[random.Next(9, random.Next(2) == 0 ? 100 : 5_000)];
            random.NextBytes(packet);
            List<(int Start, int End)> pieces = Cut(packet.Length, random);
            pieces.AddRange(random.GetItems(pieces.ToArray(), random.Next(3)));
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
            var missing = Enumerable.Range(0, packet.Length).ToHashSet();
            foreach ((int start, int end) in pieces)
            {
                missing.ExceptWith(Enumerable.Range(start, end - start));
                bool hasMore = end < packet.Length;
                FragmentedPacket? whole = Take(Key((uint)seed), start, hasMore, packet[start..end]);
                Assert.Equal(missing.Count == 0, whole is not null);
                if (whole is not null)
                {
                    byte[] bytes = new byte[whole.Length];
                    whole.CopyTo(bytes);
                    Assert.Equal(packet, bytes);
                    break;
                }
            }

            Assert.Empty(missing);
        }
    }

    [Fact]
    public void PacketsThatDifferInAnyPartOfTheirKeyAreNotMixed()
    {
        FragmentKey key = Key(1);
        FragmentKey[] others =
        [
            key with { Identification = 2 }, key with { Protocol = 6 }, key with { Source = Samples.Client6 },
            key with { Source = key.Destination, Destination = key.Source },
        ];
        foreach (FragmentKey other in others)
        {
            Assert.Null(Take(other, 8, false, new byte[8]));
        }

        Assert.Null(Take(key, 0, true, new byte[8]));
        Assert.NotNull(Take(key, 8, false, new byte[8]));
        Assert.Equal(others.Length, _table.Count);
    }

    [Fact]
    public void NoMorePacketsWaitThanTheLimitAndTheFirstIsGivenUp()
    {
        for (uint i = 0; i <= FragmentTable.PacketsMax; i++)
        {
            Assert.Null(Take(Key(i), 0, true, new byte[8]));
        }

        Assert.Equal(FragmentTable.PacketsMax, _table.Count);
        Assert.NotNull(Take(Key(1), 8, false, new byte[8]));
        Assert.Null(Take(Key(0), 8, false, new byte[8]));
    }

    [Fact]
    public void NoMoreBytesWaitThanTheLimit()
    {
        byte[] bytes = new byte[Ipv4.PacketBytesMax - 7];
        for (uint i = 0; i < 200; i++)
        {
            Assert.Null(Take(Key(i), 0, true, bytes));
            Assert.InRange(_table.Bytes, 1, FragmentTable.BytesMax);
        }

        Assert.Equal(FragmentTable.BytesMax / bytes.Length, _table.Count);
    }

    [Fact]
    public void PacketOfTooManyFragmentsIsGivenUp()
    {
        for (int i = 0; i < FragmentTable.FragmentsMax; i++)
        {
            Assert.Null(Take(Key(1), 8 * i, true, new byte[8]));
        }

        Assert.Equal(1, _table.Count);
        Assert.Null(Take(Key(1), 8 * FragmentTable.FragmentsMax, false, new byte[8]));
        Assert.Equal(0, _table.Count);
        Assert.Equal(0, _table.Bytes);
    }

    [Theory]
    [InlineData(FragmentTable.SecondsMax, true)]
    [InlineData(FragmentTable.SecondsMax + 1, false)]
    public void PacketIsWaitedForOnlySoLong(int seconds, bool isWhole)
    {
        Assert.Null(Take(Key(1), 0, true, new byte[8]));
        Assert.Equal(isWhole, Take(Key(1), 8, false, new byte[8], seconds * Second) is not null);
    }

    [Fact]
    public void NonsenseNeverTakesMoreThanTheLimitsNorThrows()
    {
        var random = new Random(7);
        byte[] bytes = new byte[3_000];
        byte[] joined = new byte[Ipv4.PacketBytesMax];
        for (int i = 0; i < 200_000; i++)
        {
            FragmentedPacket? whole = Take(
                Key((uint)random.Next(random.Next(1, 3_000))), 8 * random.Next(random.Next(1, 8_192)),
                random.Next(4) > 0, bytes.AsSpan(0, random.Next(random.Next(1, 3_000))), random.NextInt64());
            whole?.CopyTo(joined.AsSpan(0, whole.Length));
            Assert.InRange(_table.Count, 0, FragmentTable.PacketsMax);
            Assert.InRange(_table.Bytes, 0, FragmentTable.BytesMax);
        }
    }

    [Fact]
    public void FragmentsTakeNoMemoryEach()
    {
        var dissector = new Dissector(FieldSet.All) { Fragments = _table };
        Allocations.AssertNone(() =>
        {
            for (int i = 0; i < FragmentSamples.All.Count; i++)
            {
                _ = dissector.Dissect(FrameOf(FragmentSamples.All[i].Bytes, i + 1));
            }
        });
    }

    [Theory]
    [InlineData("ipv4 fragment in order", "DNS", "Standard query 0x0077 A a.long.name.in.fragments.example.com")]
    [InlineData("ipv4 fragment backwards", "DNS", "Standard query 0x0077 A a.long.name.in.fragments.example.com")]
    [InlineData("ipv4 conflict", "DNS", "Standard query 0x0077 A a.long.name.in.fragments.example.com")]
    [InlineData("ipv6 fragment in order", "DNS", "Standard query 0x0077 A a.long.name.in.fragments.example.com")]
    [InlineData("ipv4 fragment segment", "HTTP", "GET /fragments HTTP/1.1")]
    public void LastFragmentShowsWhatThePacketSays(string name, string protocol, string line)
    {
        Sample[] pieces = [.. FragmentSamples.All.Where(one => one.Name.StartsWith(name, StringComparison.Ordinal))];
        var seen = new List<(string Protocol, string Line)>();
        StreamTable streams = Followed.Each(Samples.Capture(pieces), FieldSet.All, null, (frame, packet) =>
        {
            seen.Add((frame.ShortName, Encoding.UTF8.GetString(frame.Info)));
            Assert.Equal(seen.Count == pieces.Length, packet.Stream is not null);
            if (packet.Stream is not null)
            {
                Assert.Equal(protocol == "HTTP", packet.IsTcp);
                Assert.True(StreamPayload.Of(frame, packet).IndexOf("example"u8) > 0);
            }
        });
        Assert.All(seen.SkipLast(1), one => Assert.Contains("ragment", one.Line, StringComparison.Ordinal));
        Assert.Equal((protocol, line), seen[^1]);
        Assert.Equal(1, streams.KnownCount);
    }

    [Fact]
    public void FragmentThatTheCaptureCutIsNotTakenForWhole()
    {
        var dissector = new Dissector(FieldSet.None) { Fragments = _table };
        Sample[] pieces =
        [
            .. FragmentSamples.All.Where(one => one.Name.StartsWith("ipv4 overlap", StringComparison.Ordinal)),
        ];
        _ = dissector.Dissect(FrameOf(pieces[0].Bytes, 1));
        CapturedFrame cut = FrameOf(pieces[1].Bytes.AsSpan(0, pieces[1].Bytes.Length - 4), 2, missing: 4);
        Assert.Equal("IPv4", dissector.Dissect(cut).ShortName);
        Assert.Equal("DNS", dissector.Dissect(FrameOf(pieces[1].Bytes, 3)).ShortName);
    }

    private static FragmentKey Key(uint identification) => new(Samples.Client, Samples.Server, identification, 17);

    private static CapturedFrame FrameOf(ReadOnlySpan<byte> bytes, long number, int missing = 0) => new()
    {
        Number = number,
        LinkType = LinkType.Ethernet,
        Bytes = bytes,
        LengthOnWire = bytes.Length + missing,
    };

    // Some of the pieces overlap.
    private static List<(int Start, int End)> Cut(int length, Random random)
    {
        var pieces = new List<(int Start, int End)>();
        int at = 0;
        while (at < length)
        {
            int end = at + (8 * random.Next(1, 20));
            end = end >= length - 8 ? length : end;
            pieces.Add((Math.Max(0, at - (8 * Math.Max(0, random.Next(-5, 3)))), end));
            at = end;
        }

        return pieces;
    }

    private FragmentedPacket? Take(
        in FragmentKey key, int offset, bool hasMore, ReadOnlySpan<byte> bytes, long nanoseconds = 0) =>
        _table.Take(key, new Fragment(0, nanoseconds, offset, hasMore, 17), bytes);
}
