using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>
/// The extension headers of IPv6 that have the common shape (RFC 8200 section 4.8): options for every hop, options for
/// the destination, and routes. A row of the table each.
/// </summary>
public static class Ipv6Extension
{
    /// <summary>The unit of their length, and their smallest length, in bytes.</summary>
    public const int UnitBytes = 8;

    internal const int NextHeaderAt = 0;
    internal const int LengthAt = 1;
    internal const int DataAt = 2;
    internal const int RoutingTypeAt = 2;
    internal const int SegmentsLeftAt = 3;

    // Options with one byte of nothing (RFC 8200 section 4.2).
    internal const byte PadOne = 0;

    /// <summary>What follows options for every hop.</summary>
    public static readonly Field HopByHopNext = Next("ipv6.hopopts.nxt");

    /// <summary>What follows options for the destination.</summary>
    public static readonly Field DestinationNext = Next("ipv6.dstopts.nxt");

    /// <summary>What follows a route.</summary>
    public static readonly Field RoutingNext = Next("ipv6.routing.nxt");

    /// <summary>The kind of a route.</summary>
    public static readonly Field RoutingType = new("ipv6.routing.type", "Type", FieldKind.Number);

    /// <summary>How many stations of a route are left.</summary>
    public static readonly Field SegmentsLeft = new("ipv6.routing.segleft", "Segments Left", FieldKind.Number);

    /// <summary>The kind of an option.</summary>
    public static readonly Field OptionType = new("ipv6.opt.type", "Type", FieldKind.Hex, NameOfOption);

    /// <summary>How long an option is.</summary>
    public static readonly Field OptionLength = new("ipv6.opt.length", "Length", FieldKind.Number);

    /// <summary>Options for every hop.</summary>
    public static readonly Protocol HopByHop = new(
        "ipv6.hopopts", "IPv6", "IPv6 Hop-by-Hop Option", [new(Selector.IpProtocol, IpProtocol.HopByHop)],
        [HopByHopNext, OptionType, OptionLength],
        static (in Layer layer) => DissectOptions(layer, HopByHopNext));

    /// <summary>Options for the destination.</summary>
    public static readonly Protocol Destination = new(
        "ipv6.dstopts", "IPv6", "Destination Options for IPv6",
        [new(Selector.IpProtocol, IpProtocol.DestinationOptions)], [DestinationNext],
        static (in Layer layer) => DissectOptions(layer, DestinationNext));

    /// <summary>A route.</summary>
    public static readonly Protocol Routing = new(
        "ipv6.routing", "IPv6", "Routing Header for IPv6", [new(Selector.IpProtocol, IpProtocol.Routing)],
        [RoutingNext, RoutingType, SegmentsLeft], DissectRouting);

    /// <summary>The word for a kind of option, or null.</summary>
    public static string? NameOfOption(ulong value) => value switch
    {
        PadOne => "Pad1",
        1 => "PadN",
        5 => "Router Alert",
        0xC2 => "Jumbo",
        _ => null,
    };

    private static Field Next(string name) => new(name, "Next Header", FieldKind.Number, IpProtocol.NameOf);

    private static bool DissectOptions(in Layer layer, Field next)
    {
        if (!Ipv6ExtensionView.TryParse(layer.Bytes, out Ipv6ExtensionView header))
        {
            return layer.Malformed();
        }

        layer.Begin(header.Length);
        layer.Add(next, NextHeaderAt, sizeof(byte), header.NextHeader);
        int at = DataAt;
        ReadOnlySpan<byte> rest = header.Data;
        while (!rest.IsEmpty)
        {
            layer.Add(OptionType, at, sizeof(byte), rest[0]);
            if (rest[0] != PadOne && (rest.Length < 2 || rest.Length < 2 + rest[1]))
            {
                return layer.Malformed();
            }

            int length = rest[0] == PadOne ? 1 : 2 + rest[1];
            if (rest[0] != PadOne)
            {
                layer.Add(OptionLength, at + 1, sizeof(byte), rest[1]);
            }

            at += length;
            rest = rest[length..];
        }

        _ = layer.Next(Selector.IpProtocol, header.NextHeader, header.Length, layer.Bytes.Length - header.Length);
        return true;
    }

    private static bool DissectRouting(in Layer layer)
    {
        if (!Ipv6ExtensionView.TryParse(layer.Bytes, out Ipv6ExtensionView header))
        {
            return layer.Malformed();
        }

        layer.Begin(header.Length);
        layer.Add(RoutingNext, NextHeaderAt, sizeof(byte), header.NextHeader);
        layer.Add(RoutingType, RoutingTypeAt, sizeof(byte), header.Data[0]);
        layer.Add(SegmentsLeft, SegmentsLeftAt, sizeof(byte), header.Data[1]);
        _ = layer.Next(Selector.IpProtocol, header.NextHeader, header.Length, layer.Bytes.Length - header.Length);
        return true;
    }
}

/// <summary>An extension header of the common shape where it stands.</summary>
public readonly ref struct Ipv6ExtensionView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv6ExtensionView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What follows it.</summary>
    public byte NextHeader => _bytes[Ipv6Extension.NextHeaderAt];

    /// <summary>
    /// How many bytes it has: "in 8-octet units, not including the first 8 octets" (RFC 8200 section 4.3).
    /// </summary>
    public int Length => (_bytes[Ipv6Extension.LengthAt] + 1) * Ipv6Extension.UnitBytes;

    /// <summary>What it holds besides next header and length; at least six bytes.</summary>
    public ReadOnlySpan<byte> Data => _bytes[Ipv6Extension.DataAt..Length];

    /// <summary>Checks that it is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6ExtensionView view)
    {
        bool isWhole = bytes.Length >= Ipv6Extension.UnitBytes && bytes.Length >= new Ipv6ExtensionView(bytes).Length;
        view = isWhole ? new Ipv6ExtensionView(bytes) : default;
        return isWhole;
    }
}

/// <summary>
/// An extension header of the common shape as a value. Next header, length and data together take a multiple of eight
/// bytes, so the data has 6, 14, 22, … of them, at most 2,046.
/// </summary>
public readonly record struct Ipv6ExtensionHeader(byte NextHeader, ByteString Data)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Ipv6Extension.DataAt + Data.Length;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6ExtensionHeader header)
    {
        bool isValid = Ipv6ExtensionView.TryParse(bytes, out Ipv6ExtensionView view);
        header = isValid ? new Ipv6ExtensionHeader(view.NextHeader, new ByteString(view.Data)) : default;
        return isValid;
    }

    /// <summary>Writes the header.</summary>
    public void Emit(Span<byte> bytes)
    {
        if (Length % Ipv6Extension.UnitBytes != 0)
        {
            throw new InvalidOperationException(
                $"An extension header of {Length} bytes cannot be: fill it up to a multiple of 8 with padding.");
        }

        bytes[Ipv6Extension.NextHeaderAt] = NextHeader;
        bytes[Ipv6Extension.LengthAt] = checked((byte)((Length / Ipv6Extension.UnitBytes) - 1));
        Data.Span.CopyTo(bytes[Ipv6Extension.DataAt..]);
    }
}
