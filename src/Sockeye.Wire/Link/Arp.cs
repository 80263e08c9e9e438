using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Link;

/// <summary>What an ARP packet wants (RFC 826; RFC 903).</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has this address? (RFC 826)</summary>
    Request = 1,

    /// <summary>I do. (RFC 826)</summary>
    Reply = 2,

    /// <summary>Which address do I have? (RFC 903)</summary>
    ReverseRequest = 3,

    /// <summary>You have this one. (RFC 903)</summary>
    ReverseReply = 4,
}

/// <summary>
/// The Address Resolution Protocol (RFC 826): fields and row. Its addresses may be of any kind; those of IPv4 over
/// Ethernet also have a view and a value.
/// </summary>
public static class Arp
{
    /// <summary>How many bytes a packet for IPv4 over Ethernet has.</summary>
    public const int Bytes = 28;

    /// <summary>How many bytes a packet has before its addresses.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The hardware type of Ethernet (RFC 826, "ar$hrd").</summary>
    public const ushort HardwareEthernet = 1;

    internal const int HardwareAt = 0;
    internal const int ProtocolAt = 2;
    internal const int HardwareLengthAt = 4;
    internal const int ProtocolLengthAt = 5;
    internal const int OperationAt = 6;
    internal const int SenderMacAt = 8;
    internal const int SenderAt = 14;
    internal const int TargetMacAt = 18;
    internal const int TargetAt = 24;

    /// <summary>The kind of the link.</summary>
    public static readonly Field Hardware =
        new("arp.hw.type", "Hardware type", FieldKind.Number, static type => type == 1 ? "Ethernet" : null);

    /// <summary>The kind of the addresses that are looked up.</summary>
    public static readonly Field Protocol =
        new("arp.proto.type", "Protocol type", FieldKind.Hex, EtherType.NameOf);

    /// <summary>How long addresses of the link are.</summary>
    public static readonly Field HardwareLength = new("arp.hw.size", "Hardware size", FieldKind.Number);

    /// <summary>How long the addresses that are looked up are.</summary>
    public static readonly Field ProtocolLength = new("arp.proto.size", "Protocol size", FieldKind.Number);

    /// <summary>What it wants.</summary>
    public static readonly Field Operation = new("arp.opcode", "Opcode", FieldKind.Number, NameOfOperation);

    /// <summary>Whether it announces an address rather than asks for one (RFC 5227 section 3).</summary>
    public static readonly Field IsGratuitous = new("arp.isgratuitous", "Is gratuitous", FieldKind.Flag);

    /// <summary>The sender's card.</summary>
    public static readonly Field SenderMac = new("arp.src.hw_mac", "Sender MAC address", FieldKind.Mac);

    /// <summary>The sender's address.</summary>
    public static readonly Field Sender = new("arp.src.proto_ipv4", "Sender IP address", FieldKind.Ipv4);

    /// <summary>The card that is looked for; zero in a request.</summary>
    public static readonly Field TargetMac = new("arp.dst.hw_mac", "Target MAC address", FieldKind.Mac);

    /// <summary>The address that is looked for.</summary>
    public static readonly Field Target = new("arp.dst.proto_ipv4", "Target IP address", FieldKind.Ipv4);

    /// <summary>The sender's card, where it is not of Ethernet.</summary>
    public static readonly Field SenderHardware =
        new("arp.src.hw", "Sender hardware address", FieldKind.Bytes);

    /// <summary>The sender's address, where it is not of IPv4.</summary>
    public static readonly Field SenderProtocol =
        new("arp.src.proto", "Sender protocol address", FieldKind.Bytes);

    /// <summary>The card that is looked for, where it is not of Ethernet.</summary>
    public static readonly Field TargetHardware =
        new("arp.dst.hw", "Target hardware address", FieldKind.Bytes);

