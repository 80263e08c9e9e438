using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>
/// Neighbour discovery of IPv6 (RFC 4861 section 4), which ICMPv6 carries: what follows its first bytes.
/// </summary>
public static class NeighborDiscovery
{
    // Of the four bytes before the target of an advertisement (RFC 4861 section 4.4).
    internal const uint RouterBit = 0x8000_0000;
    internal const uint SolicitedBit = 0x4000_0000;
    internal const uint OverrideBit = 0x2000_0000;

    // Of a router's advertisement (RFC 4861 section 4.2), after the first four bytes.
    private const int HopLimitAt = 4;
    private const int RouterFlagsAt = 5;
    private const int LifetimeAt = 6;
    private const int ReachableAt = 8;
    private const int RetransmitAt = 12;
    private const int RouterOptionsAt = 16;
    private const byte ManagedBit = 0x80;
    private const byte OtherBit = 0x40;

    private const int TargetAt = 8;
    private const int TargetEnd = TargetAt + InternetAddress.Ipv6Bytes;
    private const int RedirectEnd = TargetEnd + InternetAddress.Ipv6Bytes;

    /// <summary>The address that is looked for, or that is answered for.</summary>
    public static readonly Field SolicitationTarget =
        new("icmpv6.nd.ns.target_address", "Target Address", FieldKind.Ipv6);

    /// <summary>The address that is answered for.</summary>
    public static readonly Field AdvertisementTarget =
        new("icmpv6.nd.na.target_address", "Target Address", FieldKind.Ipv6);

    /// <summary>Whether a router answers.</summary>
    public static readonly Field Router = new("icmpv6.nd.na.flag.r", "Router", FieldKind.Flag);

    /// <summary>Whether somebody asked.</summary>
    public static readonly Field Solicited = new("icmpv6.nd.na.flag.s", "Solicited", FieldKind.Flag);

    /// <summary>Whether what was known before is to be forgotten.</summary>
    public static readonly Field Override = new("icmpv6.nd.na.flag.o", "Override", FieldKind.Flag);

    /// <summary>The hop limit that a router suggests.</summary>
    public static readonly Field HopLimit = new("icmpv6.nd.ra.cur_hop_limit", "Cur hop limit", FieldKind.Number);

    /// <summary>Whether addresses come by DHCPv6.</summary>
    public static readonly Field Managed = new("icmpv6.nd.ra.flag.m", "Managed address configuration", FieldKind.Flag);

    /// <summary>Whether other settings come by DHCPv6.</summary>
    public static readonly Field Other = new("icmpv6.nd.ra.flag.o", "Other configuration", FieldKind.Flag);

    /// <summary>For how many seconds the router may be used.</summary>
    public static readonly Field Lifetime =
        new("icmpv6.nd.ra.router_lifetime", "Router lifetime (s)", FieldKind.Number);

    /// <summary>For how many milliseconds a neighbour counts as reachable.</summary>
    public static readonly Field Reachable =
        new("icmpv6.nd.ra.reachable_time", "Reachable time (ms)", FieldKind.Number);

    /// <summary>After how many milliseconds to ask again.</summary>
    public static readonly Field Retransmit = new("icmpv6.nd.ra.retrans_timer", "Retrans timer (ms)", FieldKind.Number);

    /// <summary>The better next hop.</summary>
    public static readonly Field RedirectTarget = new("icmpv6.nd.rd.target_address", "Target Address", FieldKind.Ipv6);

    internal static Field[] Fields =>
    [
        SolicitationTarget, AdvertisementTarget, Router, Solicited, Override, HopLimit, Managed, Other, Lifetime,
        Reachable, Retransmit, RedirectTarget, .. NeighborOption.Fields,
    ];

