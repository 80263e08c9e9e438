namespace Sockeye.Wire.Internet;

/// <summary>What an IP packet carries (IANA "Assigned Internet Protocol Numbers").</summary>
public static class IpProtocol
{
    /// <summary>Options for every hop (RFC 8200 section 4.3).</summary>
    public const byte HopByHop = 0;

    /// <summary>ICMP for IPv4 (RFC 792).</summary>
    public const byte Icmp = 1;

    /// <summary>IGMP (RFC 3376).</summary>
    public const byte Igmp = 2;

    /// <summary>IPv4 in IP (RFC 2003).</summary>
    public const byte Ipv4 = 4;

    /// <summary>TCP (RFC 9293).</summary>
    public const byte Tcp = 6;

    /// <summary>UDP (RFC 768).</summary>
    public const byte Udp = 17;

    /// <summary>IPv6 in IP (RFC 2473).</summary>
    public const byte Ipv6 = 41;

    /// <summary>A source route of IPv6 (RFC 8200 section 4.4).</summary>
    public const byte Routing = 43;

    /// <summary>A fragment of an IPv6 packet (RFC 8200 section 4.5).</summary>
    public const byte Fragment = 44;

    /// <summary>ICMP for IPv6 (RFC 4443).</summary>
    public const byte Icmpv6 = 58;

    /// <summary>Nothing follows (RFC 8200 section 4.7).</summary>
    public const byte NoNext = 59;

    /// <summary>Options for the destination (RFC 8200 section 4.6).</summary>
    public const byte DestinationOptions = 60;

    /// <summary>The word for a value, or null.</summary>
    public static string? NameOf(ulong value) => value switch
    {
        HopByHop => "IPv6 Hop-by-Hop Option",
        Icmp => "ICMP",
        Igmp => "IGMP",
        Ipv4 => "IPIP",
        Tcp => "TCP",
        8 => "EGP",
        Udp => "UDP",
        33 => "DCCP",
        Ipv6 => "IPv6",
        Routing => "Routing Header for IPv6",
        Fragment => "Fragment Header for IPv6",
        46 => "RSVP",
        47 => "Generic Routing Encapsulation",
        50 => "Encap Security Payload",
        51 => "Authentication Header",
        Icmpv6 => "ICMPv6",
        NoNext => "No Next Header for IPv6",
        DestinationOptions => "Destination Options for IPv6",
        89 => "OSPF IGP",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        136 => "UDPlite",
        _ => null,
    };
}
