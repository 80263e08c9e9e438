using System.Buffers.Binary;
using Sockeye.Capture.Linux;
using Sockeye.Wire;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;

namespace Sockeye.Capture;

/// <summary>Between whom a packet goes, the same for both directions: addresses, ports where there are some, protocol.
/// </summary>
internal readonly record struct FlowKey
{
    /// <summary>TCP, UDP, SCTP and UDP-Lite, whose headers all begin with the two ports.</summary>
    public static ReadOnlySpan<byte> ProtocolsWithPorts => [6, 17, 132, 136];

    /// <summary>Extension headers of IPv6 that are passed over, here and in the kernel; of more the last one stands for
    /// what the packet carries.</summary>
    public const int ExtensionsMax = 8;

    private const int IcmpHeaderBytes = 8;
    private const int TagBytes = 4;
    private const int TypeBytes = 2;
    private const int VersionShift = 4;

    private FlowKey(
        InternetAddress one, ushort onePort, InternetAddress other, ushort otherPort, byte protocol)
    {
        int order = one.CompareTo(other);
        bool isInOrder = order < 0 || (order == 0 && onePort <= otherPort);
        (First, FirstPort, Second, SecondPort) =
            isInOrder ? (one, onePort, other, otherPort) : (other, otherPort, one, onePort);
        Protocol = protocol;
    }

    internal InternetAddress First { get; init; }

    internal InternetAddress Second { get; init; }

    internal ushort FirstPort { get; init; }

    internal ushort SecondPort { get; init; }

    internal byte Protocol { get; init; }

    /// <summary>The flow without its ports, which is all that a later fragment tells.</summary>
    public FlowKey WithoutPorts => this with { FirstPort = 0, SecondPort = 0 };

    /// <summary>Reads what <see cref="FlowProgram"/> wrote.</summary>
    public static FlowKey OfRecord(ReadOnlySpan<byte> record)
    {
        bool isIpv4 = record[FlowProgram.VersionAt] == 4;
        return new FlowKey(
            AddressAt(record[FlowProgram.SourceAt..], isIpv4), PortAt(record[FlowProgram.PortsAt..]),
            AddressAt(record[FlowProgram.DestinationAt..], isIpv4), PortAt(record[(FlowProgram.PortsAt + 2)..]),
            record[FlowProgram.ProtocolAt]);
    }

    /// <summary>Finds the flow of a frame; false when it carries no IP.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="key">Its flow.</param>
    /// <param name="quoted">The flow that it is about, when it is an error message of ICMP.</param>
    public static bool TryRead(scoped in CapturedFrame frame, out FlowKey key, out FlowKey? quoted)
    {
        quoted = null;
        ReadOnlySpan<byte> packet = PacketOf(frame);
        if (!TryReadPacket(packet, out key, out ReadOnlySpan<byte> payload))
        {
            return false;
        }

        // RFC 792, RFC 4443: an error quotes the packet that it is about after eight bytes of its own.
        if (payload.Length > IcmpHeaderBytes && IsError(key.Protocol, payload[0])
            && TryReadPacket(payload[IcmpHeaderBytes..], out FlowKey about, out _))
        {
            quoted = about;
        }

        return true;
    }

    private static bool IsError(byte protocol, byte type) => protocol switch
    {
        IpProtocol.Icmp => Icmpv4.IsError((Icmpv4Type)type),
        IpProtocol.Icmpv6 => Icmpv6.IsError((Icmpv6Type)type),
        _ => false,
    };

    private static ReadOnlySpan<byte> PacketOf(scoped in CapturedFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes;
        ushort type;
        switch (frame.LinkType)
        {
            case LinkType.LinuxCooked2 when bytes.Length >= LinuxCooked2.HeaderBytes:
                type = BinaryPrimitives.ReadUInt16BigEndian(bytes);
                bytes = bytes[LinuxCooked2.HeaderBytes..];
                break;
            case LinkType.Ethernet when bytes.Length >= Ethernet.HeaderBytes:
                type = BinaryPrimitives.ReadUInt16BigEndian(bytes[(Ethernet.HeaderBytes - TypeBytes)..]);
                bytes = bytes[Ethernet.HeaderBytes..];
                break;
            default:
                return bytes; // It begins with the packet, or is too short for anything.
        }

        while (type is EtherType.Vlan or EtherType.ProviderVlan && bytes.Length >= TagBytes)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(bytes[TypeBytes..]);
            bytes = bytes[TagBytes..];
        }

        return type is EtherType.Ipv4 or EtherType.Ipv6 ? bytes : default;
    }

    private static bool TryReadPacket(ReadOnlySpan<byte> packet, out FlowKey key, out ReadOnlySpan<byte> payload)
    {
        key = default;
        payload = default;
        if (packet.IsEmpty)
        {
            return false;
        }

        // By hand: what an error quotes is cut short, which the checked views do not take.
        bool isIpv4 = packet[0] >> VersionShift == 4;
        int header = isIpv4 ? (packet[0] & 0x0F) * 4 : Ipv6.HeaderBytes;
        if (packet[0] >> VersionShift is not (4 or 6) || packet.Length < header || header < Ipv4.HeaderBytes)
        {
            return false;
        }

        byte protocol = packet[isIpv4 ? 9 : 6];
        bool isFirst = !isIpv4 || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1FFF) == 0;
        InternetAddress source = AddressAt(packet[(isIpv4 ? 12 : 8)..], isIpv4);
        InternetAddress destination = AddressAt(packet[(isIpv4 ? 16 : 24)..], isIpv4);
        payload = packet[header..];
        if (!isIpv4)
        {
            PassExtensions(ref payload, ref protocol, ref isFirst);
        }

        // What a later fragment carries is no header.
        payload = isFirst ? payload : default;
        bool hasPorts = payload.Length >= 4 && ProtocolsWithPorts.Contains(protocol);
        key = hasPorts
            ? new FlowKey(source, PortAt(payload), destination, PortAt(payload[2..]), protocol)
            : new FlowKey(source, 0, destination, 0, protocol);
        return true;
    }

    /// <summary>Passes over extension headers of IPv6 (RFC 8200 section 4), as <see cref="FlowProgram"/> does in the
    /// kernel, which knows a packet before it is broken into fragments and after they were put together.</summary>
    private static void PassExtensions(ref ReadOnlySpan<byte> payload, ref byte protocol, ref bool isFirst)
    {
        for (int passed = 0; passed < ExtensionsMax && isFirst && payload.Length >= Ipv6Extension.UnitBytes; passed++)
        {
            int length;
            switch (protocol)
            {
                case IpProtocol.Fragment:
                    length = Ipv6Fragment.HeaderBytes;
                    isFirst = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) >> 3 == 0;
                    break;
                case IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions:
                    length = (payload[1] + 1) * Ipv6Extension.UnitBytes;
                    break;
                default:
                    return;
            }

            protocol = payload[0];
            payload = payload[Math.Min(length, payload.Length)..];
        }
    }

    private static InternetAddress AddressAt(ReadOnlySpan<byte> bytes, bool isIpv4) => isIpv4
        ? new InternetAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new InternetAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    private static ushort PortAt(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
