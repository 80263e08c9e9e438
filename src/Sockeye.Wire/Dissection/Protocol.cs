using System.Diagnostics;

namespace Sockeye.Wire.Dissection;

/// <summary>By what the layer below tells which protocol it carries.</summary>
public enum Selector : byte
{
    /// <summary>The link type of the capture (<see cref="Link.LinkType"/>).</summary>
    LinkType = 0,

    /// <summary>The type of an Ethernet frame.</summary>
    EtherType,

    /// <summary>The protocol of an IPv4 packet, or the next header of an IPv6 one.</summary>
    IpProtocol,

    /// <summary>A port of UDP, of either end.</summary>
    UdpPort,

    /// <summary>A port of TCP, of either end.</summary>
    TcpPort,
}

/// <summary>A value of a selector that stands for a protocol, such as the EtherType 0x0800 for IPv4.</summary>
public readonly record struct Place(Selector Selector, int Value);

/// <summary>
/// Takes a layer apart. False says that the bytes are not of this protocol after all; then nothing was added.
/// </summary>
public delegate bool DissectMethod(in Layer layer);

/// <summary>Whether the bytes at the start of a TCP payload look like those of a protocol.</summary>
public delegate bool RecognizeMethod(ReadOnlySpan<byte> payload);

/// <summary>
/// A row of the table of protocols: its names, where it is found, its fields, and how it is taken apart.
/// </summary>
[DebuggerDisplay("{Name}")]
public sealed class Protocol
{
    /// <summary>Describes a protocol.</summary>
    /// <param name="name">The name in filters, such as <c>tcp</c>.</param>
    /// <param name="shortName">The name in a listing, such as TCP.</param>
    /// <param name="title">The name in full.</param>
    /// <param name="places">Where it is found.</param>
    /// <param name="fields">What it consists of.</param>
    /// <param name="dissect">Takes it apart.</param>
    public Protocol(
        string name, string shortName, string title, Place[] places, Field[] fields, DissectMethod dissect)
    {
        Self = new Field(name, title, FieldKind.Group);
        ShortName = shortName;
        Places = places;
        Fields = fields;
        Dissect = dissect;
    }

    /// <summary>The name in filters.</summary>
    public string Name => Self.Name;

    /// <summary>The name in a listing.</summary>
    public string ShortName { get; }

    /// <summary>The name in full.</summary>
    public string Title => Self.Label;

    /// <summary>Where it is found.</summary>
    public IReadOnlyList<Place> Places { get; }

    /// <summary>What it consists of.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The field that is the protocol itself: it is there when the protocol is.</summary>
    public Field Self { get; }

    /// <summary>How it is recognised by its content on whatever port of TCP; null when only by its port.</summary>
    public RecognizeMethod? Recognizes { get; init; }

    /// <summary>Takes it apart.</summary>
    internal DissectMethod Dissect { get; }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
