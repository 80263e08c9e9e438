using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Link;

/// <summary>Ethernet (IEEE 802.3 section 3.1): its fields and its row in the table of protocols.</summary>
public static class Ethernet
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 14;

    internal const int DestinationAt = 0;
    internal const int SourceAt = 6;
    internal const int TypeAt = 12;

    /// <summary>For whom the frame is.</summary>
    public static readonly Field Destination = new("eth.dst", "Destination", FieldKind.Mac);

    /// <summary>Who sent it.</summary>
    public static readonly Field Source = new("eth.src", "Source", FieldKind.Mac);

    /// <summary>Either address.</summary>
    public static readonly Field Address = new("eth.addr", "Address", FieldKind.Mac);

    /// <summary>What it carries.</summary>
    public static readonly Field Type = new("eth.type", "Type", FieldKind.Hex, EtherType.NameOf);

    /// <summary>How much it carries, in a frame that says so instead of a type.</summary>
    public static readonly Field Length = new("eth.len", "Length", FieldKind.Number);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "eth", "Ethernet", "Ethernet II",
        [new(Selector.LinkType, (int)LinkType.Ethernet), new(Selector.EtherType, 0x6558)],
        [Destination, Source, Address, Type, Length], Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!EthernetView.TryParse(layer.Bytes, out EthernetView frame))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.SetEnds(new Station(frame.Source), new Station(frame.Destination));
        bool isLength = frame.Type < EtherType.Min;
        if (layer.WantsFields)
        {
            layer.Add(Destination, DestinationAt, MacAddress.Bytes);
            layer.AddHidden(Address, DestinationAt, MacAddress.Bytes);
            layer.Add(Source, SourceAt, MacAddress.Bytes);
            layer.AddHidden(Address, SourceAt, MacAddress.Bytes);
            layer.Add(isLength ? Length : Type, TypeAt, sizeof(ushort), frame.Type);
        }

        if (isLength)
        {
            WriteInfo(layer, frame.Type);
            _ = layer.Next(null, HeaderBytes, Math.Min(frame.Type, frame.Payload.Length));
            return true;
        }

        Next(layer, frame.Type, HeaderBytes, frame.Payload.Length);
        return true;
    }

    /// <summary>Goes on with what an EtherType says; the line tells the type where nothing else is known.</summary>
    internal static void Next(in Layer layer, ushort type, int offset, int length)
    {
        if (!layer.Next(Selector.EtherType, type, offset, length))
        {
            WriteInfo(layer, type);
        }
    }

    private static void WriteInfo(in Layer layer, ushort type)
    {
        if (layer.BeginInfo())
        {
            layer.Info.Append($"{EtherType.NameOf(type) ?? "Type"} 0x{type:x4}");
        }
    }
}

/// <summary>An Ethernet frame where it stands.</summary>
public readonly ref struct EthernetView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private EthernetView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>For whom the frame is.</summary>
    public MacAddress Destination => new(_bytes[Ethernet.DestinationAt..]);

    /// <summary>Who sent it.</summary>
    public MacAddress Source => new(_bytes[Ethernet.SourceAt..]);

    /// <summary>What it carries; below <see cref="EtherType.Min"/>, how much.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Ethernet.TypeAt..]);

    /// <summary>What follows the header, padding included.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Ethernet.HeaderBytes..];

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetView view)
    {
        bool isWhole = bytes.Length >= Ethernet.HeaderBytes;
        view = isWhole ? new EthernetView(bytes) : default;
        return isWhole;
    }
}

/// <summary>The header of an Ethernet frame as a value.</summary>
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, ushort Type)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Ethernet.HeaderBytes;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetHeader header)
    {
        bool isValid = EthernetView.TryParse(bytes, out EthernetView view);
        header = isValid ? new EthernetHeader(view.Destination, view.Source, view.Type) : default;
        return isValid;
    }

    /// <summary>Writes the header to the start of a frame.</summary>
    public void Emit(Span<byte> frame)
    {
        Destination.WriteBytes(frame[Ethernet.DestinationAt..]);
        Source.WriteBytes(frame[Ethernet.SourceAt..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[Ethernet.TypeAt..], Type);
    }
}
