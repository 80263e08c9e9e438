namespace Sockeye.Wire.Link;

/// <summary>What the frames of a capture begin with: LINKTYPE_ values of the pcap and pcapng formats.</summary>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: the address family in the byte order of the machine that captured.</summary>
    Null = 0,

    /// <summary>Ethernet (IEEE 802.3).</summary>
    Ethernet = 1,

    /// <summary>IPv4 or IPv6 without a header of a link, as some older files number it (DLT_RAW of Linux).</summary>
    RawOld = 12,

    /// <summary>IPv4 or IPv6 without a header of a link.</summary>
    Raw = 101,

    /// <summary>OpenBSD loopback: the address family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture: what the interface <c>any</c> gave for long.</summary>
    LinuxCooked = 113,

    /// <summary>IPv4 without a header of a link.</summary>
    Ipv4 = 228,

    /// <summary>IPv6 without a header of a link.</summary>
    Ipv6 = 229,

    /// <summary>Linux "cooked" capture, version 2, which names the interface.</summary>
    LinuxCooked2 = 276,
}
