using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Internet;

/// <summary>What an IGMP message is (RFC 3376 section 4).</summary>
public enum IgmpType : byte
{
    /// <summary>Who listens?</summary>
    MembershipQuery = 0x11,

    /// <summary>I listen (RFC 1112 appendix I).</summary>
    Membership1Report = 0x12,

    /// <summary>I listen (RFC 2236 section 2).</summary>
    Membership2Report = 0x16,

    /// <summary>I no longer do (RFC 2236 section 2).</summary>
    LeaveGroup = 0x17,

    /// <summary>I listen, to these sources of these groups (RFC 3376 section 4.2).</summary>
    Membership3Report = 0x22,
}

/// <summary>IGMP, versions 1 to 3 (RFC 1112, 2236, 3376): fields and row.</summary>
public static class Igmp
{
    /// <summary>How many bytes a message has at least.</summary>
    public const int HeaderBytes = 8;

    internal const int TypeAt = 0;
    internal const int ResponseTimeAt = 1;
    internal const int ChecksumAt = 2;
    internal const int GroupAt = 4;

    // By its length a query is of version 3 (RFC 3376 section 7.1).
    internal const int Query3Bytes = 12;

    // A report of version 3 (RFC 3376 section 4.2): the number of groups, then the groups.
    internal const int GroupCountAt = 6;
    internal const int RecordGroupAt = 4;
    internal const int RecordSourcesAt = 2;
    internal const int RecordAuxiliaryAt = 1;
    internal const int RecordHeaderBytes = 8;

    /// <summary>What it is.</summary>
    public static readonly Field Type = new("igmp.type", "Type", FieldKind.Hex, static type => NameOf((IgmpType)type));

    /// <summary>Within which time to answer, in tenths of a second.</summary>
    public static readonly Field ResponseTime = new("igmp.max_resp", "Max Resp Time", FieldKind.Number);

    /// <summary>The checksum.</summary>
    public static readonly Field Checksum = new("igmp.checksum", "Checksum", FieldKind.Hex);

    /// <summary>The group that it is about.</summary>
    public static readonly Field Group = new("igmp.maddr", "Multicast Address", FieldKind.Ipv4);

    /// <summary>How many groups a report of version 3 is about.</summary>
    public static readonly Field GroupCount = new("igmp.num_grp_recs", "Num Group Records", FieldKind.Number);

    /// <summary>How a report of version 3 changes the sources of a group.</summary>
    public static readonly Field RecordType = new("igmp.record_type", "Record Type", FieldKind.Number);

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "igmp", "IGMP", "Internet Group Management Protocol", [new(Selector.IpProtocol, IpProtocol.Igmp)],
        [Type, ResponseTime, Checksum, Group, GroupCount, RecordType], Dissect);

    private static string? NameOf(IgmpType type) => type switch
    {
        IgmpType.MembershipQuery => "Membership Query",
        IgmpType.Membership1Report => "Membership Report v1",
        IgmpType.Membership2Report => "Membership Report",
        IgmpType.LeaveGroup => "Leave Group",
        IgmpType.Membership3Report => "Membership Report v3",
        _ => null,
    };

    // "If Max Resp Code >= 128, it represents a floating-point value" (RFC 3376 section 4.1.1): a one, an exponent of
    // three bits and a mantissa of four.
    private static ulong ValueOf(byte code) =>
        code < 0x80 ? code : (0x10UL | (code & 0x0FUL)) << (((code >> 4) & 0x07) + 3);

    private static bool Dissect(in Layer layer)
    {
        if (!IgmpMessage.TryParse(layer.Bytes, out IgmpMessage message))
        {
            return layer.Malformed();
        }

        layer.Begin(layer.Bytes.Length);
        layer.Add(Type, TypeAt, sizeof(byte), (ulong)message.Type);
        if (message.Type != IgmpType.Membership3Report)
        {
            bool isQuery3 = message.Type == IgmpType.MembershipQuery && layer.Bytes.Length >= Query3Bytes;
            ulong time = isQuery3 ? ValueOf(message.ResponseTime) : message.ResponseTime;
            layer.Add(ResponseTime, ResponseTimeAt, sizeof(byte), time);
        }

        layer.Add(
            Checksum, ChecksumAt, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(layer.Bytes[ChecksumAt..]));
        bool isWritten = layer.BeginInfo();
        if (isWritten)
        {
            layer.Info.Append($"{NameOf(message.Type) ?? "Type"}");
        }

        if (message.Type == IgmpType.Membership3Report)
        {
            return DissectReport(layer);
        }

        layer.Add(Group, GroupAt, InternetAddress.Ipv4Bytes);
        if (isWritten && message.Group.Value != 0)
        {
            layer.Info.Append($" group {message.Group}");
        }

        return true;
    }

    private static bool DissectReport(in Layer layer)
    {
        int count = BinaryPrimitives.ReadUInt16BigEndian(layer.Bytes[GroupCountAt..]);
        layer.Add(GroupCount, GroupCountAt, sizeof(ushort), (ulong)count);
        int at = HeaderBytes;
        for (int i = 0; i < count; i++)
        {
            if (layer.Bytes.Length - at < RecordHeaderBytes)
            {
                return layer.Malformed();
            }

            ReadOnlySpan<byte> record = layer.Bytes[at..];
            layer.Add(RecordType, at, sizeof(byte), record[0]);
            layer.Add(Group, at + RecordGroupAt, InternetAddress.Ipv4Bytes);
            at += RecordHeaderBytes + (record[RecordAuxiliaryAt] * sizeof(uint))
                + (BinaryPrimitives.ReadUInt16BigEndian(record[RecordSourcesAt..]) * InternetAddress.Ipv4Bytes);
        }

        return at <= layer.Bytes.Length || layer.Malformed();
    }
}

/// <summary>The first eight bytes of an IGMP message as a value; those of versions 1 and 2 have no more.</summary>
/// <param name="Type">What it is.</param>
/// <param name="ResponseTime">
/// Within which time to answer, in tenths of a second; in a query of version 3, a code for it (RFC 3376 section 4.1.1).
/// </param>
/// <param name="Group">The group that it is about; zero for all.</param>
public readonly record struct IgmpMessage(IgmpType Type, byte ResponseTime, InternetAddress Group)
{
    /// <summary>How many bytes it has on the wire.</summary>
    public int Length => Igmp.HeaderBytes;

    /// <summary>Reads a message. The checksum is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out IgmpMessage message)
    {
        bool isWhole = bytes.Length >= Igmp.HeaderBytes;
        message = isWhole
            ? new IgmpMessage(
                (IgmpType)bytes[Igmp.TypeAt], bytes[Igmp.ResponseTimeAt],
                new InternetAddress(bytes.Slice(Igmp.GroupAt, InternetAddress.Ipv4Bytes)))
            : default;
        return isWhole;
    }

    /// <summary>Writes the message before what follows it, which is already there, with the checksum of both.</summary>
    public void Emit(Span<byte> message)
    {
        message[Igmp.TypeAt] = (byte)Type;
        message[Igmp.ResponseTimeAt] = ResponseTime;
        BinaryPrimitives.WriteUInt16BigEndian(message[Igmp.ChecksumAt..], 0);
        Group.WriteBytes(message[Igmp.GroupAt..]);
        BinaryPrimitives.WriteUInt16BigEndian(message[Igmp.ChecksumAt..], InternetChecksum.Of(message));
    }
}
