using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Link;

/// <summary>
/// Linux "cooked" capture, version 2 (LINKTYPE_LINUX_SLL2): as version 1, and names the interface. The fields of both
/// have the same names.
/// </summary>
public static class LinuxCooked2
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 20;

    internal const int ProtocolAt = 0;
    internal const int InterfaceAt = 4;
    internal const int HardwareAt = 8;
    internal const int DirectionAt = 10;
    internal const int AddressLengthAt = 11;
    internal const int AddressAt = 12;

    /// <summary>The index of the interface.</summary>
    public static readonly Field Interface = new("sll.ifindex", "Interface index", FieldKind.Number);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "sll2", "SLL2", "Linux cooked capture v2", [new(Selector.LinkType, (int)LinkType.LinuxCooked2)],
        [
            LinuxCooked.Type, Interface, LinuxCooked.Hardware, LinuxCooked.Direction, LinuxCooked.AddressLength,
            LinuxCooked.Source, LinuxCooked.SourceOther,
        ],
        Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!LinuxCooked2View.TryParse(layer.Bytes, out LinuxCooked2View header))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.AddHidden(LinuxCooked.Row.Self, 0, HeaderBytes); // Whoever asks for sll means either version.
        layer.Add(LinuxCooked.Type, ProtocolAt, sizeof(ushort), header.Protocol);
        layer.Add(Interface, InterfaceAt, sizeof(uint), header.Interface);
        layer.Add(LinuxCooked.Hardware, HardwareAt, sizeof(ushort), header.Hardware);
        layer.Add(LinuxCooked.Direction, DirectionAt, sizeof(byte), (ushort)header.Direction);
        layer.Add(LinuxCooked.AddressLength, AddressLengthAt, sizeof(byte), header.AddressLength);
        if (header.Address.Length == MacAddress.Bytes)
        {
            layer.SetEnds(new Station(new MacAddress(header.Address)), default);
            layer.Add(LinuxCooked.Source, AddressAt, MacAddress.Bytes);
        }
        else if (!header.Address.IsEmpty)
        {
            layer.Add(LinuxCooked.SourceOther, AddressAt, header.Address.Length);
        }

        Ethernet.Next(layer, header.Protocol, HeaderBytes, header.Payload.Length);
        return true;
    }
}

/// <summary>A header of a Linux cooked capture, version 2, where it stands.</summary>
public readonly ref struct LinuxCooked2View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private LinuxCooked2View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What it carries, an EtherType.</summary>
    public ushort Protocol => BinaryPrimitives.ReadUInt16BigEndian(_bytes[LinuxCooked2.ProtocolAt..]);

    /// <summary>The index of the interface.</summary>
    public uint Interface => BinaryPrimitives.ReadUInt32BigEndian(_bytes[LinuxCooked2.InterfaceAt..]);

    /// <summary>The kind of the link (ARPHRD_ of Linux).</summary>
    public ushort Hardware => BinaryPrimitives.ReadUInt16BigEndian(_bytes[LinuxCooked2.HardwareAt..]);

    /// <summary>Which way the packet went.</summary>
    public PacketDirection Direction => (PacketDirection)_bytes[LinuxCooked2.DirectionAt];

    /// <summary>How long the sender's address is; perhaps longer than there is room for.</summary>
    public byte AddressLength => _bytes[LinuxCooked2.AddressLengthAt];

    /// <summary>The sender's address, or as much of it as there is room for.</summary>
    public ReadOnlySpan<byte> Address =>
        _bytes.Slice(LinuxCooked2.AddressAt, Math.Min((int)AddressLength, LinuxCooked.AddressBytesMax));

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[LinuxCooked2.HeaderBytes..];

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LinuxCooked2View view)
    {
        bool isWhole = bytes.Length >= LinuxCooked2.HeaderBytes;
        view = isWhole ? new LinuxCooked2View(bytes) : default;
        return isWhole;
    }
}

/// <summary>A header of a Linux cooked capture, version 2, as a value. The address has at most eight bytes.</summary>
public readonly record struct LinuxCooked2Header(
    ushort Protocol, uint Interface, ushort Hardware, PacketDirection Direction, ByteString Address)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => LinuxCooked2.HeaderBytes;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LinuxCooked2Header header)
    {
        bool isValid = LinuxCooked2View.TryParse(bytes, out LinuxCooked2View view);
        header = isValid
            ? new(view.Protocol, view.Interface, view.Hardware, view.Direction, new ByteString(view.Address))
            : default;
        return isValid;
    }

    /// <summary>Writes the header.</summary>
    public void Emit(Span<byte> bytes)
    {
        bytes[..LinuxCooked2.HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked2.ProtocolAt..], Protocol);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[LinuxCooked2.InterfaceAt..], Interface);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[LinuxCooked2.HardwareAt..], Hardware);
        bytes[LinuxCooked2.DirectionAt] = (byte)Direction;
        bytes[LinuxCooked2.AddressLengthAt] = (byte)Address.Length;
        Address.Span.CopyTo(bytes.Slice(LinuxCooked2.AddressAt, LinuxCooked.AddressBytesMax));
    }
}