    internal static bool Dissect(in Layer layer, in Icmpv6View message)
    {
        switch (message.Type)
        {
            case Icmpv6Type.RouterSolicitation:
                return NeighborOption.Dissect(layer, TargetAt);
            case Icmpv6Type.RouterAdvertisement when layer.Bytes.Length >= RouterOptionsAt:
                AddRouter(layer);
                return NeighborOption.Dissect(layer, RouterOptionsAt);
            case Icmpv6Type.NeighborSolicitation when layer.Bytes.Length >= TargetEnd:
                layer.Add(SolicitationTarget, TargetAt, InternetAddress.Ipv6Bytes);
                WriteTarget(layer, " for ");
                return NeighborOption.Dissect(layer, TargetEnd);
            case Icmpv6Type.NeighborAdvertisement when layer.Bytes.Length >= TargetEnd:
                layer.Add(Router, Icmpv6.RestAt, sizeof(uint), (message.Rest & RouterBit) != 0);
                layer.Add(Solicited, Icmpv6.RestAt, sizeof(uint), (message.Rest & SolicitedBit) != 0);
                layer.Add(Override, Icmpv6.RestAt, sizeof(uint), (message.Rest & OverrideBit) != 0);
                layer.Add(AdvertisementTarget, TargetAt, InternetAddress.Ipv6Bytes);
                WriteTarget(layer, " ");
                return NeighborOption.Dissect(layer, TargetEnd);
            case Icmpv6Type.Redirect when layer.Bytes.Length >= RedirectEnd:
                layer.Add(RedirectTarget, TargetAt, InternetAddress.Ipv6Bytes);
                return NeighborOption.Dissect(layer, RedirectEnd);
            case Icmpv6Type.RouterAdvertisement or Icmpv6Type.NeighborSolicitation
                or Icmpv6Type.NeighborAdvertisement or Icmpv6Type.Redirect:
                return layer.Malformed();
            default:
                return true;
        }
    }

    private static void AddRouter(in Layer layer)
    {
        ReadOnlySpan<byte> bytes = layer.Bytes;
        layer.Add(HopLimit, HopLimitAt, sizeof(byte), bytes[HopLimitAt]);
        layer.Add(Managed, RouterFlagsAt, sizeof(byte), (bytes[RouterFlagsAt] & ManagedBit) != 0);
        layer.Add(Other, RouterFlagsAt, sizeof(byte), (bytes[RouterFlagsAt] & OtherBit) != 0);
        layer.Add(Lifetime, LifetimeAt, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(bytes[LifetimeAt..]));
        layer.Add(Reachable, ReachableAt, sizeof(uint), BinaryPrimitives.ReadUInt32BigEndian(bytes[ReachableAt..]));
        layer.Add(Retransmit, RetransmitAt, sizeof(uint), BinaryPrimitives.ReadUInt32BigEndian(bytes[RetransmitAt..]));
    }

    private static void WriteTarget(in Layer layer, string between)
    {
        if (layer.WritesInfo)
        {
            layer.Info.Append($"{between}{new InternetAddress(layer.Bytes[TargetAt..TargetEnd])}");
        }
    }
}

