using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Wire.Application;

/// <summary>DNS (RFC 1035 section 4): its row in the table of protocols. <see cref="DnsMessage"/> is the value.</summary>
public static class Dns
{
    /// <summary>The port of DNS (RFC 1035 section 4.2).</summary>
    public const int Port = 53;

    // Multicast DNS (RFC 6762 section 3) and link-local resolution (RFC 4795 section 2) have the same messages.
    private const int MulticastPort = 5353;
    private const int LinkLocalPort = 5355;

    private const int LengthBytes = 2;
    private const int QuestionBytes = 4;
    private const int OptionPrefixBytes = 4;

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

        AddHeader(layer, header, start);
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
        layer.Add(DnsFields.Response, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.Response));
        layer.Add(DnsFields.Opcode, at, sizeof(ushort), (ulong)header.Opcode);
        layer.Add(DnsFields.Truncated, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.Truncated));
        layer.Add(DnsFields.RecursionDesired, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.RecursionDesired));
        if (header.Flags.HasFlag(DnsFlags.Response))
        {
            layer.Add(DnsFields.Authoritative, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.Authoritative));
            layer.Add(DnsFields.RecursionAvailable, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.RecursionAvailable));
            layer.Add(DnsFields.AuthenticData, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.AuthenticData));
            layer.Add(DnsFields.Code, at, sizeof(ushort), (ulong)header.Code);
        }

        layer.Add(DnsFields.CheckingDisabled, at, sizeof(ushort), header.Flags.HasFlag(DnsFlags.CheckingDisabled));
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

        bool isResponse = header.Flags.HasFlag(DnsFlags.Response);
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
            AddName(layer, DnsFields.QueryName, name[..length], start + at, position - at);
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

            AddName(layer, DnsFields.Name, name[..length], start + place.Start, place.FixedAt - place.Start);
            layer.Indent();
            AddFixed(layer, place, start);
            bool isWhole = AddData(layer, message, place, start);
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

    private static bool AddData(in Layer layer, ReadOnlySpan<byte> message, in DnsRecordPlace place, int start)
    {
        int at = start + place.DataStart;
        var reader = new DnsDataReader(message, place.DataStart, place.DataStart + place.DataLength);
        switch (place.Type)
        {
            case DnsType.A when place.DataLength == InternetAddress.Ipv4Bytes:
                layer.Add(DnsFields.Ipv4, at, InternetAddress.Ipv4Bytes);
                return true;
            case DnsType.Aaaa when place.DataLength == InternetAddress.Ipv6Bytes:
                layer.Add(DnsFields.Ipv6, at, InternetAddress.Ipv6Bytes);
                return true;
            case DnsType.Ns:
                return AddName(layer, DnsFields.Ns, ref reader, start);
            case DnsType.Cname or DnsType.Dname:
                return AddName(layer, DnsFields.Cname, ref reader, start);
            case DnsType.Ptr:
                return AddName(layer, DnsFields.Ptr, ref reader, start);
            case DnsType.Mx:
                return AddWord(layer, DnsFields.MxPreference, ref reader, start)
                    && AddName(layer, DnsFields.Mx, ref reader, start);
            case DnsType.Srv:
                return AddWord(layer, DnsFields.SrvPriority, ref reader, start)
                    && AddWord(layer, DnsFields.SrvWeight, ref reader, start)
                    && AddWord(layer, DnsFields.SrvPort, ref reader, start)
                    && AddName(layer, DnsFields.SrvTarget, ref reader, start);
            case DnsType.Soa:
                return AddSoa(layer, ref reader, start);
            case DnsType.Txt:
                return AddTexts(layer, reader.Rest, at);
            case DnsType.Opt:
                return AddOptions(layer, reader.Rest, at);
            default:
                layer.Add(DnsFields.Data, at, place.DataLength);
                return place.Type is not (DnsType.A or DnsType.Aaaa);
        }
    }

    private static void AddName(in Layer layer, Field field, ReadOnlySpan<byte> wire, int at, int length)
    {
        if (layer.Wants(field))
        {
            TextBuffer text = layer.Scratch;
            DnsName.WriteText(wire, text);
            layer.AddText(field, at, length, text.Length == 0 ? "<Root>"u8 : text.Written);
        }
    }

    private static bool AddName(in Layer layer, Field field, ref DnsDataReader reader, int start)
    {
        Span<byte> wire = stackalloc byte[DnsName.BytesMax];
        int at = reader.Position;
        if (!reader.TryReadName(wire, out int length))
        {
            return false;
        }

        AddName(layer, field, wire[..length], start + at, reader.Position - at);
        return true;
    }

    private static bool AddWord(in Layer layer, Field field, ref DnsDataReader reader, int start)
    {
        int at = reader.Position;
        bool isThere = reader.TryReadWord(out ushort value);
        if (isThere)
        {
            layer.Add(field, start + at, sizeof(ushort), value);
        }

        return isThere;
    }

    private static bool AddSoa(in Layer layer, ref DnsDataReader reader, int start)
    {
        bool isWhole = AddName(layer, DnsFields.SoaServer, ref reader, start)
            && AddName(layer, DnsFields.SoaMailbox, ref reader, start) && reader.Rest.Length >= sizeof(uint);
        if (isWhole)
        {
            uint serial = BinaryPrimitives.ReadUInt32BigEndian(reader.Rest);
            layer.Add(DnsFields.SoaSerial, start + reader.Position, sizeof(uint), serial);
        }

        return isWhole;
    }

    private static bool AddTexts(in Layer layer, ReadOnlySpan<byte> data, int at)
    {
        while (!data.IsEmpty)
        {
            int length = data[0];
            if (length >= data.Length)
            {
                return false;
            }

            layer.AddText(DnsFields.Text, at + 1, length);
            data = data[(1 + length)..];
            at += 1 + length;
        }

        return true;
    }

    private static bool AddOptions(in Layer layer, ReadOnlySpan<byte> data, int at)
    {
        while (!data.IsEmpty)
        {
            int length = data.Length < OptionPrefixBytes ? 0 : BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (data.Length < OptionPrefixBytes + length)
            {
                return false;
            }

            layer.Add(DnsFields.OptionCode, at, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(data));
            layer.Add(DnsFields.OptionLength, at + sizeof(ushort), sizeof(ushort), (ulong)length);
            if (length > 0)
            {
                layer.Add(DnsFields.OptionData, at + OptionPrefixBytes, length);
            }

            data = data[(OptionPrefixBytes + length)..];
            at += OptionPrefixBytes + length;
        }

        return true;
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
