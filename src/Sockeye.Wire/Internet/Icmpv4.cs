using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>What an ICMP message for IPv4 is (IANA "ICMP Type Numbers").</summary>
public enum Icmpv4Type : byte
{
    /// <summary>The answer to an echo request (RFC 792).</summary>
    EchoReply = 0,

    /// <summary>A packet could not be delivered (RFC 792).</summary>
    DestinationUnreachable = 3,

    /// <summary>Send slower; deprecated (RFC 6633).</summary>
    SourceQuench = 4,

    /// <summary>There is a better router (RFC 792).</summary>
    Redirect = 5,

    /// <summary>Are you there? (RFC 792)</summary>
    EchoRequest = 8,

    /// <summary>A router announces itself (RFC 1256).</summary>
    RouterAdvertisement = 9,

    /// <summary>Which routers are there? (RFC 1256)</summary>
    RouterSolicitation = 10,

    /// <summary>A packet passed too many routers, or its fragments did not all come (RFC 792).</summary>
    TimeExceeded = 11,

    /// <summary>A header is not understood (RFC 792).</summary>
    ParameterProblem = 12,

    /// <summary>What time is it? (RFC 792)</summary>
    TimestampRequest = 13,

    /// <summary>This time (RFC 792).</summary>
    TimestampReply = 14,
}

/// <summary>ICMP for IPv4 (RFC 792): fields and row.</summary>
public static class Icmpv4
{
    /// <summary>How many bytes the header has.</summary>
    public const int HeaderBytes = 8;

    /// <summary>
    /// The code of "fragmentation needed and DF set" (RFC 792), which names the MTU (RFC 1191 section 4).
    /// </summary>
    public const byte FragmentationNeeded = 4;

    internal const int TypeAt = 0;
    internal const int CodeAt = 1;
    internal const int ChecksumAt = 2;
    internal const int RestAt = 4;
    internal const int SequenceAt = 6;

    /// <summary>What it is.</summary>
    public static readonly Field Type =
        new("icmp.type", "Type", FieldKind.Number, static value => NameOf((Icmpv4Type)value));

    /// <summary>What it is more exactly.</summary>
    public static readonly Field Code = new("icmp.code", "Code", FieldKind.Number);

    /// <summary>The checksum.</summary>
    public static readonly Field Checksum = new("icmp.checksum", "Checksum", FieldKind.Hex);

    /// <summary>Which program an echo belongs to.</summary>
    public static readonly Field Identifier = new("icmp.ident", "Identifier", FieldKind.Number);

    /// <summary>Which echo of it.</summary>
    public static readonly Field Sequence = new("icmp.seq", "Sequence Number", FieldKind.Number);

    /// <summary>The longest packet that would have passed.</summary>
    public static readonly Field NextHopMtu = new("icmp.mtu", "MTU of next hop", FieldKind.Number);

    /// <summary>The better router.</summary>
    public static readonly Field Gateway = new("icmp.redir_gw", "Gateway Address", FieldKind.Ipv4);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "icmp", "ICMP", "Internet Control Message Protocol", [new(Selector.IpProtocol, IpProtocol.Icmp)],
        [Type, Code, Checksum, Identifier, Sequence, NextHopMtu, Gateway], Dissect);

    /// <summary>The words for a type, or null.</summary>
    public static string? NameOf(Icmpv4Type type) => type switch
    {
        Icmpv4Type.EchoReply => "Echo (ping) reply",
        Icmpv4Type.DestinationUnreachable => "Destination unreachable",
        Icmpv4Type.SourceQuench => "Source quench",
        Icmpv4Type.Redirect => "Redirect",
        Icmpv4Type.EchoRequest => "Echo (ping) request",
        Icmpv4Type.RouterAdvertisement => "Router advertisement",
        Icmpv4Type.RouterSolicitation => "Router solicitation",
        Icmpv4Type.TimeExceeded => "Time-to-live exceeded",
        Icmpv4Type.ParameterProblem => "Parameter problem",
        Icmpv4Type.TimestampRequest => "Timestamp request",
        Icmpv4Type.TimestampReply => "Timestamp reply",
        _ => null,
    };

    /// <summary>Whether it is about another packet, whose beginning it quotes.</summary>
    public static bool IsError(Icmpv4Type type) => type is Icmpv4Type.DestinationUnreachable or Icmpv4Type.SourceQuench
        or Icmpv4Type.Redirect or Icmpv4Type.TimeExceeded or Icmpv4Type.ParameterProblem;

    /// <summary>
    /// The words for a code of a type, or null (RFC 792; RFC 1122 section 3.2.2.1; RFC 1812 section 5.2.7).
    /// </summary>
    public static string? NameOf(Icmpv4Type type, byte code) => (type, code) switch
    {
        (Icmpv4Type.DestinationUnreachable, 0) => "Network unreachable",
        (Icmpv4Type.DestinationUnreachable, 1) => "Host unreachable",
        (Icmpv4Type.DestinationUnreachable, 2) => "Protocol unreachable",
        (Icmpv4Type.DestinationUnreachable, 3) => "Port unreachable",
        (Icmpv4Type.DestinationUnreachable, FragmentationNeeded) => "Fragmentation needed",
        (Icmpv4Type.DestinationUnreachable, 5) => "Source route failed",
        (Icmpv4Type.DestinationUnreachable, 9) => "Network administratively prohibited",
        (Icmpv4Type.DestinationUnreachable, 10) => "Host administratively prohibited",
        (Icmpv4Type.DestinationUnreachable, 13) => "Communication administratively filtered",
        (Icmpv4Type.Redirect, 0) => "Redirect for network",
        (Icmpv4Type.Redirect, 1) => "Redirect for host",
        (Icmpv4Type.TimeExceeded, 0) => "Time to live exceeded in transit",
        (Icmpv4Type.TimeExceeded, 1) => "Fragment reassembly time exceeded",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        if (!Icmpv4View.TryParse(layer.Bytes, out Icmpv4View message))
        {
            return layer.Malformed();
        }

        layer.Begin(HeaderBytes);
        layer.Add(Type, TypeAt, sizeof(byte), (ulong)message.Type);
        layer.Add(Code, CodeAt, sizeof(byte), message.Code);
        layer.Add(Checksum, ChecksumAt, sizeof(ushort), message.Checksum);
        switch (message.Type)
        {
            case Icmpv4Type.EchoReply or Icmpv4Type.EchoRequest:
                layer.Add(Identifier, RestAt, sizeof(ushort), message.Identifier);
                layer.Add(Sequence, SequenceAt, sizeof(ushort), message.Sequence);
                break;
            case Icmpv4Type.DestinationUnreachable when message.Code == FragmentationNeeded:
                layer.Add(NextHopMtu, SequenceAt, sizeof(ushort), message.Sequence);
                break;
            case Icmpv4Type.Redirect:
                layer.Add(Gateway, RestAt, InternetAddress.Ipv4Bytes);
                break;
        }

        WriteInfo(layer, message);
        if (IsError(message.Type))
        {
            layer.NextQuoted(Ipv4.Row, HeaderBytes, message.Payload.Length);
            return true;
        }

        _ = layer.Next(null, HeaderBytes, message.Payload.Length);
        return true;
    }

    private static void WriteInfo(in Layer layer, in Icmpv4View message)
    {
        if (!layer.BeginInfo())
        {
            return;
        }

        layer.Info.Append($"{NameOf(message.Type) ?? "Type"}");
        if (message.Type is Icmpv4Type.EchoReply or Icmpv4Type.EchoRequest)
        {
            layer.Info.Append($"  id=0x{message.Identifier:x4}, seq={message.Sequence}");
        }
        else if (NameOf(message.Type, message.Code) is { } name)
        {
            layer.Info.Append($" ({name})");
        }
    }
}

