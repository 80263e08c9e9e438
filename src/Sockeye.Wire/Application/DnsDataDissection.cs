using System.Buffers.Binary;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Application;

/// <summary>Adds what a DNS record says, as fields of its type.</summary>
internal static class DnsDataDissection
{
    private const int ParameterPrefixBytes = 4;
    private const int AuthorityPrefixBytes = 2;

    // The keys of an SVCB record's parameters (RFC 9460 section 14.3.2).
    private const ushort ProtocolsKey = 1;
    private const ushort PortKey = 3;
    private const ushort Ipv4Key = 4;
    private const ushort Ipv6Key = 6;

    public static bool Add(in Layer layer, ReadOnlySpan<byte> message, in DnsRecordPlace place, int start)
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
                return AddParameters(layer, reader.Rest, at, isOption: true);
            case DnsType.Svcb or DnsType.Https:
                return AddWord(layer, DnsFields.ServicePriority, ref reader, start)
                    && AddName(layer, DnsFields.ServiceTarget, ref reader, start)
                    && AddParameters(layer, reader.Rest, start + reader.Position, isOption: false);
            case DnsType.Caa:
                return AddAuthority(layer, reader.Rest, at);
            default:
                layer.Add(DnsFields.Data, at, place.DataLength);
                return place.Type is not (DnsType.A or DnsType.Aaaa);
        }
    }

    /// <summary>Adds a name, which for the root is a word that Wireshark has, too.</summary>
    public static void AddName(in Layer layer, Field field, ReadOnlySpan<byte> wire, int at, int length)
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

            layer.AddText(DnsFields.Text, at + 1, length, data.Slice(1, length));
            data = data[(1 + length)..];
            at += 1 + length;
        }

        return true;
    }

    // The options of EDNS and the parameters of services have the same shape.
    private static bool AddParameters(in Layer layer, ReadOnlySpan<byte> data, int at, bool isOption)
    {
        while (!data.IsEmpty)
        {
            int length = data.Length < ParameterPrefixBytes
                ? 0
                : BinaryPrimitives.ReadUInt16BigEndian(data[sizeof(ushort)..]);
            if (data.Length < ParameterPrefixBytes + length)
            {
                return false;
            }

            ushort code = BinaryPrimitives.ReadUInt16BigEndian(data);
            layer.Add(isOption ? DnsFields.OptionCode : DnsFields.ParameterKey, at, sizeof(ushort), code);
            Field lengthField = isOption ? DnsFields.OptionLength : DnsFields.ParameterLength;
            layer.Add(lengthField, at + sizeof(ushort), sizeof(ushort), (ulong)length);
            ReadOnlySpan<byte> value = data.Slice(ParameterPrefixBytes, length);
            if (isOption && length > 0)
            {
                layer.Add(DnsFields.OptionData, at + ParameterPrefixBytes, length);
            }
            else if (!isOption)
            {
                AddParameter(layer, code, value, at + ParameterPrefixBytes);
            }

            data = data[(ParameterPrefixBytes + length)..];
            at += ParameterPrefixBytes + length;
        }

        return true;
    }

    private static void AddParameter(in Layer layer, ushort key, ReadOnlySpan<byte> value, int at)
    {
        switch (key)
        {
            case ProtocolsKey:
                for (int i = 0; i < value.Length && value[i] < value.Length - i; i += 1 + value[i])
                {
                    layer.AddText(DnsFields.ParameterProtocol, at + i + 1, value[i], value.Slice(i + 1, value[i]));
                }

                break;
            case PortKey when value.Length == sizeof(ushort):
                layer.Add(DnsFields.ParameterPort, at, sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case Ipv4Key or Ipv6Key:
                int size = key == Ipv4Key ? InternetAddress.Ipv4Bytes : InternetAddress.Ipv6Bytes;
                for (int i = 0; i + size <= value.Length; i += size)
                {
                    layer.Add(key == Ipv4Key ? DnsFields.ParameterIpv4 : DnsFields.ParameterIpv6, at + i, size);
                }

                break;
            default:
                layer.Add(DnsFields.ParameterValue, at, value.Length);
                break;
        }
    }

    private static bool AddAuthority(in Layer layer, ReadOnlySpan<byte> data, int at)
    {
        if (data.Length < AuthorityPrefixBytes || data[1] > data.Length - AuthorityPrefixBytes)
        {
            return false;
        }

        int valueAt = AuthorityPrefixBytes + data[1];
        layer.Add(DnsFields.AuthorityFlags, at, sizeof(byte), data[0]);
        layer.AddText(
            DnsFields.AuthorityTag, at + AuthorityPrefixBytes, data[1], data[AuthorityPrefixBytes..valueAt]);
        layer.AddText(DnsFields.AuthorityValue, at + valueAt, data.Length - valueAt, data[valueAt..]);
        return true;
    }
}
