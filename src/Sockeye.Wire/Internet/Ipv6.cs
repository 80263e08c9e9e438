using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Link;

namespace Sockeye.Wire.Internet;

/// <summary>IPv6 (RFC 8200 section 3): fields and row.</summary>
public static class Ipv6
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 40;

    internal const int VersionAt = 0;
    internal const int PayloadLengthAt = 4;
    internal const int NextHeaderAt = 6;
    internal const int HopLimitAt = 7;
    internal const int SourceAt = 8;
    internal const int DestinationAt = 24;

    internal const int ServiceShift = 22;
    internal const int CongestionShift = 20;
    internal const uint FlowLabelMask = 0xF_FFFF;

    /// <summary>The version, 6.</summary>
    public static readonly Field Version = new("ipv6.version", "Version", FieldKind.Number);

    /// <summary>The class of service (RFC 2474 section 3).</summary>
    public static readonly Field Service =
        new("ipv6.tclass.dscp", "Differentiated Services Codepoint", FieldKind.Number);

    /// <summary>What routers say of congestion (RFC 3168 section 5).</summary>
    public static readonly Field Congestion =
        new("ipv6.tclass.ecn", "Explicit Congestion Notification", FieldKind.Number, Ipv4.NameOfCongestion);

    /// <summary>What packets of one flow have in common (RFC 6437).</summary>
    public static readonly Field FlowLabel = new("ipv6.flow", "Flow Label", FieldKind.Hex);

    /// <summary>How much follows the header.</summary>
    public static readonly Field PayloadLength = new("ipv6.plen", "Payload Length", FieldKind.Number);

    /// <summary>What follows the header.</summary>
    public static readonly Field NextHeader = new("ipv6.nxt", "Next Header", FieldKind.Number, IpProtocol.NameOf);

    /// <summary>How many routers it may yet pass.</summary>
    public static readonly Field HopLimit = new("ipv6.hlim", "Hop Limit", FieldKind.Number);

    /// <summary>Who sent it.</summary>
    public static readonly Field Source = new("ipv6.src", "Source Address", FieldKind.Ipv6);

    /// <summary>For whom it is.</summary>
    public static readonly Field Destination = new("ipv6.dst", "Destination Address", FieldKind.Ipv6);

    /// <summary>Either address.</summary>
    public static readonly Field Address = new("ipv6.addr", "Source or Destination Address", FieldKind.Ipv6);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "ipv6", "IPv6", "Internet Protocol Version 6",
        [
            new(Selector.EtherType, EtherType.Ipv6), new(Selector.IpProtocol, IpProtocol.Ipv6),
            new(Selector.LinkType, (int)LinkType.Ipv6),
        ],
        [
            Version, Service, Congestion, FlowLabel, PayloadLength, NextHeader, HopLimit, Source, Destination, Address,
        ],
        Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!Ipv6View.TryParse(layer.Bytes, out Ipv6View packet))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.SetEnds(new Station(packet.Source), new Station(packet.Destination));
        if (layer.WantsFields)
        {
            AddFields(layer, packet);
        }

        if (!layer.Next(Selector.IpProtocol, packet.NextHeader, HeaderBytes, packet.Payload.Length)
            && layer.BeginInfo())
        {
            layer.Info.Append($"{IpProtocol.NameOf(packet.NextHeader) ?? "Next header"} ({packet.NextHeader})");
        }

        return true;
    }

    private static void AddFields(in Layer layer, in Ipv6View packet)
    {
        layer.Add(Version, VersionAt, sizeof(byte), 6);
        layer.AddHidden(Ipv4.Version, VersionAt, sizeof(byte), 6);
        layer.Add(Service, VersionAt, sizeof(ushort), packet.Service);
        layer.Add(Congestion, VersionAt, sizeof(ushort), packet.Congestion);
        layer.Add(FlowLabel, VersionAt, sizeof(uint), packet.FlowLabel);
        layer.Add(PayloadLength, PayloadLengthAt, sizeof(ushort), packet.PayloadLength);
        layer.Add(NextHeader, NextHeaderAt, sizeof(byte), packet.NextHeader);
        layer.Add(HopLimit, HopLimitAt, sizeof(byte), packet.HopLimit);
        layer.Add(Source, SourceAt, InternetAddress.Ipv6Bytes);
        layer.AddHidden(Address, SourceAt, InternetAddress.Ipv6Bytes);
        layer.Add(Destination, DestinationAt, InternetAddress.Ipv6Bytes);
        layer.AddHidden(Address, DestinationAt, InternetAddress.Ipv6Bytes);
    }
}

