using Sockeye.Capture;
using Sockeye.Capture.Linux;
using Sockeye.Wire;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture.Live;

/// <summary>Whose a packet is follows from its addresses and ports, whichever way it goes.</summary>
public sealed class FlowKeyTests
{
    private static readonly InternetAddress s_here = new(0x0A00_0001);
    private static readonly InternetAddress s_there = new(0x0A00_0002);

    [Fact]
    public void BothDirectionsAreOneFlow()
    {
        Assert.Equal(KeyOf(Udp(s_here, 1, s_there, 2)), KeyOf(Udp(s_there, 2, s_here, 1)));
        Assert.NotEqual(KeyOf(Udp(s_here, 1, s_there, 2)), KeyOf(Udp(s_here, 2, s_there, 1)));
        Assert.NotEqual(KeyOf(Udp(s_here, 1, s_there, 2)), KeyOf(Udp(s_here, 1, s_there, 3)));
    }

    [Fact]
    public void RecordOfTheKernelIsTheSameFlow()
    {
        byte[] record = new byte[FlowProgram.RecordBytes];
        s_here.WriteBytes(record.AsSpan(FlowProgram.SourceAt));
        s_there.WriteBytes(record.AsSpan(FlowProgram.DestinationAt));
        record[FlowProgram.PortsAt + 1] = 1;
        record[FlowProgram.PortsAt + 3] = 2;
        record[FlowProgram.ProtocolAt] = IpProtocol.Udp;
        record[FlowProgram.VersionAt] = 4;
        Assert.Equal(KeyOf(Udp(s_there, 2, s_here, 1)), FlowKey.OfRecord(record));
    }

    [Fact]
    public void ErrorIsAboutThePacketThatItQuotes()
    {
        byte[] about = Udp(s_here, 1, s_there, 2);
        byte[] error = new byte[Ipv4.HeaderBytes + 8 + Ipv4.HeaderBytes + 8];
        about.AsSpan(0, Ipv4.HeaderBytes + 8).CopyTo(error.AsSpan(Ipv4.HeaderBytes + 8));
        error[Ipv4.HeaderBytes] = 3;
        Head(s_there, s_here, IpProtocol.Icmp, error.Length - Ipv4.HeaderBytes).Emit(error);
        Assert.True(FlowKey.TryRead(Frame(error), out _, out FlowKey? quoted));
        Assert.Equal(KeyOf(about), quoted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void EchoIsNoErrorWhateverItCarries(byte type)
    {
        // What ping sends may look like a packet: 45 00 00 28 …
        byte[] about = Udp(s_here, 1, s_there, 2);
        byte[] echo = new byte[Ipv4.HeaderBytes + 8 + about.Length];
        about.CopyTo(echo.AsSpan(Ipv4.HeaderBytes + 8));
        echo[Ipv4.HeaderBytes] = type;
        Head(s_here, s_there, IpProtocol.Icmp, echo.Length - Ipv4.HeaderBytes).Emit(echo);
        Assert.Equal(IpProtocol.Icmp, KeyOf(echo).Protocol);
    }

    [Theory]
    [InlineData(IpProtocol.HopByHop)]
    [InlineData(IpProtocol.Routing)]
    [InlineData(IpProtocol.DestinationOptions)]
    [InlineData(IpProtocol.Fragment)]
    public void ExtensionHeadersOfIpv6ArePassedOver(byte extension)
    {
        byte[] header = [IpProtocol.Udp, 0, 0, 0, 0, 0, 0, 7];
        FlowKey plain = KeyOf(Ipv6Packet(IpProtocol.Udp, []));
        Assert.Equal((1, 2), (plain.FirstPort, plain.SecondPort));
        Assert.Equal(plain, KeyOf(Ipv6Packet(extension, header)));

        // Two of them, the first one longer.
        byte[] longer = new byte[16];
        longer[0] = extension;
        longer[1] = 1;
        Assert.Equal(plain, KeyOf(Ipv6Packet(IpProtocol.DestinationOptions, [.. longer, .. header])));
    }

    [Fact]
    public void LaterFragmentOfIpv6IsTheFlowWithoutItsPorts()
    {
        byte[] later = Ipv6Packet(IpProtocol.Fragment, [IpProtocol.Udp, 0, 0x05, 0xA8, 0, 0, 0, 7]);
        Assert.Equal(KeyOf(Ipv6Packet(IpProtocol.Udp, [])).WithoutPorts, KeyOf(later));
    }

    [Fact]
    public void LaterFragmentIsTheFlowWithoutItsPorts()
    {
        byte[] later = Udp(s_here, 1, s_there, 2);
        (Head(s_here, s_there, IpProtocol.Udp, 8) with { FragmentOffset = 64 }).Emit(later);
        Assert.Equal(KeyOf(Udp(s_here, 1, s_there, 2)).WithoutPorts, KeyOf(later));
    }

    [Fact]
    public void NoBytesOfAFrameMakeItFail()
    {
        LinkType[] links = [LinkType.Ethernet, LinkType.LinuxCooked2, LinkType.Raw];
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && i % 2 == 0)
            {
                bytes[0] = (byte)(i % 4 == 0 ? 0x45 : 0x60);
            }

            var frame = new CapturedFrame { LinkType = links[i % 3], Bytes = bytes, LengthOnWire = bytes.Length };
            _ = FlowKey.TryRead(frame, out _, out _);
        }
    }

