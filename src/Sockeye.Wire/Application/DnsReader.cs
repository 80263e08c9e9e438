using System.Buffers.Binary;

namespace Sockeye.Wire.Application;

/// <summary>Reads the data of a record one part after another; names may point out of it.</summary>
internal ref struct DnsDataReader(ReadOnlySpan<byte> message, int start, int end)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position = start;

    public readonly int Position => _position;

    public readonly bool IsAtEnd => _position == end;

    public readonly ReadOnlySpan<byte> Rest => _message[_position..end];

    public bool TryReadWord(out ushort value)
    {
        bool isThere = Rest.Length >= sizeof(ushort);
        value = isThere ? BinaryPrimitives.ReadUInt16BigEndian(Rest) : (ushort)0;
        _position += isThere ? sizeof(ushort) : 0;
        return isThere;
    }

    public bool TryReadName(out DnsName name)
    {
        Span<byte> wire = stackalloc byte[DnsName.BytesMax];
        bool isName = TryReadName(wire, out int length);
        name = isName ? new DnsName(wire[..length]) : default;
        return isName;
    }

    public bool TryReadName(scoped Span<byte> wire, out int length) =>
        DnsName.TryRead(_message[..end], ref _position, wire, out length) && _position <= end;
}

/// <summary>Where a record of a message stands: its name, and what comes after it.</summary>
internal readonly record struct DnsRecordPlace(
    int Start, ushort Type, ushort Class, uint TimeToLive, int FixedAt, int DataStart, int DataLength)
{
    /// <summary>Type, class, time to live and length (RFC 1035 section 4.1.3).</summary>
    public const int FixedBytes = 10;

    public const int ClassAt = 2;
    public const int TimeToLiveAt = 4;
    public const int LengthAt = 8;

    public static bool TryRead(
        ReadOnlySpan<byte> message, ref int position, Span<byte> name, out int nameLength, out DnsRecordPlace place)
    {
        place = default;
        int start = position;
        if (!DnsName.TryRead(message, ref position, name, out nameLength) || message.Length - position < FixedBytes)
        {
            return false;
        }

        int at = position;
        ReadOnlySpan<byte> rest = message[at..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[LengthAt..]);
        if (length > rest.Length - FixedBytes)
        {
            return false;
        }

        place = new DnsRecordPlace(
            start, BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[ClassAt..]),
            BinaryPrimitives.ReadUInt32BigEndian(rest[TimeToLiveAt..]), at, at + FixedBytes, length);
        position = at + FixedBytes + length;
        return true;
    }
}