/// <summary>
/// An option of neighbour discovery (RFC 4861 section 4.6): its type, and what follows type and length.
/// </summary>
public readonly ref struct NeighborOption
{
    /// <summary>The card of the sender (RFC 4861 section 4.6.1).</summary>
    public const byte SourceLinkAddress = 1;

    /// <summary>The card of the target (RFC 4861 section 4.6.1).</summary>
    public const byte TargetLinkAddress = 2;

    /// <summary>A prefix that is on the link (RFC 4861 section 4.6.2).</summary>
    public const byte PrefixInformation = 3;

    /// <summary>The packet that was redirected (RFC 4861 section 4.6.3).</summary>
    public const byte RedirectedHeader = 4;

    /// <summary>The MTU of the link (RFC 4861 section 4.6.4).</summary>
    public const byte Mtu = 5;

    /// <summary>The unit of the length, in bytes.</summary>
    internal const int UnitBytes = 8;

    internal const int PrefixBytes = 2;

    private const int MtuAt = 2;
    private const int PrefixLengthAt = 0;
    private const int PrefixAt = 14;

    /// <summary>The option, with its name.</summary>
    public static readonly Field Option = new("icmpv6.opt", "ICMPv6 Option", FieldKind.Group);

    /// <summary>Which option it is.</summary>
    public static readonly Field TypeField = new("icmpv6.opt.type", "Type", FieldKind.Number, NameOf);

    /// <summary>How long it is, in units of eight bytes.</summary>
    public static readonly Field LengthField = new("icmpv6.opt.length", "Length", FieldKind.Number);

    /// <summary>The address of a card.</summary>
    public static readonly Field LinkAddress = new("icmpv6.opt.linkaddr", "Link-layer address", FieldKind.Mac);

    /// <summary>How many bits a prefix has.</summary>
    public static readonly Field PrefixLength = new("icmpv6.opt.prefix.length", "Prefix Length", FieldKind.Number);

    /// <summary>A prefix that is on the link.</summary>
    public static readonly Field Prefix = new("icmpv6.opt.prefix", "Prefix", FieldKind.Ipv6);

    /// <summary>The MTU of the link.</summary>
    public static readonly Field MtuField = new("icmpv6.opt.mtu", "MTU", FieldKind.Number);

    internal NeighborOption(byte type, ReadOnlySpan<byte> data)
    {
        Type = type;
        Data = data;
    }

    /// <summary>Which option it is.</summary>
    public byte Type { get; }

    /// <summary>What follows its type and length, padding included.</summary>
    public ReadOnlySpan<byte> Data { get; }

    internal static Field[] Fields => [Option, TypeField, LengthField, LinkAddress, PrefixLength, Prefix, MtuField];

    /// <summary>The words for a type, or null.</summary>
    public static string? NameOf(ulong type) => type switch
    {
        SourceLinkAddress => "Source link-layer address",
        TargetLinkAddress => "Target link-layer address",
        PrefixInformation => "Prefix information",
        RedirectedHeader => "Redirected header",
        Mtu => "MTU",
        14 => "Nonce",
        24 => "Route information",
        25 => "Recursive DNS Server",
        31 => "DNS Search List",
        _ => null,
    };

    internal static bool Dissect(in Layer layer, int at)
    {
        var reader = new NeighborOptionReader(layer.Bytes[at..]);
        while (reader.TryRead(out NeighborOption option))
        {
            int length = option.Data.Length + PrefixBytes;
            TextBuffer title = layer.Scratch;
            title.Append($"{NameOf(option.Type) ?? "Unknown"} ({option.Type})");
            layer.AddText(Option, at, length, title.Written);
            layer.Indent();
            layer.Add(TypeField, at, sizeof(byte), option.Type);
            layer.Add(LengthField, at + 1, sizeof(byte), (ulong)(length / UnitBytes));
            DissectData(layer, option, at + PrefixBytes);
            layer.Outdent();
            at += length;
        }

        return reader.IsBroken ? layer.Malformed() : true;
    }

    private static void DissectData(in Layer layer, in NeighborOption option, int at)
    {
        switch (option.Type)
        {
            case SourceLinkAddress or TargetLinkAddress:
                layer.Add(LinkAddress, at, MacAddress.Bytes);
                break;
            case PrefixInformation when option.Data.Length >= PrefixAt + InternetAddress.Ipv6Bytes:
                layer.Add(PrefixLength, at + PrefixLengthAt, sizeof(byte), option.Data[PrefixLengthAt]);
                layer.Add(Prefix, at + PrefixAt, InternetAddress.Ipv6Bytes);
                break;
            case Mtu:
                layer.Add(
                    MtuField, at + MtuAt, sizeof(uint), BinaryPrimitives.ReadUInt32BigEndian(option.Data[MtuAt..]));
                break;
        }
    }
}

/// <summary>Reads the options of neighbour discovery one after another.</summary>
public ref struct NeighborOptionReader
{
    private readonly ReadOnlySpan<byte> _options;
    private int _position;

    /// <summary>Reads these options.</summary>
    public NeighborOptionReader(ReadOnlySpan<byte> options) => _options = options;

    /// <summary>
    /// Whether an option has an impossible length: "nodes MUST silently discard" it all (RFC 4861 section 4.6).
    /// </summary>
    public bool IsBroken { get; private set; }

    /// <summary>The next option; false at the end.</summary>
    public bool TryRead(out NeighborOption option)
    {
        option = default;
        ReadOnlySpan<byte> rest = _options[_position..];
        if (rest.IsEmpty)
        {
            return false;
        }

        int length = rest.Length < NeighborOption.PrefixBytes ? 0 : rest[1] * NeighborOption.UnitBytes;
        if (length == 0 || length > rest.Length)
        {
            IsBroken = true;
            return false;
        }

        _position += length;
        option = new NeighborOption(rest[0], rest[NeighborOption.PrefixBytes..length]);
        return true;
    }
}
