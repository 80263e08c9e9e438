using FsCheck;
using FsCheck.Fluent;
using Sockeye.Wire;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Wire;

/// <summary>What is written is read back as the same value, and its checksum is right.</summary>
public sealed class RoundTripTests
{
    private static Gen<TcpSequence> Sequence => Any.Long.Select(value => new TcpSequence(value));

    [Fact]
    public void EthernetHeadersAreReadAsTheyWereWritten() => Any.Check(
        from destination in Any.Mac
        from source in Any.Mac
        from type in Any.Word
        select new EthernetHeader(destination, source, type),
        value =>
        {
            byte[] bytes = new byte[value.Length];
            value.Emit(bytes);
            Assert.True(EthernetHeader.TryParse(bytes, out EthernetHeader read));
            Assert.Equal(value, read);
        });

    [Fact]
    public void VlanTagsAreReadAsTheyWereWritten() => Any.Check(
        from priority in Gen.Choose(0, 7)
        from isEligible in Any.Flag
        from identifier in Gen.Choose(0, 4095)
        from type in Any.Word
        select new VlanTag((byte)priority, isEligible, (ushort)identifier, type),
        value =>
        {
            byte[] bytes = new byte[value.Length];
            value.Emit(bytes);
            Assert.True(VlanTag.TryParse(bytes, out VlanTag read));
            Assert.Equal(value, read);
        });

    [Fact]
    public void CookedHeadersAreReadAsTheyWereWritten() => Any.Check(
        from direction in Gen.Choose(0, 4)
        from hardware in Any.Word
        from address in Any.Bytes(0, 8)
        from protocol in Any.Word
        from index in Any.Long
        select (
            First: new LinuxCookedHeader((PacketDirection)direction, hardware, address, protocol),
            Second: new LinuxCooked2Header(protocol, index, hardware, (PacketDirection)direction, address)),
        value =>
        {
            byte[] bytes = new byte[value.First.Length];
            value.First.Emit(bytes);
            Assert.True(LinuxCookedHeader.TryParse(bytes, out LinuxCookedHeader first));
            Assert.Equal(value.First, first);
            bytes = new byte[value.Second.Length];
            value.Second.Emit(bytes);
            Assert.True(LinuxCooked2Header.TryParse(bytes, out LinuxCooked2Header second));
            Assert.Equal(value.Second, second);
        });

    [Fact]
    public void LoopbackHeadersAreReadInEitherByteOrder() => Any.Check(Any.Word, family =>
    {
        var value = new LoopbackHeader(family);
        byte[] bytes = new byte[value.Length];
        value.Emit(bytes);
        Assert.True(LoopbackHeader.TryParse(bytes, out LoopbackHeader read));
        Assert.Equal(value, read);
        Array.Reverse(bytes);
        Assert.True(LoopbackHeader.TryParse(bytes, out read));
        Assert.Equal(value, read);
    });

    [Fact]
    public void ArpPacketsAreReadAsTheyWereWritten() => Any.Check(
        from operation in Any.Word
        from senderMac in Any.Mac
        from sender in Any.Ipv4
        from targetMac in Any.Mac
        from target in Any.Ipv4
        select new ArpPacket((ArpOperation)operation, senderMac, sender, targetMac, target),
        value =>
        {
            byte[] bytes = new byte[value.Length];
            value.Emit(bytes);
            Assert.True(ArpPacket.TryParse(bytes, out ArpPacket read));
            Assert.Equal(value, read);
        });

    [Fact]
    public void Ipv4HeadersAreReadAsTheyWereWritten() => Any.Check(Ipv4Headers, value =>
    {
        byte[] bytes = new byte[value.Length + value.PayloadLength];
        value.Emit(bytes);
        Assert.True(Ipv4Header.TryParse(bytes, out Ipv4Header read));
        Assert.Equal(value, read);
        Assert.True(Ipv4View.TryParse(bytes, out Ipv4View view));
        Assert.True(view.IsChecksumRight);
        Assert.Equal(value.PayloadLength, view.Payload.Length);
    });

