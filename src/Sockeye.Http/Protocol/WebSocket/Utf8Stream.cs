using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Validates UTF-8 that comes in pieces, which may be cut anywhere. A mistake is seen at its byte, not at the end of
/// its character: RFC 6455 section 8.1 has the connection fail then.
/// </summary>
internal struct Utf8Stream
{
    private uint _begun; // The bytes of a character that is not whole yet, the first the lowest.
    private int _begunCount;

    /// <summary>Whether no character is cut: text may end here.</summary>
    public readonly bool IsWhole => _begunCount == 0;

    /// <summary>Takes the next piece; false if no text can begin like this.</summary>
    public bool Append(ReadOnlySpan<byte> piece)
    {
        while (_begunCount > 0 && !piece.IsEmpty)
        {
            if (!TakeByte(piece[0]))
            {
                return false;
            }

            piece = piece[1..];
        }

        int cut = CutAtEnd(piece);
        if (!Utf8.IsValid(piece[..^cut]))
        {
            return false;
        }

        foreach (byte one in piece[^cut..])
        {
            if (!TakeByte(one))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How many bytes at the end may be the beginning of a character.</summary>
    private static int CutAtEnd(ReadOnlySpan<byte> piece)
    {
        for (int count = 1; count <= Math.Min(3, piece.Length); count++)
        {
            byte one = piece[^count];
            if ((one & 0xC0) != 0x80) // Not a byte that continues: a character begins here, if anywhere.
            {
                return Rune.DecodeFromUtf8(piece[^count..], out _, out _) == OperationStatus.NeedMoreData ? count : 0;
            }
        }

        return 0;
    }

    private bool TakeByte(byte one)
    {
        _begun |= (uint)one << (8 * _begunCount++);
        Span<byte> bytes = [(byte)_begun, (byte)(_begun >> 8), (byte)(_begun >> 16), (byte)(_begun >> 24)];
        OperationStatus status = Rune.DecodeFromUtf8(bytes[.._begunCount], out _, out _);
        if (status == OperationStatus.Done)
        {
            _begun = 0;
            _begunCount = 0;
        }

        return status != OperationStatus.InvalidData;
    }
}
