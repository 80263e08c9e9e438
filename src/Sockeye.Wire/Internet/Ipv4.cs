using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Link;

namespace Sockeye.Wire.Internet;

/// <summary>IPv4 (RFC 791 section 3.1): fields and row.</summary>
public static class Ipv4
{
    /// <summary>How many bytes the header has without options.</summary>
    public const int HeaderBytes = 20;

    /// <summary>How many bytes the header has at most: fifteen words of four.</summary>
    public const int HeaderBytesMax = 60;

    /// <summary>How many bytes a packet has at most.</summary>
    public const int PacketBytesMax = 65_535;

    /// <summary>The unit of the fragment offset, in bytes.</summary>
    public const int FragmentUnit = 8;

    internal const int VersionAt = 0;
    internal const int ServiceAt = 1;
    internal const int TotalLengthAt = 2;
    internal const int IdentificationAt = 4;
    internal const int FragmentAt = 6;
    internal const int TimeToLiveAt = 8;
    internal const int ProtocolAt = 9;
    internal const int ChecksumAt = 10;
    internal const int SourceAt = 12;
    internal const int DestinationAt = 16;

    internal const int DontFragmentBit = 0x4000;
    internal const int MoreFragmentsBit = 0x2000;
    internal const int FragmentOffsetMask = 0x1FFF;
    internal const int WordBytes = 4;

    /// <summary>The version, 4.</summary>
    public static readonly Field Version = new("ip.version", "Version", FieldKind.Number);

    /// <summary>How long the header is.</summary>
    public static readonly Field HeaderLength = new("ip.hdr_len", "Header Length", FieldKind.Number);

    /// <summary>The class of service (RFC 2474 section 3).</summary>
    public static readonly Field Service =
        new("ip.dsfield.dscp", "Differentiated Services Codepoint", FieldKind.Number);

    /// <summary>What routers say of congestion (RFC 3168 section 5).</summary>
    public static readonly Field Congestion =
        new("ip.dsfield.ecn", "Explicit Congestion Notification", FieldKind.Number, NameOfCongestion);

    /// <summary>How long the packet is.</summary>
    public static readonly Field TotalLength = new("ip.len", "Total Length", FieldKind.Number);

    /// <summary>What fragments of one packet have in common.</summary>
    public static readonly Field Identification = new("ip.id", "Identification", FieldKind.Hex);

    /// <summary>Whether routers may not cut it.</summary>
    public static readonly Field DontFragment = new("ip.flags.df", "Don't fragment", FieldKind.Flag);

    /// <summary>Whether another fragment comes after it.</summary>
    public static readonly Field MoreFragments = new("ip.flags.mf", "More fragments", FieldKind.Flag);

    /// <summary>Where the fragment belongs, in units of eight bytes.</summary>
    public static readonly Field FragmentOffset = new("ip.frag_offset", "Fragment Offset", FieldKind.Number);

    /// <summary>How many routers it may yet pass.</summary>
    public static readonly Field TimeToLive = new("ip.ttl", "Time to Live", FieldKind.Number);

    /// <summary>What it carries.</summary>
    public static readonly Field Protocol = new("ip.proto", "Protocol", FieldKind.Number, IpProtocol.NameOf);

    /// <summary>The checksum of the header.</summary>
    public static readonly Field Checksum = new("ip.checksum", "Header Checksum", FieldKind.Hex);

    /// <summary>Who sent it.</summary>
    public static readonly Field Source = new("ip.src", "Source Address", FieldKind.Ipv4);

    /// <summary>For whom it is.</summary>
    public static readonly Field Destination = new("ip.dst", "Destination Address", FieldKind.Ipv4);

    /// <summary>Either address.</summary>
    public static readonly Field Address = new("ip.addr", "Source or Destination Address", FieldKind.Ipv4);