    [Fact]
    public void Ipv6HeadersAreReadAsTheyWereWritten() => Any.Check(
        from service in Gen.Choose(0, 63)
        from congestion in Gen.Choose(0, 3)
        from flow in Gen.Choose(0, 0xF_FFFF)
        from length in Any.Word
        from next in Any.Byte
        from hops in Any.Byte
        from source in Any.Ipv6
        from destination in Any.Ipv6
        select new Ipv6Header
        {
            Service = (byte)service,
            Congestion = (byte)congestion,
            FlowLabel = (uint)flow,
            PayloadLength = length,
            NextHeader = next,
            HopLimit = hops,
            Source = source,
            Destination = destination,
        },
        value =>
        {
            byte[] bytes = new byte[value.Length];
            value.Emit(bytes);
            Assert.True(Ipv6Header.TryParse(bytes, out Ipv6Header read));
            Assert.Equal(value, read);
        });

    [Fact]
    public void Ipv6ExtensionsAreReadAsTheyWereWritten() => Any.Check(
        from next in Any.Byte
        from units in Gen.Choose(0, 40)
        from data in Any.Bytes((8 * units) + 6, (8 * units) + 6)
        from offset in Gen.Choose(0, 8191)
        from more in Any.Flag
        from identification in Any.Long
        select (
            Extension: new Ipv6ExtensionHeader(next, data),
            Fragment: new Ipv6FragmentHeader(next, 8 * offset, more, identification)),
        value =>
        {
            byte[] bytes = new byte[value.Extension.Length];
            value.Extension.Emit(bytes);
            Assert.True(Ipv6ExtensionHeader.TryParse(bytes, out Ipv6ExtensionHeader extension));
            Assert.Equal(value.Extension, extension);
            bytes = new byte[value.Fragment.Length];
            value.Fragment.Emit(bytes);
            Assert.True(Ipv6FragmentHeader.TryParse(bytes, out Ipv6FragmentHeader fragment));
            Assert.Equal(value.Fragment, fragment);
        });

    [Fact]
    public void IcmpAndIgmpMessagesAreReadAsTheyWereWritten() => Any.Check(
        from type in Any.Byte
        from code in Any.Byte
        from rest in Any.Long
        from payload in Any.Payload
        from source in Any.Ipv6
        from destination in Any.Ipv6
        from listened in Any.Ipv4
        select (type, code, rest, payload, source, destination, listened),
        one =>
        {
            byte[] bytes = [.. new byte[8], .. one.payload];
            var v4 = new Icmpv4Header((Icmpv4Type)one.type, one.code, one.rest);
            v4.Emit(bytes);
            Assert.True(Icmpv4Header.TryParse(bytes, out Icmpv4Header read4));
            Assert.Equal(v4, read4);
            Assert.True(Icmpv4View.TryParse(bytes, out Icmpv4View view4));
            Assert.True(view4.IsChecksumRight);
            Assert.Equal(one.payload, view4.Payload);

            var v6 = new Icmpv6Header((Icmpv6Type)one.type, one.code, one.rest);
            v6.Emit(bytes, one.source, one.destination);
            Assert.True(Icmpv6Header.TryParse(bytes, out Icmpv6Header read6));
            Assert.Equal(v6, read6);
            Assert.True(Icmpv6View.TryParse(bytes, out Icmpv6View view6));
            Assert.True(view6.IsChecksumRight(one.source, one.destination));

            var igmp = new IgmpMessage((IgmpType)one.type, one.code, one.listened);
            igmp.Emit(bytes);
            Assert.True(IgmpMessage.TryParse(bytes, out IgmpMessage read));
            Assert.Equal(igmp, read);
            Assert.Equal(InternetChecksum.RightSum, InternetChecksum.Sum(bytes));
        });

    [Fact]
    public void NeighborMessagesAreReadAsTheyWereWritten() => Any.Check(
        from isAdvertisement in Any.Flag
        from target in Any.Ipv6
        from link in Any.Maybe(Any.Mac)
        from flags in Gen.Choose(0, 7)
        let shown = isAdvertisement ? flags : 0
        select new NeighborMessage(
            isAdvertisement, target, link, (shown & 1) != 0, (shown & 2) != 0, (shown & 4) != 0),
        value =>
        {
            byte[] bytes = new byte[value.Length];
            value.Emit(bytes, value.Target, value.Target);
            Assert.True(NeighborMessage.TryParse(bytes, out NeighborMessage read));
            Assert.Equal(value, read);
        });

