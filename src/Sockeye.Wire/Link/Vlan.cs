using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Link;

/// <summary>VLAN tags (IEEE 802.1Q section 9.6): fields and row.</summary>
public static class Vlan
{
    /// <summary>How many bytes a tag has after its EtherType.</summary>
    public const int HeaderBytes = 4;

    /// <summary>The highest number of a VLAN that may be used (IEEE 802.1Q table 9-2).</summary>
    public const int IdentifierMax = 4094;

    internal const int TagAt = 0;
    internal const int TypeAt = 2;
    internal const int PriorityShift = 13;
    internal const int DropEligibleBit = 0x1000;
    internal const int IdentifierMask = 0x0FFF;

    /// <summary>The priority, 0 to 7.</summary>
    public static readonly Field Priority = new("vlan.priority", "Priority", FieldKind.Number);

    /// <summary>Whether it may be dropped first.</summary>
    public static readonly Field DropEligible = new("vlan.dei", "DEI", FieldKind.Flag);

    /// <summary>The number of the VLAN.</summary>
    public static readonly Field Identifier = new("vlan.id", "ID", FieldKind.Number);

    /// <summary>What it carries.</summary>
    public static readonly Field Type = new("vlan.etype", "Type", FieldKind.Hex, EtherType.NameOf);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "vlan", "VLAN", "802.1Q Virtual LAN",
        [new(Selector.EtherType, EtherType.Vlan), new(Selector.EtherType, EtherType.ProviderVlan)],
        [Priority, DropEligible, Identifier, Type], Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!VlanView.TryParse(layer.Bytes, out VlanView tag))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.Add(Priority, TagAt, sizeof(ushort), tag.Priority);
        layer.Add(DropEligible, TagAt, sizeof(ushort), tag.IsDropEligible);
        layer.Add(Identifier, TagAt, sizeof(ushort), tag.Identifier);
        layer.Add(Type, TypeAt, sizeof(ushort), tag.Type);
        Ethernet.Next(layer, tag.Type, HeaderBytes, tag.Payload.Length);
        return true;
    }
}

/// <summary>A VLAN tag where it stands, from after the EtherType that announced it.</summary>
public readonly ref struct VlanView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private VlanView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The priority, 0 to 7.</summary>
    public byte Priority => (byte)(Tag >> Vlan.PriorityShift);

    /// <summary>Whether it may be dropped first.</summary>
    public bool IsDropEligible => (Tag & Vlan.DropEligibleBit) != 0;

    /// <summary>The number of the VLAN.</summary>
    public ushort Identifier => (ushort)(Tag & Vlan.IdentifierMask);

    /// <summary>What it carries.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Vlan.TypeAt..]);

    /// <summary>What follows the tag.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Vlan.HeaderBytes..];

    private ushort Tag => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Vlan.TagAt..]);

    /// <summary>Checks that the tag is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VlanView view)
    {
        bool isWhole = bytes.Length >= Vlan.HeaderBytes;
        view = isWhole ? new VlanView(bytes) : default;
        return isWhole;
    }
}

/// <summary>A VLAN tag as a value.</summary>
public readonly record struct VlanTag(byte Priority, bool IsDropEligible, ushort Identifier, ushort Type)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Vlan.HeaderBytes;

    /// <summary>Reads a tag.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out VlanTag tag)
    {
        bool isValid = VlanView.TryParse(bytes, out VlanView view);
        tag = isValid ? new VlanTag(view.Priority, view.IsDropEligible, view.Identifier, view.Type) : default;
        return isValid;
    }

    /// <summary>Writes the tag.</summary>
    public void Emit(Span<byte> bytes)
    {
        int tag = (Priority << Vlan.PriorityShift) | (IsDropEligible ? Vlan.DropEligibleBit : 0)
            | (Identifier & Vlan.IdentifierMask);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Vlan.TagAt..], (ushort)tag);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Vlan.TypeAt..], Type);
    }
}
