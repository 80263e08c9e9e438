using FsCheck;
using FsCheck.Fluent;
using Sockeye.Wire;
using Sockeye.Wire.Addresses;

namespace Sockeye.Tests.Wire;

public sealed class PrefixTests
{
    private static Gen<InternetPrefix> Prefix =>
        from address in Any.Address
        from length in Gen.Choose(0, address.Bits)
        select new InternetPrefix(address, length);

    // Blocks of a small part of the address space, so that they often meet.
    private static Gen<InternetPrefix> SmallPrefix =>
        from last in Gen.Choose(0, 255)
        from length in Gen.Choose(24, 32)
        select new InternetPrefix(new InternetAddress(0xC000_0200 + (uint)last), length);

    [Fact]
    public void PrefixIsReadBackAsTheSame() => Any.Check(Prefix, prefix =>
    {
        Assert.Equal(prefix, InternetPrefix.Parse(prefix.ToString()));
        Assert.True(prefix.Contains(prefix.First) && prefix.Contains(prefix.Last) && prefix.Contains(prefix));
        if (!prefix.First.IsIpv6)
        {
            Assert.Equal(prefix, InternetPrefix.Parse($"{prefix.First}/{prefix.Mask}"));
        }
    });

    [Theory]
    [InlineData(
        "192.0.2.77/24", "192.0.2.0/24", "192.0.2.255", "255.255.255.0", "0.0.0.255", "192.0.2.1", "192.0.2.254")]
    [InlineData("10.0.0.1/31", "10.0.0.0/31", "10.0.0.1", "255.255.255.254", "0.0.0.1", "10.0.0.0", "10.0.0.1")]
    [InlineData("10.0.0.1", "10.0.0.1/32", "10.0.0.1", "255.255.255.255", "0.0.0.0", "10.0.0.1", "10.0.0.1")]
    [InlineData(
        "1.2.3.4/0", "0.0.0.0/0", "255.255.255.255", "0.0.0.0", "255.255.255.255", "0.0.0.1", "255.255.255.254")]
    [InlineData(
        "2001:db8::1/64", "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::",
        "::ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff")]
    public void PrefixTellsItsParts(
        string text, string prefix, string last, string mask, string wildcard, string firstHost, string lastHost)
    {
        var read = InternetPrefix.Parse(text);
        Assert.Equal(prefix, read.ToString());
        Assert.Equal(last, read.Last.ToString());
        Assert.Equal(mask, read.Mask.ToString());
        Assert.Equal(wildcard, read.Wildcard.ToString());
        Assert.Equal(firstHost, read.FirstHost.ToString());
        Assert.Equal(lastHost, read.LastHost.ToString());
    }