/// <summary>An ICMP message for IPv4 where it stands.</summary>
public readonly ref struct Icmpv4View
{
    private readonly ReadOnlySpan<byte> _bytes;

    private Icmpv4View(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What it is.</summary>
    public Icmpv4Type Type => (Icmpv4Type)_bytes[Icmpv4.TypeAt];

    /// <summary>What it is more exactly.</summary>
    public byte Code => _bytes[Icmpv4.CodeAt];

    /// <summary>The checksum.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[Icmpv4.ChecksumAt..]);

    /// <summary>Whether the checksum is right.</summary>
    public bool IsChecksumRight => InternetChecksum.Sum(_bytes) == InternetChecksum.RightSum;

    /// <summary>The four bytes whose meaning depends on the type.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_bytes[Icmpv4.RestAt..]);

    /// <summary>Which program an echo belongs to.</summary>
    public ushort Identifier => (ushort)(Rest >> 16);

    /// <summary>Which echo of it; of "fragmentation needed", the MTU of the next hop (RFC 1191 section 4).</summary>
    public ushort Sequence => (ushort)Rest;

    /// <summary>
    /// What follows the header: the data of an echo, or the beginning of the packet an error is about.
    /// </summary>
    public ReadOnlySpan<byte> Payload => _bytes[Icmpv4.HeaderBytes..];

    /// <summary>Checks that the header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Icmpv4View view)
    {
        bool isWhole = bytes.Length >= Icmpv4.HeaderBytes;
        view = isWhole ? new Icmpv4View(bytes) : default;
        return isWhole;
    }
}

/// <summary>The header of an ICMP message for IPv4 as a value.</summary>
public readonly record struct Icmpv4Header(Icmpv4Type Type, byte Code, uint Rest)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Icmpv4.HeaderBytes;

    /// <summary>The header of an echo request or reply.</summary>
    public static Icmpv4Header Echo(Icmpv4Type type, ushort identifier, ushort sequence) =>
        new(type, 0, ((uint)identifier << 16) | sequence);

    /// <summary>Reads a header. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Icmpv4Header header)
    {
        bool isValid = Icmpv4View.TryParse(bytes, out Icmpv4View view);
        header = isValid ? new Icmpv4Header(view.Type, view.Code, view.Rest) : default;
        return isValid;
    }

    /// <summary>Writes the header before what it carries, which is already there, with the checksum of both.</summary>
    public void Emit(Span<byte> message)
    {
        message[Icmpv4.TypeAt] = (byte)Type;
        message[Icmpv4.CodeAt] = Code;
        BinaryPrimitives.WriteUInt16BigEndian(message[Icmpv4.ChecksumAt..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(message[Icmpv4.RestAt..], Rest);
        BinaryPrimitives.WriteUInt16BigEndian(message[Icmpv4.ChecksumAt..], InternetChecksum.Of(message));
    }
}
