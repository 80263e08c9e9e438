using Sockeye.Wire.Application;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Wire;

/// <summary>Packets that came in fragments, one after another: only who reads all of them sees the packets.</summary>
internal static class FragmentSamples
{
    private const int PieceBytes = 24;

    public static IReadOnlyList<Sample> All { get; } =
    [
        .. Cut4("in order", 0x0101, Question()), .. Cut4("backwards", 0x0102, Question()).Reverse(),
        .. Repeated(), .. Overlapping("overlap", 0x0104, change: 0), .. Overlapping("conflict", 0x0105, change: 1),
        .. Cut4("segment", 0x0106, Segment(), IpProtocol.Tcp), .. Longer(),
        .. Cut6("in order", 0x1001, Question()), .. Cut6("backwards", 0x1002, Question()).Reverse(),
    ];

    /// <summary>A datagram with a question to the DNS.</summary>
    public static byte[] Question()
    {
        byte[] message = new DnsMessage
        {
            Identifier = 0x77,
            Flags = DnsFlags.RecursionDesired,
            Questions = [new DnsQuestion(DnsName.Parse("a.long.name.in.fragments.example.com"), DnsType.A)],
        }.Emit();
        byte[] datagram = [.. new byte[Udp.HeaderBytes], .. message];
        new UdpHeader(1_024, Dns.Port).Emit(datagram, Samples.Client, Samples.Server);
        return datagram;
    }

    /// <summary>A fragment of an IPv4 packet, on Ethernet.</summary>
    public static byte[] Piece4(
        ushort identification, int offset, bool hasMore, ReadOnlySpan<byte> bytes, byte protocol = IpProtocol.Udp) =>
        Samples.OverEthernet(EtherType.Ipv4, Samples.OverIpv4(protocol, bytes.ToArray(), header => header with
        {
            DontFragment = false,
            Identification = identification,
            FragmentOffset = offset,
            MoreFragments = hasMore,
        }));

    /// <summary>A segment with a request.</summary>
    private static byte[] Segment()
    {
        byte[] segment = [.. new byte[Tcp.HeaderBytes], .. "GET /fragments HTTP/1.1\r\nHost: example.com\r\n\r\n"u8];
        var header = new TcpHeader
        {
            SourcePort = 40_001,
            DestinationPort = 80,
            Sequence = new TcpSequence(1),
            Flags = TcpFlags.Ack,
            Window = 100,
        };
        header.Emit(segment, Samples.Client, Samples.Server);
        return segment;
    }

    private static IEnumerable<Sample> Cut4(
        string name, ushort identification, byte[] payload, byte protocol = IpProtocol.Udp)
    {
        for (int at = 0; at < payload.Length; at += PieceBytes)
        {
            ReadOnlySpan<byte> bytes = payload.AsSpan(at, Math.Min(PieceBytes, payload.Length - at));
            bool hasMore = at + PieceBytes < payload.Length;
            yield return OnEthernet($"ipv4 fragment {name} {at}", Piece4(identification, at, hasMore, bytes, protocol));
        }
    }

    private static IEnumerable<Sample> Cut6(string name, uint identification, byte[] payload)
    {
        for (int at = 0; at < payload.Length; at += PieceBytes)
        {
            ReadOnlySpan<byte> bytes = payload.AsSpan(at, Math.Min(PieceBytes, payload.Length - at));
            byte[] piece = [.. new byte[Ipv6Fragment.HeaderBytes], .. bytes];
            new Ipv6FragmentHeader(IpProtocol.Udp, at, at + PieceBytes < payload.Length, identification).Emit(piece);
            yield return OnEthernet(
                $"ipv6 fragment {name} {at}",
                Samples.OverEthernet(EtherType.Ipv6, Samples.OverIpv6(IpProtocol.Fragment, piece)));
        }
    }

    private static IEnumerable<Sample> Repeated()
    {
        Sample[] pieces = [.. Cut4("repeated", 0x0103, Question())];
        return [pieces[0], pieces[0], .. pieces[1..]];
    }

    // The second begins before the first has ended.
    private static IEnumerable<Sample> Overlapping(string name, ushort identification, byte change)
    {
        byte[] datagram = Question();
        byte[] second = datagram[16..];
        second[1] ^= change;
        yield return OnEthernet($"ipv4 {name} 0", Piece4(identification, 0, true, datagram.AsSpan(0, 32)));
        yield return OnEthernet($"ipv4 {name} 16", Piece4(identification, 16, false, second));
    }

    // A packet that ends at one place, and goes on behind it, or ends at another.
    private static IEnumerable<Sample> Longer()
    {
        byte[] datagram = Question();
        yield return OnEthernet("ipv4 too long 24", Piece4(0x0107, 24, false, datagram.AsSpan(24)));
        yield return OnEthernet("ipv4 too long 80", Piece4(0x0107, 80, true, new byte[8]));
        yield return OnEthernet("ipv4 too long 32", Piece4(0x0107, 32, false, datagram.AsSpan(32, 8)));
        yield return OnEthernet("ipv4 too long 0", Piece4(0x0107, 0, true, datagram.AsSpan(0, 24)));
    }

    private static Sample OnEthernet(string name, byte[] frame) => new(name, LinkType.Ethernet, frame);
}