    /// <summary>The address that is looked for, where it is not of IPv4.</summary>
    public static readonly Field TargetProtocol =
        new("arp.dst.proto", "Target protocol address", FieldKind.Bytes);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "arp", "ARP", "Address Resolution Protocol", [new(Selector.EtherType, EtherType.Arp)],
        [
            Hardware, Protocol, HardwareLength, ProtocolLength, Operation, IsGratuitous,
            SenderMac, SenderHardware, Sender, SenderProtocol, TargetMac, TargetHardware, Target, TargetProtocol,
        ],
        Dissect);

    private static string? NameOfOperation(ulong value) => (ArpOperation)value switch
    {
        ArpOperation.Request => "request",
        ArpOperation.Reply => "reply",
        ArpOperation.ReverseRequest => "reverse request",
        ArpOperation.ReverseReply => "reverse reply",
        _ => null,
    };

    private static bool Dissect(in Layer layer)
    {
        ReadOnlySpan<byte> bytes = layer.Bytes;
        if (bytes.Length < HeaderBytes)
        {
            return layer.Malformed();
        }

        ushort hardware = BinaryPrimitives.ReadUInt16BigEndian(bytes[HardwareAt..]);
        ushort protocol = BinaryPrimitives.ReadUInt16BigEndian(bytes[ProtocolAt..]);
        int hardwareLength = bytes[HardwareLengthAt];
        int protocolLength = bytes[ProtocolLengthAt];
        int length = HeaderBytes + (2 * (hardwareLength + protocolLength));
        if (bytes.Length < length)
        {
            return layer.Malformed();
        }

        layer.Begin(length);
        layer.Add(Hardware, HardwareAt, sizeof(ushort), hardware);
        layer.Add(Protocol, ProtocolAt, sizeof(ushort), protocol);
        layer.Add(HardwareLength, HardwareLengthAt, sizeof(byte), (ulong)hardwareLength);
        layer.Add(ProtocolLength, ProtocolLengthAt, sizeof(byte), (ulong)protocolLength);
        ushort operation = BinaryPrimitives.ReadUInt16BigEndian(bytes[OperationAt..]);
        layer.Add(Operation, OperationAt, sizeof(ushort), operation);
        if (ArpView.TryParse(bytes, out ArpView packet) && packet.IsGratuitous)
        {
            layer.Add(IsGratuitous, 0, length, true);
        }

        bool isMac = hardware == HardwareEthernet && hardwareLength == MacAddress.Bytes;
        bool isIpv4 = protocol == EtherType.Ipv4 && protocolLength == InternetAddress.Ipv4Bytes;
        int senderAt = HeaderBytes + hardwareLength;
        int targetHardwareAt = senderAt + protocolLength;
        int targetAt = targetHardwareAt + hardwareLength;
        layer.Add(isMac ? SenderMac : SenderHardware, HeaderBytes, hardwareLength);
        layer.Add(isIpv4 ? Sender : SenderProtocol, senderAt, protocolLength);
        layer.Add(isMac ? TargetMac : TargetHardware, targetHardwareAt, hardwareLength);
        layer.Add(isIpv4 ? Target : TargetProtocol, targetAt, protocolLength);
        if (layer.BeginInfo())
        {
            WriteInfo(
                layer.Info, (ArpOperation)operation, isIpv4, bytes.Slice(HeaderBytes, hardwareLength),
                bytes.Slice(senderAt, protocolLength), bytes.Slice(targetAt, protocolLength));
        }

        return true;
    }

    private static void WriteInfo(
        TextBuffer info, ArpOperation operation, bool isIpv4, ReadOnlySpan<byte> senderHardware,
        ReadOnlySpan<byte> sender, ReadOnlySpan<byte> target)
    {
        switch (operation)
        {
            case ArpOperation.Request when isIpv4 && sender.SequenceEqual(target):
                info.Append($"ARP announcement for {new InternetAddress(sender)}");
                break;
            case ArpOperation.Request when isIpv4:
                info.Append($"Who has {new InternetAddress(target)}? Tell {new InternetAddress(sender)}");
                break;
            case ArpOperation.Reply when isIpv4:
                info.Append($"{new InternetAddress(sender)} is at ");
                info.AppendHex(senderHardware, ':');
                break;
            default:
                info.Append($"{NameOfOperation((ulong)operation) ?? "operation"} {(ushort)operation}");
                break;
        }
    }
}

/// <summary>An ARP packet for IPv4 over Ethernet where it stands.</summary>
public readonly ref struct ArpView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private ArpView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>What it wants.</summary>
    public ArpOperation Operation => (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(_bytes[Arp.OperationAt..]);

    /// <summary>The sender's card.</summary>
    public MacAddress SenderMac => new(_bytes[Arp.SenderMacAt..]);

    /// <summary>The sender's address.</summary>
    public InternetAddress Sender => new(_bytes.Slice(Arp.SenderAt, InternetAddress.Ipv4Bytes));

    /// <summary>The card that is looked for; zero in a request.</summary>
    public MacAddress TargetMac => new(_bytes[Arp.TargetMacAt..]);

    /// <summary>The address that is looked for.</summary>
    public InternetAddress Target => new(_bytes.Slice(Arp.TargetAt, InternetAddress.Ipv4Bytes));

    /// <summary>Whether it announces an address: sender and target are the same (RFC 5227 section 3).</summary>
    public bool IsGratuitous => Sender == Target;

    /// <summary>Checks that it is whole, and about IPv4 addresses on Ethernet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpView view)
    {
        bool isValid = bytes.Length >= Arp.Bytes
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[Arp.HardwareAt..]) == Arp.HardwareEthernet
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[Arp.ProtocolAt..]) == EtherType.Ipv4
            && bytes[Arp.HardwareLengthAt] == MacAddress.Bytes
            && bytes[Arp.ProtocolLengthAt] == InternetAddress.Ipv4Bytes;
        view = isValid ? new ArpView(bytes) : default;
        return isValid;
    }
}

/// <summary>An ARP packet for IPv4 over Ethernet as a value.</summary>
public readonly record struct ArpPacket(
    ArpOperation Operation, MacAddress SenderMac, InternetAddress Sender, MacAddress TargetMac, InternetAddress Target)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Arp.Bytes;

    /// <summary>Reads a packet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        bool isValid = ArpView.TryParse(bytes, out ArpView view);
        packet = isValid
            ? new ArpPacket(view.Operation, view.SenderMac, view.Sender, view.TargetMac, view.Target)
            : default;
        return isValid;
    }

    /// <summary>Writes the packet.</summary>
    public void Emit(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Arp.HardwareAt..], Arp.HardwareEthernet);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Arp.ProtocolAt..], EtherType.Ipv4);
        bytes[Arp.HardwareLengthAt] = MacAddress.Bytes;
        bytes[Arp.ProtocolLengthAt] = InternetAddress.Ipv4Bytes;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[Arp.OperationAt..], (ushort)Operation);
        SenderMac.WriteBytes(bytes[Arp.SenderMacAt..]);
        Sender.WriteBytes(bytes[Arp.SenderAt..]);
        TargetMac.WriteBytes(bytes[Arp.TargetMacAt..]);
        Target.WriteBytes(bytes[Arp.TargetAt..]);
    }
}
