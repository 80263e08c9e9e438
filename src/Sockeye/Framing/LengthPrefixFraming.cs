using System.Buffers;
using System.Buffers.Binary;

namespace Sockeye.Framing;

/// <summary>How the length before a payload is written. It counts the payload alone, not itself.</summary>
public enum LengthPrefix : byte
{
    /// <summary>One byte.</summary>
    OneByte = 0,

    /// <summary>Two bytes, the most significant first: network byte order, as DNS over TCP has it (RFC 1035
    /// section 4.2.2).</summary>
    TwoBytesBigEndian,

    /// <summary>Two bytes, the least significant first.</summary>
    TwoBytesLittleEndian,

    /// <summary>Four bytes, the most significant first.</summary>
    FourBytesBigEndian,

    /// <summary>Four bytes, the least significant first.</summary>
    FourBytesLittleEndian,

    /// <summary>Eight bytes, the most significant first.</summary>
    EightBytesBigEndian,

    /// <summary>Eight bytes, the least significant first.</summary>
    EightBytesLittleEndian,

    /// <summary>One to ten bytes of seven bits each, the least significant first, all but the last with the high bit
    /// set: unsigned LEB128, as Protocol Buffers writes it. Only the shortest form is read.</summary>
    Varint,
}

/// <summary>
/// Frames that begin with the length of their payload. The default value has a prefix of one byte and payloads of at
/// most <see cref="FramingLimits.PayloadBytesMax"/> bytes.
/// </summary>
public readonly struct LengthPrefixFraming : IFraming
{
    /// <summary>Seven bits each make 64 bits in ten bytes, of which the last has only one.</summary>
    private const int VarintBytesMax = 10;

    private readonly int _payloadBytesMax;

    /// <summary>Makes a framing.</summary>
    /// <param name="prefix">How the length is written.</param>
    /// <param name="payloadBytesMax">The longest payload, in bytes; at least 1. A short prefix may allow less.</param>
    public LengthPrefixFraming(LengthPrefix prefix, int payloadBytesMax = FramingLimits.PayloadBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)prefix, (byte)LengthPrefix.Varint, nameof(prefix));
        ArgumentOutOfRangeException.ThrowIfLessThan(payloadBytesMax, 1);
        Prefix = prefix;
        _payloadBytesMax = payloadBytesMax;
    }

    /// <summary>How the length is written.</summary>
    public LengthPrefix Prefix { get; }

    /// <inheritdoc/>
    public int PayloadBytesMax
    {
        get
        {
            int asked = _payloadBytesMax == 0 ? FramingLimits.PayloadBytesMax : _payloadBytesMax;
            return Math.Min(asked, PrefixBytes switch { 1 => byte.MaxValue, 2 => ushort.MaxValue, _ => int.MaxValue });
        }
    }

    /// <summary>Bytes of the prefix; 0 for <see cref="LengthPrefix.Varint"/>, whose size differs.</summary>
    private int PrefixBytes => Prefix switch
    {
        LengthPrefix.OneByte => 1,
        LengthPrefix.TwoBytesBigEndian or LengthPrefix.TwoBytesLittleEndian => 2,
        LengthPrefix.FourBytesBigEndian or LengthPrefix.FourBytesLittleEndian => 4,
        LengthPrefix.EightBytesBigEndian or LengthPrefix.EightBytesLittleEndian => 8,
        _ => 0,
    };

    /// <inheritdoc/>
    public FrameStatus TryRead(ReadOnlySpan<byte> input, ref int examined, out Range payload, out int consumed)
    {
        payload = default;
        consumed = 0;
        FrameStatus status = TryReadLength(input, out ulong length, out int prefix);
        if (status != FrameStatus.Frame)
        {
            return status;
        }

        if (length > (ulong)PayloadBytesMax)
        {
            return FrameStatus.TooLong;
        }

        if ((ulong)(input.Length - prefix) < length)
        {
            return FrameStatus.NeedMore;
        }

        consumed = prefix + (int)length;
        payload = prefix..consumed;
        return FrameStatus.Frame;
    }

    /// <inheritdoc/>
    public FrameStatus ReadLast(ReadOnlySpan<byte> rest) => FrameStatus.Truncated;

    /// <inheritdoc/>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        FramingLimits.CheckPayload(payload.Length, PayloadBytesMax);
        Span<byte> space = output.GetSpan(payload.Length + VarintBytesMax);
        int prefix = WriteLength(space, payload.Length);
        payload.CopyTo(space[prefix..]);
        output.Advance(prefix + payload.Length);
    }

    private static FrameStatus TryReadVarint(ReadOnlySpan<byte> input, out ulong length, out int prefix)
    {
        length = 0;
        prefix = 0;
        for (int i = 0; i < VarintBytesMax; i++)
        {
            if (i == input.Length)
            {
                return FrameStatus.NeedMore;
            }

            byte part = input[i];
            if (i == VarintBytesMax - 1 && part > 1)
            {
                return FrameStatus.Malformed; // More than 64 bits.
            }

            length |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                prefix = i + 1;

                // A last byte of zero adds nothing: one length would have many forms, which different readers might
                // not take for the same.
                return part == 0 && i > 0 ? FrameStatus.Malformed : FrameStatus.Frame;
            }
        }

        return FrameStatus.Malformed;
    }

    private FrameStatus TryReadLength(ReadOnlySpan<byte> input, out ulong length, out int prefix)
    {
        if (Prefix == LengthPrefix.Varint)
        {
            return TryReadVarint(input, out length, out prefix);
        }

        prefix = PrefixBytes;
        if (input.Length < prefix)
        {
            length = 0;
            return FrameStatus.NeedMore;
        }

        length = Prefix switch
        {
            LengthPrefix.OneByte => input[0],
            LengthPrefix.TwoBytesBigEndian => BinaryPrimitives.ReadUInt16BigEndian(input),
            LengthPrefix.TwoBytesLittleEndian => BinaryPrimitives.ReadUInt16LittleEndian(input),
            LengthPrefix.FourBytesBigEndian => BinaryPrimitives.ReadUInt32BigEndian(input),
            LengthPrefix.FourBytesLittleEndian => BinaryPrimitives.ReadUInt32LittleEndian(input),
            LengthPrefix.EightBytesBigEndian => BinaryPrimitives.ReadUInt64BigEndian(input),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(input),
        };
        return FrameStatus.Frame;
    }

    private int WriteLength(Span<byte> space, int length)
    {
        switch (Prefix)
        {
            case LengthPrefix.OneByte:
                space[0] = (byte)length;
                break;
            case LengthPrefix.TwoBytesBigEndian:
                BinaryPrimitives.WriteUInt16BigEndian(space, (ushort)length);
                break;
            case LengthPrefix.TwoBytesLittleEndian:
                BinaryPrimitives.WriteUInt16LittleEndian(space, (ushort)length);
                break;
            case LengthPrefix.FourBytesBigEndian:
                BinaryPrimitives.WriteInt32BigEndian(space, length);
                break;
            case LengthPrefix.FourBytesLittleEndian:
                BinaryPrimitives.WriteInt32LittleEndian(space, length);
                break;
            case LengthPrefix.EightBytesBigEndian:
                BinaryPrimitives.WriteInt64BigEndian(space, length);
                break;
            case LengthPrefix.EightBytesLittleEndian:
                BinaryPrimitives.WriteInt64LittleEndian(space, length);
                break;
            default:
                return WriteVarint(space, (uint)length);
        }

        return PrefixBytes;
    }

    private static int WriteVarint(Span<byte> space, uint length)
    {
        int count = 0;
        while (length >= 0x80)
        {
            space[count++] = (byte)(length | 0x80);
            length >>= 7;
        }

        space[count] = (byte)length;
        return count + 1;
    }
}
