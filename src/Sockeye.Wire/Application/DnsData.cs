using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>What a DNS record says, as a value of its type.</summary>
public abstract record DnsData
{
    private const int SoaNumbers = 5;
    private const int SrvNumbersBytes = 6;

    private protected DnsData()
    {
    }

    /// <summary>Reads the data of a record.</summary>
    /// <param name="message">The whole message, for the pointers of names.</param>
    /// <param name="type">The type of the record.</param>
    /// <param name="start">Where the data begins.</param>
    /// <param name="length">How long it is.</param>
    internal static DnsData? Parse(ReadOnlySpan<byte> message, ushort type, int start, int length)
    {
        ReadOnlySpan<byte> data = message.Slice(start, length);
        var reader = new DnsDataReader(message, start, start + length);
        return type switch
        {
            DnsType.A => length == InternetAddress.Ipv4Bytes ? new DnsAddress(new InternetAddress(data)) : null,
            DnsType.Aaaa => length == InternetAddress.Ipv6Bytes ? new DnsAddress(new InternetAddress(data)) : null,
            DnsType.Ns or DnsType.Cname or DnsType.Ptr or DnsType.Dname =>
                reader.TryReadName(out DnsName name) && reader.IsAtEnd ? new DnsTarget(name) : null,
            DnsType.Mx => reader.TryReadWord(out ushort preference) && reader.TryReadName(out DnsName host)
                && reader.IsAtEnd ? new DnsMailExchange(preference, host) : null,
            DnsType.Soa => ParseSoa(ref reader),
            DnsType.Txt => DnsTexts.Parse(data),
            DnsType.Srv => ParseSrv(ref reader),
            DnsType.Caa => DnsCertificateAuthority.Parse(data),
            DnsType.Svcb or DnsType.Https => DnsServiceBinding.Parse(ref reader),
            DnsType.Opt => DnsOptions.Parse(data),
            _ => new DnsRawData(new ByteString(data)),
        };
    }

    internal abstract void Emit(DnsWriter to);

