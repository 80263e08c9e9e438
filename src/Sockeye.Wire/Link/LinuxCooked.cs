using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Link;

/// <summary>Which way a packet went, as Linux sees it (packet(7), sll_pkttype).</summary>
public enum PacketDirection : ushort
{
    /// <summary>To us.</summary>
    ToUs = 0,

    /// <summary>To everybody on the link.</summary>
    Broadcast = 1,

    /// <summary>To a group.</summary>
    Multicast = 2,

    /// <summary>To somebody else; seen because the interface is promiscuous.</summary>
    ToOthers = 3,

    /// <summary>From us.</summary>
    Outgoing = 4,
}

/// <summary>
/// Linux "cooked" capture (LINKTYPE_LINUX_SLL): what a capture on all interfaces has in place of their own headers.
/// </summary>
public static class LinuxCooked
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 16;

    /// <summary>How many bytes of an address of the link it has room for.</summary>
    public const int AddressBytesMax = 8;

    internal const int DirectionAt = 0;
    internal const int HardwareAt = 2;
    internal const int AddressLengthAt = 4;
    internal const int AddressAt = 6;
    internal const int ProtocolAt = 14;

    /// <summary>Which way it went.</summary>
    public static readonly Field Direction = new("sll.pkttype", "Packet type", FieldKind.Number, NameOfDirection);

    /// <summary>The kind of the link (ARPHRD_ of Linux).</summary>
    public static readonly Field Hardware = new("sll.hatype", "Link-layer address type", FieldKind.Number);

    /// <summary>How long the sender's address of the link is.</summary>
    public static readonly Field AddressLength = new("sll.halen", "Link-layer address length", FieldKind.Number);

    /// <summary>The sender's address, of an Ethernet card.</summary>
    public static readonly Field Source = new("sll.src.eth", "Source", FieldKind.Mac);

    /// <summary>The sender's address, of another link.</summary>
    public static readonly Field SourceOther = new("sll.src.other", "Source", FieldKind.Bytes);

    /// <summary>What it carries.</summary>
    public static readonly Field Type = new("sll.etype", "Protocol", FieldKind.Hex, EtherType.NameOf);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "sll", "SLL", "Linux cooked capture v1", [new(Selector.LinkType, (int)LinkType.LinuxCooked)],
        [Direction, Hardware, AddressLength, Source, SourceOther, Type], Dissect);

    internal static string? NameOfDirection(ulong value) => (PacketDirection)value switch
    {
        PacketDirection.ToUs => "Unicast to us",
        PacketDirection.Broadcast => "Broadcast",
        PacketDirection.Multicast => "Multicast",
        PacketDirection.ToOthers => "Unicast to another host",
        PacketDirection.Outgoing => "Sent by us",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!LinuxCookedView.TryParse(layer.Bytes, out LinuxCookedView header))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.Add(Direction, DirectionAt, sizeof(ushort), (ushort)header.Direction);
        layer.Add(Hardware, HardwareAt, sizeof(ushort), header.Hardware);
        layer.Add(AddressLength, AddressLengthAt, sizeof(ushort), header.AddressLength);
        if (header.Address.Length == MacAddress.Bytes)
        {
            layer.SetEnds(new Station(new MacAddress(header.Address)), default);
            layer.Add(Source, AddressAt, MacAddress.Bytes);
        }
        else if (!header.Address.IsEmpty)
        {
            layer.Add(SourceOther, AddressAt, header.Address.Length);
        }

        layer.Add(Type, ProtocolAt, sizeof(ushort), header.Protocol);
        Ethernet.Next(layer, header.Protocol, HeaderBytes, header.Payload.Length);
        return true;
    }
}

/// <summary>A header of a Linux cooked capture where it stands.</summary>
public readonly ref struct LinuxCookedView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private LinuxCookedView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Which way the packet went.</summary>
    public PacketDirection Direction => (PacketDirection)Word(LinuxCooked.DirectionAt);

    /// <summary>The kind of the link (ARPHRD_ of Linux).</summary>
    public ushort Hardware => Word(LinuxCooked.HardwareAt);

    /// <summary>How long the sender's address is; perhaps longer than there is room for.</summary>
    public ushort AddressLength => Word(LinuxCooked.AddressLengthAt);

    /// <summary>The sender's address, or as much of it as there is room for.</summary>
    public ReadOnlySpan<byte> Address =>
        _bytes.Slice(LinuxCooked.AddressAt, Math.Min((int)AddressLength, LinuxCooked.AddressBytesMax));

    /// <summary>What it carries, an EtherType.</summary>
    public ushort Protocol => Word(LinuxCooked.ProtocolAt);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[LinuxCooked.HeaderBytes..];

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LinuxCookedView view)
    {
        bool isWhole = bytes.Length >= LinuxCooked.HeaderBytes;
        view = isWhole ? new LinuxCookedView(bytes) : default;
        return isWhole;
    }

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
}

/// <summary>A header of a Linux cooked capture as a value. The address has at most eight bytes.</summary>
public readonly record struct LinuxCookedHeader(
    PacketDirection Direction, ushort Hardware, ByteString Address, ushort Protocol)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => LinuxCooked.HeaderBytes;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LinuxCookedHeader header)
    {
        bool isValid = LinuxCookedView.TryParse(bytes, out LinuxCookedView view);
        header = isValid
            ? new LinuxCookedHeader(view.Direction, view.Hardware, new ByteString(view.Address), view.Protocol)
            : default;
        return isValid;
    }

    /// <summary>Writes the header.</summary>
    public void Emit(Span<byte> bytes)
    {
        bytes[..LinuxCooked.HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked.DirectionAt..], (ushort)Direction);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked.HardwareAt..], Hardware);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked.AddressLengthAt..], (ushort)Address.Length);
        Address.Span.CopyTo(bytes.Slice(LinuxCooked.AddressAt, LinuxCooked.AddressBytesMax));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked.ProtocolAt..], Protocol);
    }
}
