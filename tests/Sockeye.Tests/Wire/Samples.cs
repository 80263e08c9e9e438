using System.Text;
using Sockeye.Wire;
using Sockeye.Wire.Application;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Wire;

/// <summary>A frame of an example capture.</summary>
internal sealed record Sample(string Name, LinkType LinkType, byte[] Bytes)
{
    public override string ToString() => Name;
}

/// <summary>Frames of every protocol, made with the library's own values.</summary>
internal static class Samples
{
    public static readonly MacAddress ClientMac = MacAddress.Parse("02:00:5e:10:00:01");
    public static readonly MacAddress ServerMac = MacAddress.Parse("02:00:5e:10:00:02");
    public static readonly InternetAddress Client = InternetAddress.Parse("192.0.2.10");
    public static readonly InternetAddress Server = InternetAddress.Parse("198.51.100.80");
    public static readonly InternetAddress Client6 = InternetAddress.Parse("2001:db8::10");
    public static readonly InternetAddress Server6 = InternetAddress.Parse("2001:db8:80::80");

    private const ushort ClientPort = 50_000;

    public static IReadOnlyList<Sample> All { get; } =
    [
        .. LinkSamples(), .. InternetSamples(), .. TransportSamples(), .. DnsSamples(), .. TlsSamples(),
        .. OtherSamples(), .. FragmentSamples.All,
    ];

    /// <summary>The bytes of a layer of a sample, such as those that TCP carries in it.</summary>
    public static byte[] LayerOf(string name, Protocol protocol)
    {
        Sample sample = All.First(one => one.Name == name);
        var dissector = new Dissector(FieldSet.None);
        DissectedFrame frame = dissector.Dissect(new() { LinkType = sample.LinkType, Bytes = sample.Bytes });
        return frame.TryFindLayer(protocol, out LayerRecord layer)
            ? frame.BytesOf(layer).ToArray()
            : throw new ArgumentException($"There is no {protocol.Name} in '{name}'.", nameof(protocol));
    }

    /// <summary>The samples of one link type as a capture, a microsecond apart.</summary>
    public static byte[] Capture(IEnumerable<Sample> samples)
    {
        var stream = new MemoryStream();
        var writer = new PcapngWriter(stream);
        var numbers = new Dictionary<LinkType, int>();
        long time = 1_700_000_000_000_000_000;
        foreach (Sample sample in samples)
        {
            if (!numbers.TryGetValue(sample.LinkType, out int number))
            {
                number = writer.AddInterface(new PcapngInterface { LinkType = sample.LinkType });
                numbers.Add(sample.LinkType, number);
            }

            writer.WritePacket(number, new Timestamp(time), sample.Bytes);
            time += 1_000;
        }

        return stream.ToArray();
    }

    public static byte[] OverEthernet(ushort type, byte[] payload)
    {
        byte[] frame = [.. new byte[Ethernet.HeaderBytes], .. payload];
        new EthernetHeader(ServerMac, ClientMac, type).Emit(frame);
        return frame;
    }

    public static byte[] OverIpv4(byte protocol, byte[] payload, Func<Ipv4Header, Ipv4Header>? change = null)
    {
        var header = new Ipv4Header
        {
            PayloadLength = payload.Length,
            Identification = 0x1C46,
            DontFragment = true,
            TimeToLive = 64,
            Protocol = protocol,
            Source = Client,
            Destination = Server,
        };
        header = change?.Invoke(header) ?? header;
        byte[] packet = [.. new byte[header.Length], .. payload];
        header.Emit(packet);
        return packet;
    }

    public static byte[] OverIpv6(byte next, byte[] payload)
    {
        var header = new Ipv6Header
        {
            Service = 10,
            Congestion = 2,
            FlowLabel = 0xABCDE,
            PayloadLength = (ushort)payload.Length,
            NextHeader = next,
            HopLimit = 255,
            Source = Client6,
            Destination = Server6,
        };
        byte[] packet = [.. new byte[header.Length], .. payload];
        header.Emit(packet);
        return packet;
    }

