using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>What an ICMP message for IPv6 is (IANA "ICMPv6 Parameters").</summary>
public enum Icmpv6Type : byte
{
    /// <summary>A packet could not be delivered (RFC 4443 section 3.1).</summary>
    DestinationUnreachable = 1,

    /// <summary>A packet was too long for the next link (RFC 4443 section 3.2).</summary>
    PacketTooBig = 2,

    /// <summary>A packet passed too many routers, or its fragments did not all come (RFC 4443 section 3.3).</summary>
    TimeExceeded = 3,

    /// <summary>A header is not understood (RFC 4443 section 3.4).</summary>
    ParameterProblem = 4,

    /// <summary>Are you there? (RFC 4443 section 4.1)</summary>
    EchoRequest = 128,

    /// <summary>The answer to an echo request (RFC 4443 section 4.2).</summary>
    EchoReply = 129,

    /// <summary>Who listens to this group? (RFC 2710)</summary>
    MulticastListenerQuery = 130,

    /// <summary>I listen to this group (RFC 2710).</summary>
    MulticastListenerReport = 131,

    /// <summary>I no longer do (RFC 2710).</summary>
    MulticastListenerDone = 132,

    /// <summary>Which routers are there? (RFC 4861 section 4.1)</summary>
    RouterSolicitation = 133,

    /// <summary>A router announces itself (RFC 4861 section 4.2).</summary>
    RouterAdvertisement = 134,

    /// <summary>Who has this address? (RFC 4861 section 4.3)</summary>
    NeighborSolicitation = 135,

    /// <summary>I do (RFC 4861 section 4.4).</summary>
    NeighborAdvertisement = 136,

    /// <summary>There is a better router (RFC 4861 section 4.5).</summary>
    Redirect = 137,

    /// <summary>I listen to these groups (RFC 3810 section 5.2).</summary>
    MulticastListenerReport2 = 143,
}

/// <summary>
/// ICMP for IPv6 (RFC 4443): fields and row. What finds neighbours is in <see cref="NeighborDiscovery"/>.
/// </summary>
public static class Icmpv6
{
    /// <summary>How many bytes every message has at least.</summary>
    public const int HeaderBytes = 8;

    internal const int TypeAt = 0;
    internal const int CodeAt = 1;
    internal const int ChecksumAt = 2;
    internal const int RestAt = 4;
    internal const int SequenceAt = 6;

    /// <summary>What it is.</summary>
    public static readonly Field Type =
        new("icmpv6.type", "Type", FieldKind.Number, static value => NameOf((Icmpv6Type)value));

    /// <summary>What it is more exactly.</summary>
    public static readonly Field Code = new("icmpv6.code", "Code", FieldKind.Number);

    /// <summary>The checksum.</summary>
    public static readonly Field Checksum = new("icmpv6.checksum", "Checksum", FieldKind.Hex);

    /// <summary>Which program an echo belongs to.</summary>
    public static readonly Field Identifier = new("icmpv6.echo.identifier", "Identifier", FieldKind.Hex);

    /// <summary>Which echo of it.</summary>
    public static readonly Field Sequence = new("icmpv6.echo.sequence_number", "Sequence", FieldKind.Number);

