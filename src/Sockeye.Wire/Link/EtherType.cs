namespace Sockeye.Wire.Link;

/// <summary>What an Ethernet frame carries (IANA "IEEE 802 Numbers").</summary>
public static class EtherType
{
    /// <summary>Smaller values are lengths (IEEE 802.3 section 3.2.6).</summary>
    public const ushort Min = 0x0600;

    /// <summary>IPv4 (RFC 894).</summary>
    public const ushort Ipv4 = 0x0800;

    /// <summary>ARP (RFC 826).</summary>
    public const ushort Arp = 0x0806;

    /// <summary>A customer's VLAN tag (IEEE 802.1Q section 9.4).</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6 (RFC 2464 section 3).</summary>
    public const ushort Ipv6 = 0x86DD;

    /// <summary>A provider's VLAN tag (IEEE 802.1ad).</summary>
    public const ushort ProviderVlan = 0x88A8;

    /// <summary>The word for a value, or null.</summary>
    public static string? NameOf(ulong value) => value switch
    {
        Ipv4 => "IPv4",
        Arp => "ARP",
        0x0842 => "Wake-on-LAN",
        0x6558 => "Transparent Ethernet bridging",
        Vlan => "802.1Q Virtual LAN",
        Ipv6 => "IPv6",
        0x8809 => "Slow Protocols",
        0x8847 => "MPLS label switched packet",
        0x8848 => "MPLS multicast",
        0x8863 => "PPPoE Discovery",
        0x8864 => "PPPoE Session",
        0x888E => "802.1X Authentication",
        ProviderVlan => "802.1ad Provider Bridge",
        0x88CC => "Link Layer Discovery Protocol",
        0x88E5 => "802.1AE MACsec",
        0x88F7 => "Precision Time Protocol",
        _ => null,
    };
}