    public static byte[] OverTcp(TcpHeader header, byte[] payload)
    {
        byte[] segment = [.. new byte[header.Length], .. payload];
        header.Emit(segment, Client, Server);
        return OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Tcp, segment));
    }

    /// <summary>
    /// A segment with a payload, of a connection of its own: no two are retransmissions of each other.
    /// </summary>
    public static byte[] OverTcp(ushort port, byte[] payload) => OverTcp(
        new TcpHeader
        {
            SourcePort = (ushort)(ClientPort + (payload.Length % 1_000)),
            DestinationPort = port,
            Sequence = new TcpSequence(0xFFFF_FF00),
            Acknowledgment = new TcpSequence(77),
            Flags = TcpFlags.Ack | TcpFlags.Psh,
            Window = 502,
            Options = new TcpOptions { Timestamps = new TcpTimestamps(4_000_000_000, 12) },
        },
        payload);

    public static byte[] OverUdp(ushort source, ushort destination, byte[] payload)
    {
        byte[] datagram = [.. new byte[Udp.HeaderBytes], .. payload];
        new UdpHeader(source, destination).Emit(datagram, Client, Server);
        return OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Udp, datagram));
    }

    private static Sample OnEthernet(string name, byte[] frame) => new(name, LinkType.Ethernet, frame);

    private static IEnumerable<Sample> LinkSamples()
    {
        byte[] packet = OverIpv4(IpProtocol.Udp, Datagram(1024, 9, [1, 2, 3]));
        byte[] packet6 = OverIpv6(IpProtocol.NoNext, []);
        yield return OnEthernet("arp request", OverEthernet(EtherType.Arp, ArpBytes(ArpOperation.Request, default)));
        yield return OnEthernet("arp reply", OverEthernet(EtherType.Arp, ArpBytes(ArpOperation.Reply, ServerMac)));
        byte[] tagged = [.. new byte[Vlan.HeaderBytes], .. packet];
        new VlanTag(5, true, 42, EtherType.Ipv4).Emit(tagged);
        byte[] infiniBand = Convert.FromHexString(
            "0020080014040001" + new string('1', 40) + "c000020a" + new string('0', 40) + "c6336450");
        yield return OnEthernet("arp infiniband", OverEthernet(EtherType.Arp, infiniBand));
        byte[] appleTalk = Convert.FromHexString("0001809b06020001" + "02005e1000011234" + "0000000000001235");
        yield return OnEthernet("arp appletalk", OverEthernet(EtherType.Arp, appleTalk));
        yield return OnEthernet("vlan", OverEthernet(EtherType.Vlan, tagged));
        yield return OnEthernet("802.3 length", OverEthernet(4, [0x42, 0x42, 3, 0, 0, 0, 0]));

        byte[] cooked = [.. new byte[LinuxCooked.HeaderBytes], .. packet];
        var address = new ByteString([2, 0, 0x5e, 0x10, 0, 1]);
        new LinuxCookedHeader(PacketDirection.Outgoing, 1, address, EtherType.Ipv4).Emit(cooked);
        yield return new Sample("sll", LinkType.LinuxCooked, cooked);
        byte[] cooked2 = [.. new byte[LinuxCooked2.HeaderBytes], .. packet6];
        new LinuxCooked2Header(EtherType.Ipv6, 3, 1, PacketDirection.Multicast, address).Emit(cooked2);
        yield return new Sample("sll2", LinkType.LinuxCooked2, cooked2);
        yield return new Sample("null", LinkType.Null, [2, 0, 0, 0, .. packet]);
        yield return new Sample("loop", LinkType.Loop, [0, 0, 0, 24, .. packet6]);
        yield return new Sample("raw 4", LinkType.Raw, packet);
        yield return new Sample("raw 6", LinkType.Raw, packet6);
        yield return new Sample("ipv4", LinkType.Ipv4, packet);
        yield return new Sample("ipv6", LinkType.Ipv6, packet6);
    }

    private static IEnumerable<Sample> InternetSamples()
    {
        byte[] datagram = Datagram(1024, 9, [1, 2, 3]);
        byte[] routed = OverIpv4(IpProtocol.Udp, datagram, header => header with
        {
            Service = 46,
            Congestion = 1,
            DontFragment = false,
            Options = ByteString.FromHex("94040000" + "070b08" + "c0000201" + "00000000" + "01"),
        });
        yield return OnEthernet("ipv4 options", OverEthernet(EtherType.Ipv4, routed));
        byte[] fragment = OverIpv4(IpProtocol.Udp, new byte[16], header => header with
        {
            DontFragment = false,
            MoreFragments = true,
            FragmentOffset = 1480,
        });
        yield return OnEthernet("ipv4 fragment", OverEthernet(EtherType.Ipv4, fragment));

        byte[] echo = [.. new byte[Icmpv4.HeaderBytes], .. "abcdefgh"u8];
        Icmpv4Header.Echo(Icmpv4Type.EchoRequest, 0x1234, 7).Emit(echo);
        yield return OnEthernet("ping", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Icmp, echo)));
        byte[] quoted = OverIpv4(IpProtocol.Udp, datagram);
        byte[] error = [.. new byte[Icmpv4.HeaderBytes], .. quoted];
        new Icmpv4Header(Icmpv4Type.DestinationUnreachable, Icmpv4.FragmentationNeeded, 1400).Emit(error);
        yield return OnEthernet("icmp mtu", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Icmp, error)));
        byte[] redirect = [.. new byte[Icmpv4.HeaderBytes], .. quoted];
        new Icmpv4Header(Icmpv4Type.Redirect, 1, 0xC0000201).Emit(redirect);
        yield return OnEthernet("icmp redirect", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Icmp, redirect)));
        byte[] beginning = OverTcp(new TcpHeader { SourcePort = 1_025, DestinationPort = 80 }, [])
            [Ethernet.HeaderBytes..(Ethernet.HeaderBytes + Ipv4.HeaderBytes + 8)];
        byte[] unreachable = [.. new byte[Icmpv4.HeaderBytes], .. beginning];
        new Icmpv4Header(Icmpv4Type.DestinationUnreachable, 3, 0).Emit(unreachable);
        yield return OnEthernet(
            "icmp unreachable", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Icmp, unreachable)));
        byte[] igmp = new byte[Igmp.HeaderBytes];
        new IgmpMessage(IgmpType.Membership2Report, 0, InternetAddress.Parse("239.1.2.3")).Emit(igmp);
        yield return OnEthernet("igmp", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Igmp, igmp)));
        byte[] query = Convert.FromHexString("118f000000000000" + "027d0000");
        new IgmpMessage(IgmpType.MembershipQuery, 0x8F, default).Emit(query);
        yield return OnEthernet("igmp 3 query", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Igmp, query)));
        byte[] report = Convert.FromHexString("2200000000000001" + "04000000" + "ef010203");
        yield return OnEthernet("igmp 3", OverEthernet(EtherType.Ipv4, OverIpv4(IpProtocol.Igmp, report)));

        foreach ((string name, byte next, byte[] payload) in Ipv6Payloads(datagram))
        {
            yield return OnEthernet(name, OverEthernet(EtherType.Ipv6, OverIpv6(next, payload)));
        }
    }

    private static IEnumerable<(string Name, byte Next, byte[] Payload)> Ipv6Payloads(byte[] datagram)
    {
        byte[] hops = [.. new byte[8], .. datagram];
        new Ipv6ExtensionHeader(IpProtocol.Udp, ByteString.FromHex("050200000100")).Emit(hops);
        yield return ("ipv6 hop by hop", IpProtocol.HopByHop, hops);
        byte[] fragment = [.. new byte[8], .. new byte[16]];
        new Ipv6FragmentHeader(IpProtocol.Udp, 1448, true, 0xDEADBEEF).Emit(fragment);
        yield return ("ipv6 fragment", IpProtocol.Fragment, fragment);
        byte[] echo = [.. new byte[Icmpv6.HeaderBytes], .. "abcdefgh"u8];
        Icmpv6Header.Echo(Icmpv6Type.EchoReply, 0x4321, 9).Emit(echo, Client6, Server6);
        yield return ("ping 6", IpProtocol.Icmpv6, echo);
        byte[] tooBig = [.. new byte[Icmpv6.HeaderBytes], .. OverIpv6(IpProtocol.Udp, datagram)];
        new Icmpv6Header(Icmpv6Type.PacketTooBig, 0, 1280).Emit(tooBig, Client6, Server6);
        yield return ("packet too big", IpProtocol.Icmpv6, tooBig);
        var asks = new NeighborMessage(false, Server6, ClientMac);
        byte[] solicitation = new byte[asks.Length];
        asks.Emit(solicitation, Client6, Server6);
        yield return ("neighbor solicitation", IpProtocol.Icmpv6, solicitation);
        var answers = new NeighborMessage(true, Server6, ServerMac, IsRouter: true, IsSolicited: true);
        byte[] advertisement = new byte[answers.Length];
        answers.Emit(advertisement, Client6, Server6);
        yield return ("neighbor advertisement", IpProtocol.Icmpv6, advertisement);
        byte[] router = Convert.FromHexString(
            "86000000" + "40c00708" + "00000bb8" + "000003e8" + "0101" + "02005e100002" + "0501" + "000000000578" +
            "030440c0" + "00278d00" + "00093a80" + "00000000" + "20010db8000000000000000000000000");
        new Icmpv6Header(Icmpv6Type.RouterAdvertisement, 0, 0x40C00708).Emit(router, Client6, Server6);
        yield return ("router advertisement", IpProtocol.Icmpv6, router);
    }

    private static IEnumerable<Sample> TransportSamples()
    {
        var syn = new TcpHeader
        {
            SourcePort = ClientPort,
            DestinationPort = 80,
            Sequence = new TcpSequence(1_000),
            Flags = TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr,
            Window = 64_240,
            Options = new TcpOptions
            {
                MaximumSegmentSize = 1460,
                SackPermitted = true,
                Timestamps = new TcpTimestamps(100, 0),
                WindowScale = 7,
                FastOpenCookie = ByteString.FromHex("0102030405060708"),
            },
        };
        yield return OnEthernet("syn", OverTcp(syn, []));
        TcpHeader sack = syn with
        {
            Flags = TcpFlags.Ack,
            Acknowledgment = new TcpSequence(5_000),
            Options = new TcpOptions
            {
                Sack = new SackBlocks(
                    new SackBlock(new TcpSequence(6_000), new TcpSequence(7_000)),
                    new SackBlock(new TcpSequence(8_000), new TcpSequence(9_000))),
            },
        };
        yield return OnEthernet("sack", OverTcp(sack, []));
        TcpHeader fin = syn with { Flags = TcpFlags.Fin | TcpFlags.Ack, Options = default };
        yield return OnEthernet("fin", OverTcp(fin, []));
        yield return OnEthernet("rst", OverTcp(syn with { Flags = TcpFlags.Rst, Options = default }, []));
        yield return OnEthernet("tcp data", OverTcp(9_999, "Michael\n"u8.ToArray()));
        yield return OnEthernet("udp", OverUdp(1_024, 9, [1, 2, 3, 4]));
        yield return OnEthernet("http request", OverTcp(
            80, Encoding.ASCII.GetBytes(
                "GET /plaintext?x=1 HTTP/1.1\r\nHost: example.com\r\nUser-Agent: sockeye\r\nAccept: */*\r\n\r\n")));
        yield return OnEthernet("http response", OverTcp(80, Encoding.ASCII.GetBytes(
            "HTTP/1.1 404 Not Found\r\nServer: sockeye\r\nContent-Type: text/plain\r\n"
            + "Content-Length: 5\r\n\r\nhello")));
        yield return OnEthernet("http chunks", OverTcp(80, Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\nA;x=1\r\n, everyone\r\n0\r\n\r\n")));
    }

    private static IEnumerable<Sample> DnsSamples()
    {
        var name = DnsName.Parse("www.example.com");
        var zone = DnsName.Parse("example.com");
        var query = new DnsMessage
        {
            Identifier = 0x1A2B,
            Flags = DnsFlags.RecursionDesired,
            Questions = [new DnsQuestion(name, DnsType.A)],
            Additionals = [DnsRecord.Edns(
                1232, isDnssecOk: true, options: [new DnsParameter(10, ByteString.FromHex("0011223344556677"))])],
        };
        yield return OnEthernet("dns query", OverUdp(ClientPort, Dns.Port, query.Emit()));
        DnsMessage answer = query with
        {
            Flags =
                DnsFlags.Response | DnsFlags.RecursionDesired | DnsFlags.RecursionAvailable | DnsFlags.Authoritative,
            Answers =
            [
                new(name, DnsType.Cname, 1, 300, new DnsTarget(DnsName.Parse("web.example.com"))),
                new(DnsName.Parse("web.example.com"), DnsType.A, 1, 60, new DnsAddress(Server)),
                new(DnsName.Parse("web.example.com"), DnsType.Aaaa, 1, 60, new DnsAddress(Server6)),
                new(zone, DnsType.Mx, 1, 60, new DnsMailExchange(10, DnsName.Parse("mail.example.com"))),
                new(zone, DnsType.Txt, 1, 60,
                    new DnsTexts([ByteString.FromText("v=spf1 -all"), ByteString.FromText("b")])),
                new(DnsName.Parse("_http._tcp.example.com"), DnsType.Srv, 1, 60,
                    new DnsServiceLocation(1, 2, 8080, name)),
            ],
            Authorities =
            [
                new(zone, DnsType.Ns, 1, 60, new DnsTarget(DnsName.Parse("ns1.example.com"))),
                new(zone, DnsType.Soa, 1, 60, new DnsStartOfAuthority(
                    DnsName.Parse("ns1.example.com"), DnsName.Parse("admin.example.com"), 2026, 7200, 3600, 1209600,
                    60)),
            ],
            Additionals =
            [
                new(DnsName.Parse("10.2.0.192.in-addr.arpa"), DnsType.Ptr, 1, 60, new DnsTarget(name)),
                new(zone, DnsType.Https, 1, 60, new DnsServiceBinding(
                    1, DnsName.Root, [new DnsParameter(1, ByteString.FromHex("026832"))])),
                new(zone, DnsType.Caa, 1, 60, new DnsCertificateAuthority(
                    0, ByteString.FromText("issue"), ByteString.FromText("ca.example"))),
            ],
        };
        yield return OnEthernet("dns answer", OverUdp(Dns.Port, ClientPort, answer.Emit()));
        DnsMessage nothing =
            query with { Flags = DnsFlags.Response, Code = DnsResponseCode.NameError, Additionals = [] };
        byte[] message = nothing.Emit();
        byte[] prefixed = [(byte)(message.Length >> 8), (byte)message.Length, .. message];
        yield return OnEthernet("dns over tcp", OverTcp(Dns.Port, prefixed));
    }

    private static IEnumerable<Sample> TlsSamples()
    {
        var random = new ByteString([.. Enumerable.Range(0, TlsHello.RandomBytes).Select(one => (byte)one)]);
        var client = new TlsHello
        {
            IsClient = true,
            LegacyVersion = TlsVersion.Tls12,
            Random = random,
            Session = ByteString.FromHex("aabbcc"),
            Ciphers = [0x1301, 0x1302, 0xC02F],
            Compressions = ByteString.FromHex("00"),
            Extensions =
            [
                TlsExtension.ForServerName("www.example.com"), TlsExtension.ForApplicationProtocols("h2", "http/1.1"),
                TlsExtension.ForSupportedVersions(TlsVersion.Tls13, TlsVersion.Tls12),
            ],
        };
        yield return OnEthernet("client hello", OverTcp(443, Record(TlsContentType.Handshake, client.Emit())));
        var server = new TlsHello
        {
            LegacyVersion = TlsVersion.Tls12,
            Random = random,
            Ciphers = [0x1302],
            Compressions = ByteString.FromHex("00"),
            Extensions = [new TlsExtension(TlsExtension.SupportedVersions, ByteString.FromHex("0304"))],
        };
        byte[] records =
        [
            .. Record(TlsContentType.Handshake, server.Emit()), .. Record(TlsContentType.ChangeCipherSpec, [1]),
            .. Record(TlsContentType.ApplicationData, [.. random.Span]),
        ];
        yield return OnEthernet("server hello", OverTcp(443, records));
        yield return OnEthernet("tls alert", OverTcp(443, Record(TlsContentType.Alert, [2, 40])));
    }

    private static IEnumerable<Sample> OtherSamples()
    {
        var discover = new DhcpMessage
        {
            Transaction = 0x3903F326,
            Seconds = 4,
            IsBroadcast = true,
            Hardware = ClientMac,
            Options =
            [
                new(DhcpOption.MessageType, new ByteString([(byte)DhcpMessageType.Discover])),
                DhcpOption.OfAddresses(DhcpOption.RequestedAddress, Client),
                new(DhcpOption.HostName, ByteString.FromText("laptop")),
                new(DhcpOption.ParameterList, new ByteString([1, 3, 6, 15])),
            ],
        };
        yield return OnEthernet("dhcp discover", OverUdp(Dhcp.ClientPort, Dhcp.ServerPort, Emit(discover)));
        DhcpMessage acknowledgment = discover with
        {
            IsReply = true,
            Yours = Client,
            Server = Server,
            Options =
            [
                new(DhcpOption.MessageType, new ByteString([(byte)DhcpMessageType.Ack])),
                DhcpOption.OfAddresses(DhcpOption.SubnetMask, InternetAddress.Parse("255.255.255.0")),
                DhcpOption.OfAddresses(DhcpOption.Router, InternetAddress.Parse("192.0.2.1")),
                DhcpOption.OfAddresses(DhcpOption.DomainNameServer, Server, Client),
                DhcpOption.OfAddresses(DhcpOption.ServerIdentifier, Server),
                DhcpOption.OfNumber(DhcpOption.LeaseTime, 3_600),
                new(DhcpOption.DomainName, ByteString.FromText("example.com")),
            ],
        };
        yield return OnEthernet("dhcp ack", OverUdp(Dhcp.ServerPort, Dhcp.ClientPort, Emit(acknowledgment)));
    }

    private static byte[] ArpBytes(ArpOperation operation, MacAddress target)
    {
        byte[] bytes = new byte[Arp.Bytes];
        new ArpPacket(operation, ClientMac, Client, target, Server).Emit(bytes);
        return bytes;
    }

    private static byte[] Datagram(ushort source, ushort destination, byte[] payload)
    {
        byte[] datagram = [.. new byte[Udp.HeaderBytes], .. payload];
        new UdpHeader(source, destination).Emit(datagram, Client, Server);
        return datagram;
    }

    private static byte[] Record(TlsContentType type, byte[] fragment)
    {
        var record = new TlsRecord(type, TlsVersion.Tls12, new ByteString(fragment));
        byte[] bytes = new byte[record.Length];
        record.Emit(bytes);
        return bytes;
    }

    private static byte[] Emit(DhcpMessage message)
    {
        byte[] bytes = new byte[message.Length];
        message.Emit(bytes);
        return bytes;
    }
}