    /// <summary>The longest packet that would have passed.</summary>
    public static readonly Field Mtu = new("icmpv6.mtu", "MTU", FieldKind.Number);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "icmpv6", "ICMPv6", "Internet Control Message Protocol v6", [new(Selector.IpProtocol, IpProtocol.Icmpv6)],
        [Type, Code, Checksum, Identifier, Sequence, Mtu, .. NeighborDiscovery.Fields], Dissect);

    /// <summary>The words for a type, or null.</summary>
    public static string? NameOf(Icmpv6Type type) => type switch
    {
        Icmpv6Type.DestinationUnreachable => "Destination Unreachable",
        Icmpv6Type.PacketTooBig => "Packet Too Big",
        Icmpv6Type.TimeExceeded => "Time Exceeded",
        Icmpv6Type.ParameterProblem => "Parameter Problem",
        Icmpv6Type.EchoRequest => "Echo (ping) request",
        Icmpv6Type.EchoReply => "Echo (ping) reply",
        Icmpv6Type.MulticastListenerQuery => "Multicast Listener Query",
        Icmpv6Type.MulticastListenerReport => "Multicast Listener Report",
        Icmpv6Type.MulticastListenerDone => "Multicast Listener Done",
        Icmpv6Type.RouterSolicitation => "Router Solicitation",
        Icmpv6Type.RouterAdvertisement => "Router Advertisement",
        Icmpv6Type.NeighborSolicitation => "Neighbor Solicitation",
        Icmpv6Type.NeighborAdvertisement => "Neighbor Advertisement",
        Icmpv6Type.Redirect => "Redirect",
        Icmpv6Type.MulticastListenerReport2 => "Multicast Listener Report Message v2",
        _ => null,
    };

    /// <summary>Whether it is about another packet: errors have types below 128 (RFC 4443 section 2.1).</summary>
    public static bool IsError(Icmpv6Type type) => (byte)type < 128;

    /// <summary>The words for a code of a type, or null (RFC 4443 sections 3.1 and 3.3).</summary>
    public static string? NameOf(Icmpv6Type type, byte code) => (type, code) switch
    {
        (Icmpv6Type.DestinationUnreachable, 0) => "no route to destination",
        (Icmpv6Type.DestinationUnreachable, 1) => "Administratively prohibited",
        (Icmpv6Type.DestinationUnreachable, 2) => "Beyond scope of source address",
        (Icmpv6Type.DestinationUnreachable, 3) => "Address unreachable",
        (Icmpv6Type.DestinationUnreachable, 4) => "Port unreachable",
        (Icmpv6Type.DestinationUnreachable, 5) => "Source address failed ingress/egress policy",
        (Icmpv6Type.DestinationUnreachable, 6) => "Reject route to destination",
        (Icmpv6Type.TimeExceeded, 0) => "hop limit exceeded in transit",
        (Icmpv6Type.TimeExceeded, 1) => "fragment reassembly time exceeded",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!Icmpv6View.TryParse(layer.Bytes, out Icmpv6View message))
        {
            return layer.Malformed();
        }

        bool isEcho = message.Type is Icmpv6Type.EchoReply or Icmpv6Type.EchoRequest;
        layer.Begin(HeaderBytes);
        layer.Add(Type, TypeAt, sizeof(byte), (ulong)message.Type);
        layer.Add(Code, CodeAt, sizeof(byte), message.Code);
        layer.Add(Checksum, ChecksumAt, sizeof(ushort), message.Checksum);
        if (isEcho)
        {
            layer.Add(Identifier, RestAt, sizeof(ushort), message.Identifier);
            layer.Add(Sequence, SequenceAt, sizeof(ushort), message.Sequence);
        }
        else if (message.Type == Icmpv6Type.PacketTooBig)
        {
            layer.Add(Mtu, RestAt, sizeof(uint), message.Rest);
        }

        WriteInfo(layer, message);
        if (IsError(message.Type))
        {
            layer.NextQuoted(Ipv6.Row, HeaderBytes, message.Payload.Length);
            return true;
        }

        if (isEcho)
        {
            _ = layer.Next(null, HeaderBytes, message.Payload.Length);
            return true;
        }

        return NeighborDiscovery.Dissect(layer, message);
    }

    private static void WriteInfo(in Layer layer, in Icmpv6View message)
    {
        if (!layer.BeginInfo())
        {
            return;
        }

        layer.Info.Append($"{NameOf(message.Type) ?? "Type"}");
        switch (message.Type)
        {
            case Icmpv6Type.EchoReply or Icmpv6Type.EchoRequest:
                layer.Info.Append($" id=0x{message.Identifier:x4}, seq={message.Sequence}");
                break;
            case Icmpv6Type.PacketTooBig:
                layer.Info.Append($" (MTU {message.Rest})");
                break;
            default:
                if (NameOf(message.Type, message.Code) is { } name)
                {
                    layer.Info.Append($" ({name})");
                }

                break;
        }
    }
}

/// <summary>An ICMP message for IPv6 where it stands.</summary>
public readonly ref struct Icmpv6View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private Icmpv6View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What it is.</summary>
    public Icmpv6Type Type => (Icmpv6Type)_bytes[Icmpv6.TypeAt];

    /// <summary>What it is more exactly.</summary>
    public byte Code => _bytes[Icmpv6.CodeAt];

    /// <summary>The checksum.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Icmpv6.ChecksumAt..]);

    /// <summary>The four bytes whose meaning depends on the type.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_bytes[Icmpv6.RestAt..]);

    /// <summary>Which program an echo belongs to.</summary>
    public ushort Identifier => (ushort)(Rest >> 16);

    /// <summary>Which echo of it.</summary>
    public ushort Sequence => (ushort)Rest;

    /// <summary>What follows the first eight bytes.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Icmpv6.HeaderBytes..];

    /// <summary>Checks that the first eight bytes are there.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Icmpv6View view)
    {
        bool isWhole = bytes.Length >= Icmpv6.HeaderBytes;
        view = isWhole ? new Icmpv6View(bytes) : default;
        return isWhole;
    }

    /// <summary>Whether the checksum is right, which covers the addresses (RFC 4443 section 2.3).</summary>
    public bool IsChecksumRight(InternetAddress source, InternetAddress destination) =>
        InternetChecksum.Sum(
            _bytes, InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, _bytes.Length))
        == InternetChecksum.RightSum;
}

/// <summary>The first eight bytes of an ICMP message for IPv6 as a value.</summary>
public readonly record struct Icmpv6Header(Icmpv6Type Type, byte Code, uint Rest)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Icmpv6.HeaderBytes;

    /// <summary>The header of an echo request or reply.</summary>
    public static Icmpv6Header Echo(Icmpv6Type type, ushort identifier, ushort sequence) =>
        new(type, 0, ((uint)identifier << 16) | sequence);

    /// <summary>Reads a header. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Icmpv6Header header)
    {
        bool isValid = Icmpv6View.TryParse(bytes, out Icmpv6View view);
        header = isValid ? new Icmpv6Header(view.Type, view.Code, view.Rest) : default;
        return isValid;
    }

    /// <summary>Writes the header before what it carries, which is already there, with the checksum of all.</summary>
    public void Emit(Span<byte> message, InternetAddress source, InternetAddress destination)
    {
        message[Icmpv6.TypeAt] = (byte)Type;
        message[Icmpv6.CodeAt] = Code;
        BinaryPrimitives.WriteUInt16BigEndian(message[Icmpv6.ChecksumAt..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(message[Icmpv6.RestAt..], Rest);
        ushort sum = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Icmpv6, message.Length);
        BinaryPrimitives.WriteUInt16BigEndian(message[Icmpv6.ChecksumAt..], InternetChecksum.Of(message, sum));
    }
}
