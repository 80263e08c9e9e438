using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Wire.Application;

/// <summary>
/// DNS (RFC 1035 section 4): its row in the table of protocols. <see cref="DnsMessage"/> is the value.
/// </summary>
public static class Dns
{
    /// <summary>The port of DNS (RFC 1035 section 4.2).</summary>
    public const int Port = 53;

    // Multicast DNS (RFC 6762 section 3) and link-local resolution (RFC 4795 section 2) have the same messages.
    private const int MulticastPort = 5353;
    private const int LinkLocalPort = 5355;

    private const int LengthBytes = 2;
    private const int QuestionBytes = 4;

    /// <summary>The row of the table.</summary>
    public static readonly Protocol Row = new(
        "dns", "DNS", "Domain Name System",
        [
            new(Selector.UdpPort, Port), new(Selector.TcpPort, Port), new(Selector.UdpPort, MulticastPort),
            new(Selector.UdpPort, LinkLocalPort),
        ],
        DnsFields.All, Dissect);

    private static bool Dissect(in Layer layer)
    {
        // Over TCP a length comes first; what does not hold a whole message is for whoever puts the stream together.
        int start = layer.Carrier == Tcp.Row ? LengthBytes : 0;
        if (start > 0 && (layer.Bytes.Length < LengthBytes
            || layer.Bytes.Length - LengthBytes < BinaryPrimitives.ReadUInt16BigEndian(layer.Bytes)))
        {
            return false;
        }

        int end = start > 0 ? LengthBytes + BinaryPrimitives.ReadUInt16BigEndian(layer.Bytes) : layer.Bytes.Length;
        ReadOnlySpan<byte> message = layer.Bytes[start..end];
        if (!DnsView.TryParse(message, out DnsView header))
        {
            return layer.Malformed();
        }

        layer.Begin(end);
        if (start > 0)
        {
            layer.Add(DnsFields.Length, 0, LengthBytes, (ulong)message.Length);
        }

        if (layer.WantsFields)
        {
            AddHeader(layer, header, start);
        }

        bool writes = BeginInfo(layer, header);
        int position = DnsView.HeaderBytes;
        bool isWhole = AddQuestions(layer, header, start, ref position, writes)
            && AddRecords(layer, message, header.Answers, start, ref position, writes)
            && AddRecords(layer, message, header.Authorities, start, ref position, writes: false)
            && AddRecords(layer, message, header.Additionals, start, ref position, writes: false);
        return isWhole || layer.Malformed();
    }

    private static void AddHeader(in Layer layer, in DnsView header, int start)
    {
        int at = start + DnsView.FlagsAt;
        layer.Add(DnsFields.Identifier, start, sizeof(ushort), header.Identifier);
        layer.Add(DnsFields.Flags, at, sizeof(ushort), header.Bits);
        layer.Indent();
        layer.Add(DnsFields.Response, at, sizeof(ushort), (header.Flags & DnsFlags.Response) != 0);
        layer.Add(DnsFields.Opcode, at, sizeof(ushort), (ulong)header.Opcode);
        layer.Add(DnsFields.Truncated, at, sizeof(ushort), (header.Flags & DnsFlags.Truncated) != 0);
        layer.Add(DnsFields.RecursionDesired, at, sizeof(ushort), (header.Flags & DnsFlags.RecursionDesired) != 0);
        if ((header.Flags & DnsFlags.Response) != 0)
        {
            layer.Add(DnsFields.Authoritative, at, sizeof(ushort), (header.Flags & DnsFlags.Authoritative) != 0);
            layer.Add(
                DnsFields.RecursionAvailable, at, sizeof(ushort),
                (header.Flags & DnsFlags.RecursionAvailable) != 0);
            layer.Add(DnsFields.AuthenticData, at, sizeof(ushort), (header.Flags & DnsFlags.AuthenticData) != 0);
            layer.Add(DnsFields.Code, at, sizeof(ushort), (ulong)header.Code);
        }

        layer.Add(DnsFields.CheckingDisabled, at, sizeof(ushort), (header.Flags & DnsFlags.CheckingDisabled) != 0);
        layer.Outdent();
        layer.Add(DnsFields.Questions, start + DnsView.QuestionsAt, sizeof(ushort), header.Questions);
        layer.Add(DnsFields.Answers, start + DnsView.AnswersAt, sizeof(ushort), header.Answers);
        layer.Add(DnsFields.Authorities, start + DnsView.AuthoritiesAt, sizeof(ushort), header.Authorities);
        layer.Add(DnsFields.Additionals, start + DnsView.AdditionalsAt, sizeof(ushort), header.Additionals);
    }