    private static readonly FragmentFields s_fragments = new("ip");

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "ip", "IPv4", "Internet Protocol Version 4",
        [
            new(Selector.EtherType, EtherType.Ipv4), new(Selector.IpProtocol, IpProtocol.Ipv4),
            new(Selector.LinkType, (int)LinkType.Ipv4),
        ],
        [
            Version, HeaderLength, Service, Congestion, TotalLength, Identification, DontFragment, MoreFragments,
            FragmentOffset, TimeToLive, Protocol, Checksum, Source, Destination, Address, .. Ipv4Option.Fields,
            .. s_fragments.All,
        ],
        Dissect);

    internal static string? NameOfCongestion(ulong value) => value switch
    {
        0 => "Not ECN-Capable Transport",
        1 => "ECN-Capable Transport (1)",
        2 => "ECN-Capable Transport (0)",
        3 => "Congestion Experienced",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!Ipv4View.TryParse(layer.Bytes, out Ipv4View packet))
        {
            return layer.Malformed();
        }

        layer.Begin(packet.HeaderLength);
        layer.SetEnds(new Station(packet.Source), new Station(packet.Destination));
        if (layer.WantsFields)
        {
            AddFields(layer, packet);
            Ipv4Option.Dissect(layer, packet.Options);
        }

        bool hasInfo = packet.IsFragment
            ? DissectFragment(layer, packet)
            : layer.Next(Selector.IpProtocol, packet.Protocol, packet.HeaderLength, packet.Payload.Length);
        if (!hasInfo && layer.BeginInfo())
        {
            WriteInfo(layer.Info, packet);
        }

        return true;
    }

    // A fragment is a piece of what its packet carries: it is read when the last one has come.
    private static bool DissectFragment(in Layer layer, in Ipv4View packet)
    {
        var fragment = new Fragment
        {
            Offset = packet.FragmentOffset,
            HasMore = packet.MoreFragments,
            Protocol = packet.Protocol,
        };
        bool isThere = packet.Payload.Length == packet.TotalLength - packet.HeaderLength;
        return (isThere
                && s_fragments.TryGoOn(layer, packet.Identification, packet.Protocol, fragment, packet.Payload))
            || layer.Next(null, packet.HeaderLength, packet.Payload.Length);
    }

    private static void AddFields(in Layer layer, in Ipv4View packet)
    {
        layer.Add(Version, VersionAt, sizeof(byte), 4);
        layer.Add(HeaderLength, VersionAt, sizeof(byte), (ulong)packet.HeaderLength);
        layer.Add(Service, ServiceAt, sizeof(byte), packet.Service);
        layer.Add(Congestion, ServiceAt, sizeof(byte), packet.Congestion);
        layer.Add(TotalLength, TotalLengthAt, sizeof(ushort), packet.TotalLength);
        layer.Add(Identification, IdentificationAt, sizeof(ushort), packet.Identification);
        layer.Add(DontFragment, FragmentAt, sizeof(byte), packet.DontFragment);
        layer.Add(MoreFragments, FragmentAt, sizeof(byte), packet.MoreFragments);
        layer.Add(FragmentOffset, FragmentAt, sizeof(ushort), (ulong)(packet.FragmentOffset / FragmentUnit));
        layer.Add(TimeToLive, TimeToLiveAt, sizeof(byte), packet.TimeToLive);
        layer.Add(Protocol, ProtocolAt, sizeof(byte), packet.Protocol);
        layer.Add(Checksum, ChecksumAt, sizeof(ushort), packet.Checksum);
        layer.Add(Source, SourceAt, InternetAddress.Ipv4Bytes);
        layer.AddHidden(Address, SourceAt, InternetAddress.Ipv4Bytes);
        layer.Add(Destination, DestinationAt, InternetAddress.Ipv4Bytes);
        layer.AddHidden(Address, DestinationAt, InternetAddress.Ipv4Bytes);
    }

    private static void WriteInfo(TextBuffer info, in Ipv4View packet)
    {
        if (packet.IsFragment)
        {
            info.Append($"Fragmented IP protocol (proto={IpProtocol.NameOf(packet.Protocol)} {packet.Protocol}, "
                + $"off={packet.FragmentOffset}, ID={packet.Identification:x4})");
            return;
        }

        info.Append($"{IpProtocol.NameOf(packet.Protocol) ?? "Protocol"} ({packet.Protocol})");
    }
}

/// <summary>An IPv4 packet where it stands.</summary>
public readonly ref struct Ipv4View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv4View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>How long the header is, options included.</summary>
    public int HeaderLength => (_bytes[Ipv4.VersionAt] & 0x0F) * Ipv4.WordBytes;

    /// <summary>The class of service, 0 to 63 (RFC 2474 section 3).</summary>
    public byte Service => (byte)(_bytes[Ipv4.ServiceAt] >> 2);

    /// <summary>What routers say of congestion, 0 to 3 (RFC 3168 section 5).</summary>
    public byte Congestion => (byte)(_bytes[Ipv4.ServiceAt] & 0x03);

    /// <summary>How long the packet says it is; zero where the card was left to cut it (TSO).</summary>
    public ushort TotalLength => Word(Ipv4.TotalLengthAt);

    /// <summary>What fragments of one packet have in common.</summary>
    public ushort Identification => Word(Ipv4.IdentificationAt);

    /// <summary>Whether routers may not cut it.</summary>
    public bool DontFragment => (Word(Ipv4.FragmentAt) & Ipv4.DontFragmentBit) != 0;

    /// <summary>Whether another fragment comes after it.</summary>
    public bool MoreFragments => (Word(Ipv4.FragmentAt) & Ipv4.MoreFragmentsBit) != 0;

    /// <summary>Where the fragment belongs, in bytes.</summary>
    public int FragmentOffset => (Word(Ipv4.FragmentAt) & Ipv4.FragmentOffsetMask) * Ipv4.FragmentUnit;

    /// <summary>Whether it is a part of a packet.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset > 0;

    /// <summary>How many routers it may yet pass.</summary>
    public byte TimeToLive => _bytes[Ipv4.TimeToLiveAt];

    /// <summary>What it carries (<see cref="IpProtocol"/>).</summary>
    public byte Protocol => _bytes[Ipv4.ProtocolAt];

    /// <summary>The checksum of the header.</summary>
    public ushort Checksum => Word(Ipv4.ChecksumAt);

    /// <summary>Whether the checksum is right.</summary>
    public bool IsChecksumRight => InternetChecksum.Sum(_bytes[..HeaderLength]) == InternetChecksum.RightSum;

    /// <summary>Who sent it.</summary>
    public InternetAddress Source => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[Ipv4.SourceAt..]));

    /// <summary>For whom it is.</summary>
    public InternetAddress Destination => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[Ipv4.DestinationAt..]));

    /// <summary>The options as they stand there.</summary>
    public ReadOnlySpan<byte> Options => _bytes[Ipv4.HeaderBytes..HeaderLength];

    /// <summary>What it carries, without what follows the packet in its frame; cut short if the capture was.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>
    /// Checks version and lengths (RFC 1122 section 3.2.1). A packet that is cut short is let through.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv4View view)
    {
        view = default;
        if (bytes.Length < Ipv4.HeaderBytes || bytes[Ipv4.VersionAt] >> 4 != 4)
        {
            return false;
        }

        var whole = new Ipv4View(bytes);
        int header = whole.HeaderLength;
        int total = whole.TotalLength == 0 ? bytes.Length : whole.TotalLength;
        if (header < Ipv4.HeaderBytes || header > bytes.Length || total < header)
        {
            return false;
        }

        view = new Ipv4View(bytes[..Math.Min(total, bytes.Length)]);
        return true;
    }

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
}

