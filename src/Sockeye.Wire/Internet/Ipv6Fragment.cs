using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>The fragment header of IPv6 (RFC 8200 section 4.5): fields and row.</summary>
public static class Ipv6Fragment
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 8;

    internal const int NextHeaderAt = 0;
    internal const int OffsetAt = 2;
    internal const int IdentificationAt = 4;
    internal const int OffsetMask = 0xFFF8;
    internal const int MoreBit = 0x0001;

    /// <summary>What the fragments carry.</summary>
    public static readonly Field Next = new("ipv6.fraghdr.nxt", "Next header", FieldKind.Number, IpProtocol.NameOf);

    /// <summary>Where the fragment belongs, in units of eight bytes.</summary>
    public static readonly Field Offset = new("ipv6.fraghdr.offset", "Offset", FieldKind.Number);

    /// <summary>Whether another comes after it.</summary>
    public static readonly Field More = new("ipv6.fraghdr.more", "More Fragments", FieldKind.Flag);

    /// <summary>What fragments of one packet have in common.</summary>
    public static readonly Field Identification = new("ipv6.fraghdr.ident", "Identification", FieldKind.Hex);

    private static readonly FragmentFields s_fragments = new("ipv6");

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "ipv6.fraghdr", "IPv6", "Fragment Header for IPv6", [new(Selector.IpProtocol, IpProtocol.Fragment)],
        [Next, Offset, More, Identification, .. s_fragments.All], Dissect);

    private static bool Dissect(in Layer layer)
    {
        if (!Ipv6FragmentHeader.TryParse(layer.Bytes, out Ipv6FragmentHeader header))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.Add(Next, NextHeaderAt, sizeof(byte), header.NextHeader);
        layer.Add(Offset, OffsetAt, sizeof(ushort), (ulong)(header.Offset / Ipv4.FragmentUnit));
        layer.Add(More, OffsetAt, sizeof(ushort), header.MoreFragments);
        layer.Add(Identification, IdentificationAt, sizeof(uint), header.Identification);

        // A packet that fits in one piece may yet say that it is a fragment (RFC 6946).
        if (header is { Offset: 0, MoreFragments: false })
        {
            _ = layer.Next(Selector.IpProtocol, header.NextHeader, HeaderBytes, layer.Bytes.Length - HeaderBytes);
        }
        else
        {
            DissectFragment(layer, header);
        }

        return true;
    }

    private static void DissectFragment(in Layer layer, in Ipv6FragmentHeader header)
    {
        var fragment = new Fragment
        {
            Offset = header.Offset,
            HasMore = header.MoreFragments,
            Protocol = header.NextHeader,
        };
        if (s_fragments.TryGoOn(layer, header.Identification, 0, fragment, layer.Bytes[HeaderBytes..]))
        {
            return;
        }

        if (!layer.Next(null, HeaderBytes, layer.Bytes.Length - HeaderBytes) && layer.BeginInfo())
        {
            layer.Info.Append(
                $"IPv6 fragment (off={header.Offset} more={(header.MoreFragments ? "y" : "n")} "
                + $"ident=0x{header.Identification:x8} nxt={header.NextHeader})");
        }
    }
}

/// <summary>The fragment header of IPv6 as a value; it is small enough that it needs no view.</summary>
/// <param name="NextHeader">What the fragments carry.</param>
/// <param name="Offset">Where the fragment belongs, in bytes; a multiple of eight.</param>
/// <param name="MoreFragments">Whether another comes after it.</param>
/// <param name="Identification">What fragments of one packet have in common.</param>
public readonly record struct Ipv6FragmentHeader(byte NextHeader, int Offset, bool MoreFragments, uint Identification)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Ipv6Fragment.HeaderBytes;

    /// <summary>Reads a header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv6FragmentHeader header)
    {
        header = default;
        if (bytes.Length < Ipv6Fragment.HeaderBytes)
        {
            return false;
        }

        int offset = BinaryPrimitives.ReadUInt16BigEndian(bytes[Ipv6Fragment.OffsetAt..]);
        header = new Ipv6FragmentHeader(
            bytes[Ipv6Fragment.NextHeaderAt], offset & Ipv6Fragment.OffsetMask, (offset & Ipv6Fragment.MoreBit) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[Ipv6Fragment.IdentificationAt..]));
        return true;
    }

    /// <summary>Writes the header.</summary>
    public void Emit(Span<byte> bytes)
    {
        int offset = (Offset & Ipv6Fragment.OffsetMask) | (MoreFragments ? Ipv6Fragment.MoreBit : 0);
        bytes[..Ipv6Fragment.HeaderBytes].Clear();
        bytes[Ipv6Fragment.NextHeaderAt] = NextHeader;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Ipv6Fragment.OffsetAt..], (ushort)offset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[Ipv6Fragment.IdentificationAt..], Identification);
    }
}