    private static bool BeginInfo(in Layer layer, in DnsView header)
    {
        if (!layer.BeginInfo())
        {
            return false;
        }

        bool isResponse = (header.Flags & DnsFlags.Response) != 0;
        layer.Info.Append($"{DnsWords.NameOf(header.Opcode) ?? "Unknown operation"}{(isResponse ? " response" : "")} ");
        layer.Info.Append($"0x{header.Identifier:x4}");
        if (isResponse && header.Code != DnsResponseCode.NoError)
        {
            layer.Info.Append($" {DnsWords.NameOf(header.Code) ?? "Unknown error"}");
        }

        return true;
    }

    private static bool AddQuestions(in Layer layer, in DnsView header, int start, ref int position, bool writes)
    {
        ReadOnlySpan<byte> message = header.Message;
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        for (int i = 0; i < header.Questions; i++)
        {
            int at = position;
            if (!DnsName.TryRead(message, ref position, name, out int length)
                || message.Length - position < QuestionBytes)
            {
                return false;
            }

            ushort type = BinaryPrimitives.ReadUInt16BigEndian(message[position..]);
            ushort family = BinaryPrimitives.ReadUInt16BigEndian(message[(position + sizeof(ushort))..]);
            DnsDataDissection.AddName(layer, DnsFields.QueryName, name[..length], start + at, position - at);
            layer.Indent();
            layer.Add(DnsFields.QueryType, start + position, sizeof(ushort), type);
            layer.Add(DnsFields.QueryClass, start + position + sizeof(ushort), sizeof(ushort), family);
            layer.Outdent();
            position += QuestionBytes;
            if (writes)
            {
                layer.Info.Append($" {DnsType.NameOf(type) ?? "Unknown"} ");
                DnsName.WriteText(name[..length], layer.Info);
            }
        }

        return true;
    }

    private static bool AddRecords(
        in Layer layer, ReadOnlySpan<byte> message, int count, int start, ref int position, bool writes)
    {
        Span<byte> name = stackalloc byte[DnsName.BytesMax];
        for (int i = 0; i < count; i++)
        {
            if (!DnsRecordPlace.TryRead(message, ref position, name, out int length, out DnsRecordPlace place))
            {
                return false;
            }

            DnsDataDissection.AddName(
                layer, DnsFields.Name, name[..length], start + place.Start, place.FixedAt - place.Start);
            layer.Indent();
            AddFixed(layer, place, start);
            bool isWhole = DnsDataDissection.Add(layer, message, place, start);
            layer.Outdent();
            if (!isWhole)
            {
                return false;
            }

            if (writes)
            {
                WriteAnswer(layer.Info, message, place);
            }
        }

        return true;
    }

    private static void AddFixed(in Layer layer, in DnsRecordPlace place, int start)
    {
        int at = start + place.FixedAt;
        int timeAt = at + DnsRecordPlace.TimeToLiveAt;
        layer.Add(DnsFields.Type, at, sizeof(ushort), place.Type);
        if (place.Type == DnsType.Opt)
        {
            layer.Add(DnsFields.UdpBytesMax, at + DnsRecordPlace.ClassAt, sizeof(ushort), place.Class);
            layer.Add(DnsFields.EdnsVersion, timeAt + 1, sizeof(byte), place.TimeToLive >> 16 & 0xFF);
            layer.Add(DnsFields.DnssecOk, timeAt + 2, sizeof(ushort), (place.TimeToLive & 0x8000) != 0);
        }
        else
        {
            layer.Add(DnsFields.Class, at + DnsRecordPlace.ClassAt, sizeof(ushort), place.Class);
            layer.Add(DnsFields.TimeToLive, timeAt, sizeof(uint), place.TimeToLive);
        }

        layer.Add(DnsFields.DataLength, at + DnsRecordPlace.LengthAt, sizeof(ushort), (ulong)place.DataLength);
    }

    private static void WriteAnswer(TextBuffer info, ReadOnlySpan<byte> message, in DnsRecordPlace place)
    {
        info.Append($" {DnsType.NameOf(place.Type) ?? "Unknown"}");
        var reader = new DnsDataReader(message, place.DataStart, place.DataStart + place.DataLength);
        switch (place.Type)
        {
            case DnsType.A or DnsType.Aaaa:
                info.Append($" {new InternetAddress(reader.Rest)}");
                break;
            case DnsType.Ns or DnsType.Cname or DnsType.Ptr or DnsType.Dname:
                Span<byte> wire = stackalloc byte[DnsName.BytesMax];
                if (reader.TryReadName(wire, out int length))
                {
                    info.Append(" "u8);
                    DnsName.WriteText(wire[..length], info);
                }

                break;
        }
    }
}