/// <summary>The header of an IPv4 packet as a value.</summary>
public readonly record struct Ipv4Header
{
    /// <summary>The class of service, 0 to 63.</summary>
    public byte Service { get; init; }

    /// <summary>What routers say of congestion, 0 to 3.</summary>
    public byte Congestion { get; init; }

    /// <summary>How many bytes the packet carries.</summary>
    public int PayloadLength { get; init; }

    /// <summary>What fragments of one packet have in common.</summary>
    public ushort Identification { get; init; }

    /// <summary>Whether routers may not cut it.</summary>
    public bool DontFragment { get; init; }

    /// <summary>Whether another fragment comes after it.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Where the fragment belongs, in bytes; a multiple of eight.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>How many routers it may yet pass.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>What it carries.</summary>
    public byte Protocol { get; init; }

    /// <summary>Who sends it.</summary>
    public InternetAddress Source { get; init; }

    /// <summary>For whom it is.</summary>
    public InternetAddress Destination { get; init; }

    /// <summary>The options as they stand on the wire, filled up to a multiple of four bytes, at most 40.</summary>
    public ByteString Options { get; init; }

    /// <summary>How many bytes the header has on the wire.</summary>
    public int Length => Ipv4.HeaderBytes + Options.Length;

    /// <summary>Reads a header. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv4Header header)
    {
        header = default;
        if (!Ipv4View.TryParse(bytes, out Ipv4View view))
        {
            return false;
        }

        header = new Ipv4Header
        {
            Service = view.Service,
            Congestion = view.Congestion,
            PayloadLength = view.TotalLength == 0 ? view.Payload.Length : view.TotalLength - view.HeaderLength,
            Identification = view.Identification,
            DontFragment = view.DontFragment,
            MoreFragments = view.MoreFragments,
            FragmentOffset = view.FragmentOffset,
            TimeToLive = view.TimeToLive,
            Protocol = view.Protocol,
            Source = view.Source,
            Destination = view.Destination,
            Options = new ByteString(view.Options),
        };
        return true;
    }

    /// <summary>Writes the header with its checksum to the start of a packet.</summary>
    public void Emit(Span<byte> packet)
    {
        Span<byte> header = packet[..Length];
        int fragment = (DontFragment ? Ipv4.DontFragmentBit : 0) | (MoreFragments ? Ipv4.MoreFragmentsBit : 0)
            | (FragmentOffset / Ipv4.FragmentUnit & Ipv4.FragmentOffsetMask);
        header[Ipv4.VersionAt] = (byte)(0x40 | (Length / Ipv4.WordBytes));
        header[Ipv4.ServiceAt] = (byte)((Service << 2) | (Congestion & 0x03));
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4.TotalLengthAt..], checked((ushort)(Length + PayloadLength)));
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4.IdentificationAt..], Identification);
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4.FragmentAt..], (ushort)fragment);
        header[Ipv4.TimeToLiveAt] = TimeToLive;
        header[Ipv4.ProtocolAt] = Protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4.ChecksumAt..], 0);
        Source.WriteBytes(header[Ipv4.SourceAt..]);
        Destination.WriteBytes(header[Ipv4.DestinationAt..]);
        Options.Span.CopyTo(header[Ipv4.HeaderBytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[Ipv4.ChecksumAt..], InternetChecksum.Of(header));
    }
}
