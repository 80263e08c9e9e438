namespace Sockeye.Wire.Addresses;

/// <summary>Who gives out a port number (RFC 6335 section 6).</summary>
public enum PortClass : byte
{
    /// <summary>System Ports, 0 to 1023: IANA, for standards; on most systems only root may listen there.</summary>
    WellKnown = 0,

    /// <summary>User Ports, 1024 to 49151: IANA, for whoever asks.</summary>
    Registered,

    /// <summary>Dynamic Ports, 49152 to 65535: nobody; the system takes one for a client.</summary>
    Dynamic,
}

/// <summary>What port numbers mean.</summary>
public static class Ports
{
    /// <summary>The highest of the well-known ports (RFC 6335 section 6).</summary>
    public const int WellKnownMax = 1023;

    /// <summary>The highest of the registered ports (RFC 6335 section 6).</summary>
    public const int RegisteredMax = 49_151;

    // From the IANA "Service Name and Transport Protocol Port Number Registry": those that people meet.
    private static readonly Dictionary<ushort, string> s_names = new()
    {
        [7] = "echo",
        [9] = "discard",
        [13] = "daytime",
        [17] = "qotd",
        [19] = "chargen",
        [20] = "ftp-data",
        [21] = "ftp",
        [22] = "ssh",
        [23] = "telnet",
        [25] = "smtp",
        [37] = "time",
        [43] = "whois",
        [49] = "tacacs",
        [53] = "domain",
        [67] = "bootps",
        [68] = "bootpc",
        [69] = "tftp",
        [70] = "gopher",
        [79] = "finger",
        [80] = "http",
        [88] = "kerberos",
        [110] = "pop3",
        [111] = "sunrpc",
        [113] = "auth",
        [119] = "nntp",
        [123] = "ntp",
        [135] = "epmap",
        [137] = "netbios-ns",
        [138] = "netbios-dgm",
        [139] = "netbios-ssn",
        [143] = "imap",
        [161] = "snmp",
        [162] = "snmptrap",
        [179] = "bgp",
        [194] = "irc",
        [389] = "ldap",
        [443] = "https",
        [445] = "microsoft-ds",
        [464] = "kpasswd",
        [465] = "submissions",
        [500] = "isakmp",
        [514] = "syslog",
        [515] = "printer",
        [520] = "router",
        [546] = "dhcpv6-client",
        [547] = "dhcpv6-server",
        [554] = "rtsp",
        [587] = "submission",
        [631] = "ipp",
        [636] = "ldaps",
        [853] = "domain-s",
        [873] = "rsync",
        [989] = "ftps-data",
        [990] = "ftps",
        [993] = "imaps",
        [995] = "pop3s",
        [1080] = "socks",
        [1194] = "openvpn",
        [1433] = "ms-sql-s",
        [1521] = "ncube-lm",
        [1701] = "l2tp",
        [1723] = "pptp",
        [1812] = "radius",
        [1883] = "mqtt",
        [1900] = "ssdp",
        [2049] = "nfs",
        [2181] = "eforward",
        [2379] = "etcd-client",
        [3128] = "ndl-aas",
        [3268] = "msft-gc",
        [3306] = "mysql",
        [3389] = "ms-wbt-server",
        [3478] = "stun",
        [4222] = "nats",
        [4433] = "vop",
        [4500] = "ipsec-nat-t",
        [4789] = "vxlan",
        [5060] = "sip",
        [5061] = "sips",
        [5222] = "xmpp-client",
        [5353] = "mdns",
        [5355] = "llmnr",
        [5432] = "postgresql",
        [5671] = "amqps",
        [5672] = "amqp",
        [5900] = "rfb",
        [6379] = "redis",
        [6443] = "sun-sr-https",
        [8080] = "http-alt",
        [8443] = "pcsync-https",
        [8883] = "secure-mqtt",
        [9092] = "XmlIpcRegSvc",
        [11211] = "memcache",
        [27017] = "mongodb",
    };

    /// <summary>Who gives out a port number.</summary>
    public static PortClass ClassOf(ushort port) => port switch
    {
        <= WellKnownMax => PortClass.WellKnown,
        <= RegisteredMax => PortClass.Registered,
        _ => PortClass.Dynamic,
    };

    /// <summary>The registered name of the service at a port, or null; only those that people meet are here.</summary>
    public static string? NameOf(ushort port) => s_names.GetValueOrDefault(port);

    /// <summary>The port of a service's registered name, or null.</summary>
    public static ushort? PortOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach ((ushort port, string one) in s_names)
        {
            if (one.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return port;
            }
        }

        return null;
    }
}