    [Theory]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("192.0.2.0/")]
    [InlineData("192.0.2.0/08")]
    [InlineData("192.0.2.0/255.0.255.0")]
    [InlineData("192.0.2/24")]
    [InlineData("::1/129")]
    [InlineData("/24")]
    public void WhatIsNoPrefixIsRefused(string text) => Assert.False(InternetPrefix.TryParse(text, out _));

    [Fact]
    public void PartsOfASplitAreTheWhole() => Any.Check(
        from prefix in Prefix
        from more in Gen.Choose(0, Math.Min(8, prefix.HostBits))
        select (prefix, more),
        one =>
        {
            InternetPrefix[] parts = [.. one.prefix.Split(one.prefix.Length + one.more)];
            Assert.Equal(1 << one.more, parts.Length);
            Assert.All(parts, part => Assert.True(one.prefix.Contains(part)));
            Assert.Equal([one.prefix], InternetPrefix.Aggregate(parts.Reverse()));
            Assert.Equal([one.prefix], InternetPrefix.ForRange(one.prefix.First, one.prefix.Last));
        });

    [Fact]
    public void AggregatedBlocksHoldTheSameAddressesAndAreFewest() => Any.Check(SmallPrefix.ArrayOf(), prefixes =>
    {
        IReadOnlyList<InternetPrefix> blocks = InternetPrefix.Aggregate(prefixes);
        for (uint value = 0xC000_01F0; value < 0xC000_0310; value++)
        {
            var address = new InternetAddress(value);
            Assert.Equal(prefixes.Any(one => one.Contains(address)), blocks.Any(one => one.Contains(address)));
        }

        // The fewest blocks: those of each gapless run of addresses.
        Assert.Equal(blocks, Runs(blocks).SelectMany(run => InternetPrefix.ForRange(run.First, run.Last)));
    });

    [Fact]
    public void RangeIsTheFewestBlocksThatHoldIt()
    {
        Assert.Equal(
            ["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/30", "192.0.2.8/31", "192.0.2.10/32"],
            InternetPrefix.ForRange(InternetAddress.Parse("192.0.2.1"), InternetAddress.Parse("192.0.2.10"))
                .Select(one => one.ToString()));
        Assert.Throws<ArgumentException>(() =>
            InternetPrefix.ForRange(InternetAddress.Parse("192.0.2.2"), InternetAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void CountOfAddressesIsAPowerOfTwo()
    {
        Assert.Equal((UInt128)256, InternetPrefix.Parse("192.0.2.0/24").Count);
        Assert.Equal(UInt128.One << 64, InternetPrefix.Parse("2001:db8::/64").Count);
        Assert.Equal(UInt128.MaxValue, InternetPrefix.Parse("::/0").Count);
        Assert.Equal(UInt128.One << 32, InternetPrefix.Parse("0.0.0.0/0").Count);
    }

    [Theory]
    [InlineData("10.1.2.3", 'A', 8)]
    [InlineData("127.0.0.1", 'A', 8)]
    [InlineData("172.16.5.4", 'B', 16)]
    [InlineData("192.168.1.1", 'C', 24)]
    [InlineData("223.255.255.255", 'C', 24)]
    [InlineData("224.0.0.1", 'D', null)]
    [InlineData("255.255.255.255", 'E', null)]
    public void ClassOfAnAddressIsToldByItsFirstBits(string address, char letter, int? bits)
    {
        AddressClass? found = AddressClass.Of(InternetAddress.Parse(address));
        Assert.Equal((letter, bits), (found!.Letter, found.NetworkBits));
        Assert.Contains("the first bit", found.Reason, StringComparison.Ordinal);
        Assert.Null(AddressClass.Of(InternetAddress.Parse("::1")));
    }

    [Theory]
    [InlineData("10.1.2.3", "Private-Use", "RFC 1918", false)]
    [InlineData("172.31.255.255", "Private-Use", "RFC 1918", false)]
    [InlineData("192.168.0.1", "Private-Use", "RFC 1918", false)]
    [InlineData("100.100.0.1", "Shared Address Space", "RFC 6598", false)]
    [InlineData("127.0.0.53", "Loopback", "RFC 1122 section 3.2.1.3", false)]
    [InlineData("169.254.1.1", "Link Local", "RFC 3927", false)]
    [InlineData("198.51.100.7", "Documentation (TEST-NET-2)", "RFC 5737", false)]
    [InlineData("192.0.0.9", "Port Control Protocol Anycast", "RFC 7723", true)]
    [InlineData("224.0.0.251", "Local Network Control Block (multicast)", "RFC 5771 section 4", false)]
    [InlineData("255.255.255.255", "Limited Broadcast", "RFC 8190; RFC 919 section 7", false)]
    [InlineData("::1", "Loopback Address", "RFC 4291 section 2.5.3", false)]
    [InlineData("fd12::1", "Unique-Local", "RFC 4193; RFC 8190", false)]
    [InlineData("fe80::1", "Link-Local Unicast", "RFC 4291 section 2.5.6", false)]
    [InlineData("2001:db8::1", "Documentation", "RFC 3849", false)]
    [InlineData("ff02::1:ff00:1", "Solicited-Node Multicast", "RFC 4291 section 2.7.1", false)]
    [InlineData("::ffff:10.0.0.1", "IPv4-mapped Address", "RFC 4291 section 2.5.5.2", false)]
    public void PurposeOfAnAddressIsThatOfItsNarrowestBlock(
        string address, string name, string reference, bool isGlobal)
    {
        SpecialPurpose? found = SpecialPurpose.Of(InternetAddress.Parse(address));
        Assert.Equal((name, reference, isGlobal), (found?.Name, found?.Reference, found?.IsGlobal));
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1")]
    public void OrdinaryAddressesHaveNoPurpose(string address) =>
        Assert.Null(SpecialPurpose.Of(InternetAddress.Parse(address)));

    [Fact]
    public void NoBlockIsInTheRegistryTwice() =>
        Assert.Equal(SpecialPurpose.All.Count, SpecialPurpose.All.Select(row => row.Block).Distinct().Count());

    [Theory]
    [InlineData(0, PortClass.WellKnown, null)]
    [InlineData(80, PortClass.WellKnown, "http")]
    [InlineData(1023, PortClass.WellKnown, null)]
    [InlineData(1024, PortClass.Registered, null)]
    [InlineData(5432, PortClass.Registered, "postgresql")]
    [InlineData(49_151, PortClass.Registered, null)]
    [InlineData(49_152, PortClass.Dynamic, null)]
    [InlineData(65_535, PortClass.Dynamic, null)]
    public void PortsHaveAClassAndPerhapsAName(int port, PortClass expected, string? name)
    {
        Assert.Equal(expected, Ports.ClassOf((ushort)port));
        Assert.Equal(name, Ports.NameOf((ushort)port));
        Assert.Equal(name is null ? null : (ushort)port, name is null ? null : Ports.PortOf(name));
    }

    private static IEnumerable<(InternetAddress First, InternetAddress Last)> Runs(IReadOnlyList<InternetPrefix> blocks)
    {
        for (int i = 0; i < blocks.Count;)
        {
            int end = i;
            while (end + 1 < blocks.Count && blocks[end + 1].First.Value == blocks[end].Last.Value + 1)
            {
                end++;
            }

            yield return (blocks[i].First, blocks[end].Last);
            i = end + 1;
        }
    }
}