/// <summary>An IPv6 packet where it stands.</summary>
public readonly ref struct Ipv6View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv6View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The class of service, 0 to 63.</summary>
    public byte Service => (byte)(First >> Ipv6.ServiceShift & 0x3F);

    /// <summary>What routers say of congestion, 0 to 3.</summary>
    public byte Congestion => (byte)(First >> Ipv6.CongestionShift & 0x03);

    /// <summary>What packets of one flow have in common, 20 bits.</summary>
    public uint FlowLabel => First & Ipv6.FlowLabelMask;

    /// <summary>
    /// How much the header says follows it; zero in a jumbogram, or where the card was left to cut it.
    /// </summary>
    public ushort PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Ipv6.PayloadLengthAt..]);

    /// <summary>What follows the header (<see cref="IpProtocol"/>).</summary>
    public byte NextHeader => _bytes[Ipv6.NextHeaderAt];

    /// <summary>How many routers it may yet pass.</summary>
    public byte HopLimit => _bytes[Ipv6.HopLimitAt];

    /// <summary>Who sent it.</summary>
    public InternetAddress Source => new(_bytes.Slice(Ipv6.SourceAt, InternetAddress.Ipv6Bytes));

    /// <summary>For whom it is.</summary>
    public InternetAddress Destination => new(_bytes.Slice(Ipv6.DestinationAt, InternetAddress.Ipv6Bytes));

    /// <summary>What follows the header, extension headers first; cut short if the capture was.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Ipv6.HeaderBytes..];

    private uint First => BinaryPrimitives.ReadUInt32BigEndian(_bytes);

    /// <summary>Checks version and length. A packet that is cut short is let through.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6View view)
    {
        bool isValid = bytes.Length >= Ipv6.HeaderBytes && bytes[Ipv6.VersionAt] >> 4 == 6;
        if (!isValid)
        {
            view = default;
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[Ipv6.PayloadLengthAt..]);
        int total = length == 0 ? bytes.Length : Math.Min(bytes.Length, Ipv6.HeaderBytes + length);
        view = new Ipv6View(bytes[..total]);
        return true;
    }
}

/// <summary>The header of an IPv6 packet as a value.</summary>
public readonly record struct Ipv6Header
{
    /// <summary>The class of service, 0 to 63.</summary>
    public byte Service { get; init; }

    /// <summary>What routers say of congestion, 0 to 3.</summary>
    public byte Congestion { get; init; }

    /// <summary>What packets of one flow have in common, 20 bits.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>How many bytes follow the header.</summary>
    public ushort PayloadLength { get; init; }

    /// <summary>What follows the header.</summary>
    public byte NextHeader { get; init; }

    /// <summary>How many routers it may yet pass.</summary>
    public byte HopLimit { get; init; }

    /// <summary>Who sends it.</summary>
    public InternetAddress Source { get; init; }

    /// <summary>For whom it is.</summary>
    public InternetAddress Destination { get; init; }

    /// <summary>How many bytes the header has on the wire.</summary>
    public int Length => Ipv6.HeaderBytes;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6Header header)
    {
        header = default;
        if (!Ipv6View.TryParse(bytes, out Ipv6View view))
        {
            return false;
        }

        header = new Ipv6Header
        {
            Service = view.Service,
            Congestion = view.Congestion,
            FlowLabel = view.FlowLabel,
            PayloadLength = view.PayloadLength,
            NextHeader = view.NextHeader,
            HopLimit = view.HopLimit,
            Source = view.Source,
            Destination = view.Destination,
        };
        return true;
    }

    /// <summary>Writes the header to the start of a packet.</summary>
    public void Emit(Span<byte> packet)
    {
        uint first = (6u << 28) | ((uint)Service << Ipv6.ServiceShift) | ((uint)Congestion << Ipv6.CongestionShift)
            | (FlowLabel & Ipv6.FlowLabelMask);
        BinaryPrimitives.WriteUInt32BigEndian(packet[Ipv6.VersionAt..], first);
        BinaryPrimitives.WriteUInt16BigEndian(packet[Ipv6.PayloadLengthAt..], PayloadLength);
        packet[Ipv6.NextHeaderAt] = NextHeader;
        packet[Ipv6.HopLimitAt] = HopLimit;
        Source.WriteBytes(packet[Ipv6.SourceAt..]);
        Destination.WriteBytes(packet[Ipv6.DestinationAt..]);
    }
}