    private static DnsStartOfAuthority? ParseSoa(ref DnsDataReader reader)
    {
        if (!reader.TryReadName(out DnsName server) || !reader.TryReadName(out DnsName mailbox)
            || reader.Rest.Length != SoaNumbers * sizeof(uint))
        {
            return null;
        }

        ReadOnlySpan<byte> numbers = reader.Rest;
        return new DnsStartOfAuthority(
            server, mailbox, BinaryPrimitives.ReadUInt32BigEndian(numbers),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[4..]), BinaryPrimitives.ReadUInt32BigEndian(numbers[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(numbers[12..]), BinaryPrimitives.ReadUInt32BigEndian(numbers[16..]));
    }

    private static DnsServiceLocation? ParseSrv(ref DnsDataReader reader) =>
        reader.Rest.Length > SrvNumbersBytes && reader.TryReadWord(out ushort priority)
        && reader.TryReadWord(out ushort weight) && reader.TryReadWord(out ushort port)
        && reader.TryReadName(out DnsName target) && reader.IsAtEnd
            ? new DnsServiceLocation(priority, weight, port, target)
            : null;
}

/// <summary>The data of an A or AAAA record: an address.</summary>
public sealed record DnsAddress(InternetAddress Address) : DnsData
{
    internal override void Emit(DnsWriter to) => to.Write(Address);
}

/// <summary>The data of an NS, CNAME, PTR or DNAME record: a name.</summary>
public sealed record DnsTarget(DnsName Name) : DnsData
{
    internal override void Emit(DnsWriter to) => to.WriteName(Name, mayCompress: true);
}

/// <summary>The data of an MX record (RFC 1035 section 3.3.9).</summary>
public sealed record DnsMailExchange(ushort Preference, DnsName Host) : DnsData
{
    internal override void Emit(DnsWriter to)
    {
        to.WriteWord(Preference);
        to.WriteName(Host, mayCompress: true);
    }
}

/// <summary>The data of an SOA record (RFC 1035 section 3.3.13); times are in seconds.</summary>
public sealed record DnsStartOfAuthority(
    DnsName Server, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : DnsData
{
    internal override void Emit(DnsWriter to)
    {
        to.WriteName(Server, mayCompress: true);
        to.WriteName(Mailbox, mayCompress: true);
        to.WriteLong(Serial);
        to.WriteLong(Refresh);
        to.WriteLong(Retry);
        to.WriteLong(Expire);
        to.WriteLong(Minimum);
    }
}

/// <summary>The data of a TXT record: texts of at most 255 bytes each (RFC 1035 section 3.3.14).</summary>
public sealed record DnsTexts(ValueList<ByteString> Texts) : DnsData
{
    internal static DnsTexts? Parse(ReadOnlySpan<byte> data)
    {
        var texts = new List<ByteString>();
        while (!data.IsEmpty)
        {
            if (data[0] >= data.Length)
            {
                return null;
            }

            texts.Add(new ByteString(data.Slice(1, data[0])));
            data = data[(1 + data[0])..];
        }

        return new DnsTexts([.. texts]);
    }

    internal override void Emit(DnsWriter to)
    {
        foreach (ByteString text in Texts)
        {
            to.WriteByte(checked((byte)text.Length));
            to.Write(text.Span);
        }
    }
}

/// <summary>The data of an SRV record (RFC 2782).</summary>
public sealed record DnsServiceLocation(ushort Priority, ushort Weight, ushort Port, DnsName Target) : DnsData
{
    internal override void Emit(DnsWriter to)
    {
        to.WriteWord(Priority);
        to.WriteWord(Weight);
        to.WriteWord(Port);

        // "Name compression is not to be used for this field" (RFC 2782).
        to.WriteName(Target, mayCompress: false);
    }
}

/// <summary>The data of a CAA record (RFC 8659 section 4).</summary>
public sealed record DnsCertificateAuthority(byte Flags, ByteString Tag, ByteString Value) : DnsData
{
    private const int PrefixBytes = 2;

    internal static DnsCertificateAuthority? Parse(ReadOnlySpan<byte> data) =>
        data.Length < PrefixBytes || data[1] > data.Length - PrefixBytes
            ? null
            : new DnsCertificateAuthority(
                data[0], new ByteString(data.Slice(PrefixBytes, data[1])),
                new ByteString(data[(PrefixBytes + data[1])..]));

    internal override void Emit(DnsWriter to)
    {
        to.WriteByte(Flags);
        to.WriteByte(checked((byte)Tag.Length));
        to.Write(Tag.Span);
        to.Write(Value.Span);
    }
}

/// <summary>A parameter of an SVCB or HTTPS record, or an option of EDNS: a number and its bytes.</summary>
public readonly record struct DnsParameter(ushort Code, ByteString Value)
{
    private const int PrefixBytes = 4;

    internal static ValueList<DnsParameter>? ParseAll(ReadOnlySpan<byte> data)
    {
        var found = new List<DnsParameter>();
        while (!data.IsEmpty)
        {
            int length = data.Length < PrefixBytes ? 0 : BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            if (data.Length < PrefixBytes + length)
            {
                return null;
            }

            found.Add(new DnsParameter(
                BinaryPrimitives.ReadUInt16BigEndian(data), new ByteString(data.Slice(PrefixBytes, length))));
            data = data[(PrefixBytes + length)..];
        }

        return [.. found];
    }

    internal static void EmitAll(ValueList<DnsParameter> parameters, DnsWriter to)
    {
        foreach (DnsParameter one in parameters)
        {
            to.WriteWord(one.Code);
            to.WriteWord(checked((ushort)one.Value.Length));
            to.Write(one.Value.Span);
        }
    }
}

/// <summary>The data of an SVCB or HTTPS record (RFC 9460 section 2.2).</summary>
public sealed record DnsServiceBinding(ushort Priority, DnsName Target, ValueList<DnsParameter> Parameters) : DnsData
{
    internal static DnsServiceBinding? Parse(ref DnsDataReader reader) =>
        reader.TryReadWord(out ushort priority) && reader.TryReadName(out DnsName target)
        && DnsParameter.ParseAll(reader.Rest) is { } parameters
            ? new DnsServiceBinding(priority, target, parameters)
            : null;

    internal override void Emit(DnsWriter to)
    {
        to.WriteWord(Priority);
        to.WriteName(Target, mayCompress: false);
        DnsParameter.EmitAll(Parameters, to);
    }
}

/// <summary>
/// The data of an OPT record: the options of EDNS (RFC 6891 section 6.1.2). The record's class is the longest UDP
/// message that the sender takes, and its time to live holds version and flags; see <see cref="DnsRecord.Edns"/>.
/// </summary>
public sealed record DnsOptions(ValueList<DnsParameter> Options) : DnsData
{
    internal static DnsOptions? Parse(ReadOnlySpan<byte> data) =>
        DnsParameter.ParseAll(data) is { } options ? new DnsOptions(options) : null;

    internal override void Emit(DnsWriter to) => DnsParameter.EmitAll(Options, to);
}

/// <summary>The data of a record whose type has no value of its own here.</summary>
public sealed record DnsRawData(ByteString Bytes) : DnsData
{
    internal override void Emit(DnsWriter to) => to.Write(Bytes.Span);
}
