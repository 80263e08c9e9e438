using Sockeye.Wire.Application;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Wire.Dissection;

/// <summary>Every protocol that Sockeye knows. A new one is a file and a row here.</summary>
internal static class ProtocolRows
{
    public static Protocol[] All { get; } =
    [
        FrameProtocol.Row,
        DataProtocol.Row,

        Ethernet.Row,
        Vlan.Row,
        LinuxCooked.Row,
        LinuxCooked2.Row,
        Loopback.Row,
        RawInternet.Row,
        Arp.Row,

        Ipv4.Row,
        Ipv6.Row,
        Ipv6Extension.HopByHop,
        Ipv6Extension.Routing,
        Ipv6Extension.Destination,
        Ipv6Fragment.Row,
        Icmpv4.Row,
        Icmpv6.Row,
        Igmp.Row,

        Udp.Row,
        Tcp.Row,

        Dns.Row,
        Dhcp.Row,
        Tls.Row,
        Http.Row,
    ];
}
