namespace Sockeye.Wire.Addresses;

/// <summary>
/// A block of addresses with a purpose of its own: a row of the IANA "Special-Purpose Address" registries (RFC 6890),
/// or of those for multicast.
/// </summary>
/// <param name="Block">Which addresses.</param>
/// <param name="Name">What the registry calls them.</param>
/// <param name="Reference">Where that is decided.</param>
/// <param name="IsGlobal">Whether packets to and from them may pass the internet ("Globally Reachable").</param>
public sealed record SpecialPurpose(InternetPrefix Block, string Name, string Reference, bool IsGlobal)
{
    /// <summary>Every row, IPv4 first.</summary>
    public static IReadOnlyList<SpecialPurpose> All { get; } =
    [
        Row("0.0.0.0/8", "This network", "RFC 791 section 3.2"),
        Row("0.0.0.0/32", "This host on this network", "RFC 1122 section 3.2.1.3"),
        Row("10.0.0.0/8", "Private-Use", "RFC 1918"),
        Row("100.64.0.0/10", "Shared Address Space", "RFC 6598"),
        Row("127.0.0.0/8", "Loopback", "RFC 1122 section 3.2.1.3"),
        Row("169.254.0.0/16", "Link Local", "RFC 3927"),
        Row("172.16.0.0/12", "Private-Use", "RFC 1918"),
        Row("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890 section 2.1"),
        Row("192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335"),
        Row("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
        Row("192.0.0.9/32", "Port Control Protocol Anycast", "RFC 7723", isGlobal: true),
        Row("192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "RFC 8155", isGlobal: true),
        Row("192.0.0.170/31", "NAT64/DNS64 Discovery", "RFC 8880; RFC 7050 section 2.2"),
        Row("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737"),
        Row("192.31.196.0/24", "AS112-v4", "RFC 7535", isGlobal: true),
        Row("192.52.193.0/24", "AMT", "RFC 7450", isGlobal: true),
        Row("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526", isGlobal: true),
        Row("192.168.0.0/16", "Private-Use", "RFC 1918"),
        Row("192.175.48.0/24", "Direct Delegation AS112 Service", "RFC 7534", isGlobal: true),
        Row("198.18.0.0/15", "Benchmarking", "RFC 2544"),
        Row("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737"),
        Row("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737"),
        Row("224.0.0.0/4", "Multicast", "RFC 1112 section 4", isGlobal: true),
        Row("224.0.0.0/24", "Local Network Control Block (multicast)", "RFC 5771 section 4"),
        Row("232.0.0.0/8", "Source-Specific Multicast", "RFC 4607", isGlobal: true),
        Row("233.252.0.0/24", "Documentation (MCAST-TEST-NET)", "RFC 5771 section 9.2"),
        Row("239.0.0.0/8", "Administratively Scoped Multicast", "RFC 2365"),
        Row("240.0.0.0/4", "Reserved", "RFC 1112 section 4"),
        Row("255.255.255.255/32", "Limited Broadcast", "RFC 8190; RFC 919 section 7"),

        Row("::1/128", "Loopback Address", "RFC 4291 section 2.5.3"),
        Row("::/128", "Unspecified Address", "RFC 4291 section 2.5.2"),
        Row("::ffff:0.0.0.0/96", "IPv4-mapped Address", "RFC 4291 section 2.5.5.2"),
        Row("64:ff9b::/96", "IPv4-IPv6 Translation", "RFC 6052", isGlobal: true),
        Row("64:ff9b:1::/48", "IPv4-IPv6 Translation, local use", "RFC 8215"),
        Row("100::/64", "Discard-Only Address Block", "RFC 6666"),
        Row("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780"),
        Row("2001::/23", "IETF Protocol Assignments", "RFC 2928"),
        Row("2001::/32", "TEREDO", "RFC 4380; RFC 8190"),
        Row("2001:1::1/128", "Port Control Protocol Anycast", "RFC 7723", isGlobal: true),
        Row("2001:1::2/128", "Traversal Using Relays around NAT Anycast", "RFC 8155", isGlobal: true),
        Row("2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "RFC 9665", isGlobal: true),
        Row("2001:2::/48", "Benchmarking", "RFC 5180"),
        Row("2001:3::/32", "AMT", "RFC 7450", isGlobal: true),
        Row("2001:4:112::/48", "AS112-v6", "RFC 7535", isGlobal: true),
        Row("2001:10::/28", "Deprecated (ORCHID)", "RFC 4843"),
        Row("2001:20::/28", "ORCHIDv2", "RFC 7343", isGlobal: true),
        Row("2001:30::/28", "Drone Remote ID Protocol Entity Tags", "RFC 9374", isGlobal: true),
        Row("2001:db8::/32", "Documentation", "RFC 3849"),
        Row("2002::/16", "6to4", "RFC 3056"),
        Row("2620:4f:8000::/48", "Direct Delegation AS112 Service", "RFC 7534", isGlobal: true),
        Row("3fff::/20", "Documentation", "RFC 9637"),
        Row("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602"),
        Row("fc00::/7", "Unique-Local", "RFC 4193; RFC 8190"),
        Row("fe80::/10", "Link-Local Unicast", "RFC 4291 section 2.5.6"),
        Row("ff00::/8", "Multicast", "RFC 4291 section 2.7", isGlobal: true),
        Row("ff01::/16", "Interface-Local Multicast", "RFC 4291 section 2.7"),
        Row("ff02::/16", "Link-Local Multicast", "RFC 4291 section 2.7"),
        Row("ff02::1:ff00:0/104", "Solicited-Node Multicast", "RFC 4291 section 2.7.1"),
        Row("ff05::/16", "Site-Local Multicast", "RFC 4291 section 2.7"),
    ];

    /// <summary>The narrowest block that an address is in; null for an ordinary, global address.</summary>
    public static SpecialPurpose? Of(InternetAddress address) =>
        All.Where(row => row.Block.Contains(address)).MaxBy(row => row.Block.Length);

    /// <summary>Every block that an address is in, the widest first.</summary>
    public static IReadOnlyList<SpecialPurpose> AllOf(InternetAddress address) =>
        [.. All.Where(row => row.Block.Contains(address)).OrderBy(row => row.Block.Length)];

    private static SpecialPurpose Row(string block, string name, string reference, bool isGlobal = false) =>
        new(InternetPrefix.Parse(block), name, reference, isGlobal);
}
