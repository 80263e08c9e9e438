using System.Buffers.Binary;

namespace Sockeye.Http.Protocol;

/// <summary>What a frame is (RFC 6455 section 5.2).</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>More of the message that an earlier frame began.</summary>
    Continuation = 0x0,

    /// <summary>Text, in UTF-8.</summary>
    Text = 0x1,

    /// <summary>Bytes.</summary>
    Binary = 0x2,

    /// <summary>The sender sends nothing after it.</summary>
    Close = 0x8,

    /// <summary>Asks for a <see cref="Pong"/> with the same payload.</summary>
    Ping = 0x9,

    /// <summary>Answers a <see cref="Ping"/>, or says that one is there.</summary>
    Pong = 0xA,
}

/// <summary>What reading a header came to.</summary>
public enum WebSocketHeaderStatus : byte
{
    /// <summary>The header is not whole yet.</summary>
    NeedMore = 0,

    /// <summary>A header.</summary>
    Header,

    /// <summary>Bytes that no header begins with.</summary>
    Malformed,
}

/// <summary>The header of a frame (RFC 6455 section 5.2).</summary>
/// <param name="Opcode">What the frame is.</param>
/// <param name="PayloadLength">How many bytes follow the header.</param>
/// <param name="IsFinal">FIN: whether a message ends with this frame.</param>
/// <param name="IsCompressed">RSV1: with permessage-deflate, whether the message that begins here is compressed
/// (RFC 7692 section 6).</param>
/// <param name="Mask">The masking key, its first byte the lowest; null when the payload is not masked.</param>
public readonly record struct WebSocketFrameHeader(
    WebSocketOpcode Opcode, long PayloadLength, bool IsFinal = true, bool IsCompressed = false, uint? Mask = null)
{
    /// <summary>The longest header, in bytes.</summary>
    public const int BytesMax = 14;

    /// <summary>The longest payload of a control frame, in bytes (section 5.5).</summary>
    public const int ControlBytesMax = 125;

    private const byte Fin = 0x80;
    private const byte Rsv1 = 0x40;
    private const byte Rsv2And3 = 0x30;
    private const byte MaskBit = 0x80;
    private const byte LengthIn16Bits = 126;
    private const byte LengthIn64Bits = 127;

    /// <summary>Whether the frame is a close, a ping or a pong: the opcodes from 8 on.</summary>
    public bool IsControl => ((byte)Opcode & 0x8) != 0;

    /// <summary>How many bytes the header has.</summary>
    public int Length => 2 + ExtendedBytes(PayloadLength) + (Mask is null ? 0 : 4);

    /// <summary>Reads the header that the input begins with. A mistake is seen at its byte.</summary>
    public static WebSocketHeaderStatus Read(ReadOnlySpan<byte> input, out WebSocketFrameHeader header)
    {
        header = default;
        if (input.IsEmpty)
        {
            return WebSocketHeaderStatus.NeedMore;
        }

        var opcode = (WebSocketOpcode)(input[0] & 0xF);
        bool isFinal = (input[0] & Fin) != 0;
        bool isControl = ((byte)opcode & 0x8) != 0;
        bool isCompressed = (input[0] & Rsv1) != 0;
        if ((input[0] & Rsv2And3) != 0 || !Enum.IsDefined(opcode) || (isControl && (!isFinal || isCompressed)))
        {
            return WebSocketHeaderStatus.Malformed; // Section 5.5: control frames "MUST NOT be fragmented".
        }

        if (input.Length < 2)
        {
            return WebSocketHeaderStatus.NeedMore;
        }

        long length = input[1] & 0x7F;
        if (isControl && length > ControlBytesMax)
        {
            return WebSocketHeaderStatus.Malformed;
        }

        int extended = length switch { LengthIn16Bits => 2, LengthIn64Bits => 8, _ => 0 };
        if (input.Length < 2 + extended)
        {
            return WebSocketHeaderStatus.NeedMore;
        }

        if (extended > 0)
        {
            length = extended == 2
                ? BinaryPrimitives.ReadUInt16BigEndian(input[2..])
                : BinaryPrimitives.ReadInt64BigEndian(input[2..]);

            // "the minimal number of bytes MUST be used", and "the most significant bit MUST be 0".
            if (length < 0 || ExtendedBytes(length) != extended)
            {
                return WebSocketHeaderStatus.Malformed;
            }
        }

        uint? mask = null;
        if ((input[1] & MaskBit) != 0)
        {
            if (input.Length < 2 + extended + 4)
            {
                return WebSocketHeaderStatus.NeedMore;
            }

            mask = BinaryPrimitives.ReadUInt32LittleEndian(input[(2 + extended)..]);
        }

        header = new WebSocketFrameHeader(opcode, length, isFinal, isCompressed, mask);
        return WebSocketHeaderStatus.Header;
    }

    /// <summary>Writes the header and returns how many bytes it has.</summary>
    /// <param name="destination">Room for <see cref="BytesMax"/> bytes.</param>
    /// <exception cref="ArgumentException">There is no such frame: nothing was written.</exception>
    public int Write(Span<byte> destination)
    {
        if (!Enum.IsDefined(Opcode) || PayloadLength < 0 ||
            (IsControl && (!IsFinal || IsCompressed || PayloadLength > ControlBytesMax)))
        {
            throw new ArgumentException(
                $"There is no such frame: a control frame is whole and has at most {ControlBytesMax} bytes.",
                nameof(destination));
        }

        int extended = ExtendedBytes(PayloadLength);
        destination[0] = (byte)((byte)Opcode | (IsFinal ? Fin : 0) | (IsCompressed ? Rsv1 : 0));
        destination[1] = (byte)(extended switch { 0 => (byte)PayloadLength, 2 => LengthIn16Bits, _ => LengthIn64Bits });
        switch (extended)
        {
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)PayloadLength);
                break;
            case 8:
                BinaryPrimitives.WriteInt64BigEndian(destination[2..], PayloadLength);
                break;
        }

        if (Mask is { } mask)
        {
            destination[1] |= MaskBit;
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(2 + extended)..], mask);
        }

        return Length;
    }

    private static int ExtendedBytes(long length) => length < LengthIn16Bits ? 0 : length <= ushort.MaxValue ? 2 : 8;
}
