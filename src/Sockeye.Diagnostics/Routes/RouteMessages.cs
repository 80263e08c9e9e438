using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Sockeye.Linux;
using Sockeye.Wire;

namespace Sockeye.Diagnostics.Routes;

/// <summary>The messages of rtnetlink(7), in the byte order of this machine.</summary>
internal static class RouteMessages
{
    /// <summary>Room for the body of a question: a structure, an address, and the number of an interface.</summary>
    private const int QuestionBytes = 48;

    // struct nlmsghdr of netlink(7).
    private const int HeaderBytes = 16;
    private const int TypeAt = 4;
    private const int FlagsAt = 6;
    private const ushort RequestFlag = 1; // NLM_F_REQUEST

    // Types of messages of rtnetlink(7).
    private const ushort NewLink = 16; // RTM_NEWLINK
    private const ushort GetLink = 18; // RTM_GETLINK
    private const ushort NewRoute = 24; // RTM_NEWROUTE
    private const ushort GetRoute = 26; // RTM_GETROUTE
    private const ushort NewNeighbor = 28; // RTM_NEWNEIGH
    private const ushort GetNeighbor = 30; // RTM_GETNEIGH

    // struct rtmsg: family, lengths of the prefixes, …, type, flags.
    private const int RouteBytes = 12;
    private const int RouteKindAt = 7;
    private const ushort RouteDestination = 1; // RTA_DST
    private const ushort RouteOutput = 4; // RTA_OIF
    private const ushort RouteGateway = 5; // RTA_GATEWAY
    private const ushort RouteSource = 7; // RTA_PREFSRC
    private const ushort RouteVia = 18; // RTA_VIA: a gateway of the other family, behind two bytes with that

    // struct ifinfomsg: family, type, index, flags, changes.
    private const int LinkBytes = 16;
    private const int LinkIndexAt = 4;
    private const int LinkFlagsAt = 8;
    private const uint LinkIsLoopback = 0x8; // IFF_LOOPBACK
    private const ushort LinkHardware = 1; // IFLA_ADDRESS
    private const ushort LinkName = 3; // IFLA_IFNAME
    private const ushort LinkPacketBytes = 4; // IFLA_MTU

    // struct ndmsg: family, index of the interface, state, flags, type.
    private const int NeighborBytes = 12;
    private const int NeighborIndexAt = 4;
    private const int NeighborStateAt = 8;
    private const ushort NeighborDestination = 1; // NDA_DST
    private const ushort NeighborHardware = 2; // NDA_LLADDR

    private const int AttributeHeaderBytes = 4;

    public static Route? FindRoute(RouteSocket kernel, IPAddress destination)
    {
        byte[] address = destination.GetAddressBytes();
        Span<byte> body = stackalloc byte[QuestionBytes];
        body.Clear();
        body[0] = FamilyOf(address);
        body[1] = (byte)(address.Length * 8);
        int length = Append(body, RouteBytes, RouteDestination, address);
        if (destination is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: > 0 and var zone })
        {
            // RFC 4007 section 6: the same address may be on several links, and the zone says on which.
            length = Append(body, length, RouteOutput, BitConverter.GetBytes((int)zone));
        }

        ReadOnlySpan<byte> answer = Ask(kernel, GetRoute, body[..length], NewRoute);
        if (answer.Length < RouteBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> attributes = answer[RouteBytes..];
        int index = Find(attributes, RouteOutput) is { Length: >= 4 } output ? MemoryMarshal.Read<int>(output) : 0;
        var kind = (RouteKind)answer[RouteKindAt];
        IPAddress? gateway = AddressOf(Find(attributes, RouteGateway), index)
            ?? (Find(attributes, RouteVia) is { Length: > 2 } via ? AddressOf(via[2..], index) : null);
        IPAddress? source = AddressOf(Find(attributes, RouteSource), index);
        return kind is >= RouteKind.Unicast and <= RouteKind.Multicast && FindInterface(kernel, index) is { } link
            ? new Route(destination, kind, link, gateway, source)
            : null;
    }

