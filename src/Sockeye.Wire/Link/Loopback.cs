using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Link;

/// <summary>
/// The loopback interface of the BSDs (LINKTYPE_NULL, LINKTYPE_LOOP): four bytes with the address family, in the byte
/// order of the machine that captured (null) or of the network (loop).
/// </summary>
public static class Loopback
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 4;

    /// <summary>The address family of IPv4 (AF_INET, on every system).</summary>
    public const uint FamilyIpv4 = 2;

    // AF_INET6 has a number of its own on Linux, NetBSD and OpenBSD, FreeBSD, macOS and Solaris.
    private const uint FamilyIpv6Linux = 10;
    private const uint FamilyIpv6NetBsd = 24;
    private const uint FamilyIpv6FreeBsd = 28;
    private const uint FamilyIpv6MacOs = 30;

    // Families are small: a number beyond this stands in the other byte order.
    private const uint FamilyMax = 0xFFFF;

    /// <summary>The address family.</summary>
    public static readonly Field Family = new("null.family", "Family", FieldKind.Number, NameOfFamily);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "null", "Null", "Null/Loopback",
        [new(Selector.LinkType, (int)LinkType.Null), new(Selector.LinkType, (int)LinkType.Loop)], [Family], Dissect);

    internal static bool IsIpv6(uint family) =>
        family is FamilyIpv6Linux or FamilyIpv6NetBsd or FamilyIpv6FreeBsd or FamilyIpv6MacOs;

    internal static uint ReadFamily(ReadOnlySpan<byte> bytes)
    {
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return family > FamilyMax ? BinaryPrimitives.ReverseEndianness(family) : family;
    }

    private static string? NameOfFamily(ulong family) =>
        family == FamilyIpv4 ? "IP" : IsIpv6((uint)family) ? "IPv6" : null;

    private static bool Dissect(in Layer layer)
    {
        if (!LoopbackView.TryParse(layer.Bytes, out LoopbackView header))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.Add(Family, 0, HeaderBytes, header.Family);
        Protocol? next = header.Family == FamilyIpv4 ? Ipv4.Row : IsIpv6(header.Family) ? Ipv6.Row : null;
        if (!layer.Next(next, HeaderBytes, header.Payload.Length) && layer.BeginInfo())
        {
            layer.Info.Append($"Address family {header.Family}");
        }

        return true;
    }
}

/// <summary>A header of a loopback interface where it stands.</summary>
public readonly ref struct LoopbackView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private LoopbackView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The address family, whichever byte order it stands in.</summary>
    public uint Family => Loopback.ReadFamily(_bytes);

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Loopback.HeaderBytes..];

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LoopbackView view)
    {
        bool isWhole = bytes.Length >= Loopback.HeaderBytes;
        view = isWhole ? new LoopbackView(bytes) : default;
        return isWhole;
    }
}

/// <summary>A header of a loopback interface as a value. Families have at most 16 bits.</summary>
public readonly record struct LoopbackHeader(ushort Family)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Loopback.HeaderBytes;

    /// <summary>Reads a header in either byte order.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out LoopbackHeader header)
    {
        bool isValid = LoopbackView.TryParse(bytes, out LoopbackView view);
        header = isValid ? new LoopbackHeader((ushort)view.Family) : default;
        return isValid;
    }

    /// <summary>Writes the header in network byte order, as LINKTYPE_LOOP has it.</summary>
    public void Emit(Span<byte> bytes) => BinaryPrimitives.WriteUInt32BigEndian(bytes, Family);
}