    [Fact]
    public void FilterForCookedFramesIsTurnedIntoTheKernels()
    {
        const ushort LoadHalf = 0x28;
        const ushort LoadByte = 0x30;
        FilterInstruction[] filter = [new(LoadHalf, 0, 0, 0), new(LoadByte, 0, 0, 29), new(0x06, 0, 0, 96)];
        FilterInstruction[]? turned = FilterInstruction.ForUncooked(filter);
        FilterInstruction[] wanted =
            [new(LoadHalf, 0, 0, 0xFFFF_F000), new(LoadByte, 0, 0, 9), new(0x06, 0, 0, 96)];
        Assert.Equal(wanted, turned);
        Assert.Null(FilterInstruction.ForUncooked([new(LoadByte, 0, 0, 12)]));
    }

    private static CapturedFrame Frame(byte[] packet) =>
        new() { LinkType = LinkType.Raw, Bytes = packet, LengthOnWire = packet.Length };

    private static FlowKey KeyOf(byte[] packet)
    {
        Assert.True(FlowKey.TryRead(Frame(packet), out FlowKey key, out FlowKey? quoted));
        Assert.Null(quoted);
        return key;
    }

    private static Ipv4Header Head(InternetAddress from, InternetAddress to, byte protocol, int length) => new()
    {
        Source = from,
        Destination = to,
        Protocol = protocol,
        TimeToLive = 64,
        PayloadLength = length,
    };

    /// <summary>A datagram from port 1 of ::1 to port 2 of ::2, with headers before it.</summary>
    private static byte[] Ipv6Packet(byte next, byte[] headers)
    {
        byte[] packet = [0x60, .. new byte[39], .. headers, 0, 1, 0, 2, 0, 8, 0, 0];
        packet[5] = (byte)(headers.Length + 8);
        packet[6] = next;
        packet[8 + 15] = 1;
        packet[24 + 15] = 2;
        return packet;
    }

    private static byte[] Udp(InternetAddress from, ushort fromPort, InternetAddress to, ushort toPort)
    {
        byte[] packet = new byte[Ipv4.HeaderBytes + 8];
        new UdpHeader(fromPort, toPort).Emit(packet.AsSpan(Ipv4.HeaderBytes), from, to);
        Head(from, to, IpProtocol.Udp, 8).Emit(packet);
        return packet;
    }
}