    public static Neighbor? FindNeighbor(RouteSocket kernel, IPAddress address, int index)
    {
        byte[] bytes = address.GetAddressBytes();
        Span<byte> body = stackalloc byte[QuestionBytes];
        body.Clear();
        body[0] = FamilyOf(bytes);
        MemoryMarshal.Write(body[NeighborIndexAt..], index);
        int length = Append(body, NeighborBytes, NeighborDestination, bytes);
        ReadOnlySpan<byte> answer = Ask(kernel, GetNeighbor, body[..length], NewNeighbor);
        if (answer.Length < NeighborBytes)
        {
            return null;
        }

        var state = (NeighborState)MemoryMarshal.Read<ushort>(answer[NeighborStateAt..]);
        return new Neighbor(address, HardwareOf(Find(answer[NeighborBytes..], NeighborHardware)), state);
    }

    public static RouteInterface? FindInterface(RouteSocket kernel, int index)
    {
        Span<byte> body = stackalloc byte[LinkBytes];
        body.Clear();
        MemoryMarshal.Write(body[LinkIndexAt..], index);
        ReadOnlySpan<byte> answer = Ask(kernel, GetLink, body, NewLink);
        if (answer.Length < LinkBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> attributes = answer[LinkBytes..];
        return new RouteInterface(index, Encoding.UTF8.GetString(Find(attributes, LinkName).TrimEnd((byte)0)))
        {
            IsLoopback = (MemoryMarshal.Read<uint>(answer[LinkFlagsAt..]) & LinkIsLoopback) != 0,
            PacketBytesMax = Find(attributes, LinkPacketBytes) is { Length: >= 4 } bytes
                ? MemoryMarshal.Read<int>(bytes)
                : 0,
            Hardware = HardwareOf(Find(attributes, LinkHardware)),
        };
    }

    /// <summary>The body of the answer, if it is of this type; an error is none, and neither is silence.</summary>
    private static ReadOnlySpan<byte> Ask(
        RouteSocket kernel, ushort type, scoped ReadOnlySpan<byte> body, ushort expected)
    {
        Span<byte> question = stackalloc byte[HeaderBytes + QuestionBytes];
        question.Clear();
        int length = HeaderBytes + body.Length;
        body.CopyTo(question[HeaderBytes..]);
        MemoryMarshal.Write(question, length);
        MemoryMarshal.Write(question[TypeAt..], type);
        MemoryMarshal.Write(question[FlagsAt..], RequestFlag);
        ReadOnlySpan<byte> answer = kernel.Ask(question[..length]);
        return answer.Length >= HeaderBytes
            && MemoryMarshal.Read<int>(answer) is >= HeaderBytes and int whole && whole <= answer.Length
            && MemoryMarshal.Read<ushort>(answer[TypeAt..]) == expected
                ? answer[HeaderBytes..whole]
                : default;
    }

    /// <summary>Appends an attribute, which must be of whole units of four bytes (RTA_ALIGN).</summary>
    private static int Append(Span<byte> body, int length, ushort attribute, ReadOnlySpan<byte> value)
    {
        Debug.Assert((value.Length & 3) == 0, "An address or a number.");
        Span<byte> place = body[length..];
        MemoryMarshal.Write(place, (ushort)(AttributeHeaderBytes + value.Length));
        MemoryMarshal.Write(place[sizeof(ushort)..], attribute);
        value.CopyTo(place[AttributeHeaderBytes..]);
        return length + AttributeHeaderBytes + value.Length;
    }

    /// <summary>The value of an attribute; empty when it is not there.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort type)
    {
        while (attributes.Length >= AttributeHeaderBytes)
        {
            int length = MemoryMarshal.Read<ushort>(attributes);
            if (length < AttributeHeaderBytes || length > attributes.Length)
            {
                return default;
            }

            if (MemoryMarshal.Read<ushort>(attributes[sizeof(ushort)..]) == type)
            {
                return attributes[AttributeHeaderBytes..length];
            }

            int aligned = (length + 3) & ~3; // RTA_ALIGN
            attributes = attributes[Math.Min(aligned, attributes.Length)..];
        }

        return default;
    }

    private static byte FamilyOf(byte[] address) =>
        (byte)(address.Length == InternetAddress.Ipv4Bytes ? SocketFamily.Ipv4 : SocketFamily.Ipv6);

    private static IPAddress? AddressOf(ReadOnlySpan<byte> bytes, int index) => bytes.Length switch
    {
        InternetAddress.Ipv4Bytes => new IPAddress(bytes),
        InternetAddress.Ipv6Bytes => new IPAddress(bytes) is { IsIPv6LinkLocal: true }
            ? new IPAddress(bytes, index)
            : new IPAddress(bytes),
        _ => null,
    };

    private static MacAddress? HardwareOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length == MacAddress.Bytes ? new MacAddress(bytes) : null;
}