    [Fact]
    public void UdpHeadersAreReadAsTheyWereWritten() => Any.Check(
        from source in Any.Word
        from destination in Any.Word
        from payload in Any.Payload
        from sender in Any.Address
        from receiver in sender.IsIpv6 ? Any.Ipv6 : Any.Ipv4
        select (Value: new UdpHeader(source, destination), payload, sender, receiver),
        one =>
        {
            byte[] bytes = [.. new byte[one.Value.Length], .. one.payload];
            one.Value.Emit(bytes, one.sender, one.receiver);
            Assert.True(UdpHeader.TryParse(bytes, out UdpHeader read));
            Assert.Equal(one.Value, read);
            Assert.True(UdpView.TryParse(bytes, out UdpView view));
            Assert.True(view.IsChecksumRight(one.sender, one.receiver));
            Assert.NotEqual(0, view.Checksum);
            Assert.Equal(one.payload, view.Payload);
        });

    [Fact]
    public void TcpHeadersAreReadAsTheyWereWritten() => Any.Check(
        from value in TcpHeaders
        from payload in Any.Payload
        from source in Any.Ipv4
        from destination in Any.Ipv4
        select (value, payload, source, destination),
        one =>
        {
            byte[] bytes = [.. new byte[one.value.Length], .. one.payload];
            one.value.Emit(bytes, one.source, one.destination);
            Assert.True(TcpHeader.TryParse(bytes, out TcpHeader read));
            Assert.Equal(one.value, read);
            Assert.True(TcpView.TryParse(bytes, out TcpView view));
            Assert.True(view.IsChecksumRight(one.source, one.destination));
            Assert.Equal(one.payload, view.Payload);
            bytes[^1] ^= 1;
            Assert.False(view.IsChecksumRight(one.source, one.destination));
        });

    [Fact]
    public void SequenceNumbersAreComparedAroundTheCircle() => Any.Check(
        from start in Sequence
        from ahead in Gen.Choose(1, int.MaxValue)
        select (start, ahead: (uint)ahead),
        one =>
        {
            TcpSequence later = one.start + one.ahead;
            Assert.True(one.start < later && later > one.start && one.start <= later && later >= one.start);
            Assert.Equal((int)one.ahead, later - one.start);
            Assert.Equal(one.start, later - one.ahead);
        });

    private static Gen<Ipv4Header> Ipv4Headers =>
        from bytes in Any.Byte.ArrayOf(4)
        from identification in Any.Word
        from fragment in Any.Word
        from source in Any.Ipv4
        from destination in Any.Ipv4
        from words in Gen.Choose(0, 10)
        from options in Any.Bytes(4 * words, 4 * words)
        select new Ipv4Header
        {
            Service = (byte)(bytes[0] >> 2),
            Congestion = (byte)(bytes[0] & 3),
            PayloadLength = bytes[1],
            Identification = identification,
            DontFragment = (fragment & 0x4000) != 0,
            MoreFragments = (fragment & 0x2000) != 0,
            FragmentOffset = 8 * (fragment & 0x1FFF),
            TimeToLive = bytes[2],
            Protocol = bytes[3],
            Source = source,
            Destination = destination,
            Options = options,
        };

    private static Gen<TcpOptions> TcpOptionSets => Gen.OneOf(
        from size in Any.Maybe(Any.Word)
        from scale in Any.Maybe(Any.Byte)
        from permitted in Any.Flag
        from times in Any.Maybe(Any.Huge.Select(both => new TcpTimestamps((uint)(both >> 32), (uint)both)))
        from timeout in Any.Maybe(Any.Word)
        from cookie in Any.Maybe(Any.Bytes(0, 10))
        select new TcpOptions
        {
            MaximumSegmentSize = size,
            WindowScale = scale,
            SackPermitted = permitted,
            Timestamps = times,
            UserTimeout = timeout,
            FastOpenCookie = cookie,
        },
        from blocks in SackBlock.ArrayOf()
        from other in Any.Bytes(0, 2)
        select new TcpOptions
        {
            Sack = new SackBlocks(blocks.AsSpan(0, Math.Min(blocks.Length, SackBlocks.CountMax))),
            Others = other.IsEmpty ? [] : [new TcpRawOption(TcpOptionKind.Multipath, other)],
        });

    private static Gen<SackBlock> SackBlock =>
        from left in Sequence
        from right in Sequence
        select new SackBlock(left, right);

    private static Gen<TcpHeader> TcpHeaders =>
        from ports in Any.Long
        from sequence in Sequence
        from acknowledgment in Sequence
        from flags in Gen.Choose(0, 0x1FF)
        from window in Any.Word
        from urgent in Any.Word
        from options in TcpOptionSets
        select new TcpHeader
        {
            SourcePort = (ushort)(ports >> 16),
            DestinationPort = (ushort)ports,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Flags = (TcpFlags)flags,
            Window = window,
            UrgentPointer = urgent,
            Options = options,
        };
}
