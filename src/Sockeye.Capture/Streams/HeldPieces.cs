using System.Runtime.InteropServices;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>A piece of a stream that waits for bytes before it, in a block that is lent.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HeldPiece(TcpSequence Start, byte[] Buffer, int Length)
{
    public TcpSequence End => Start + (uint)Length;
}

/// <summary>
/// The pieces of one direction that wait: apart from each other, the lowest number first. They are found by halving,
/// most come behind the last, and the first leaves without the others being moved.
/// </summary>
internal struct HeldPieces
{
    private const int CountAtFirst = 4;

    private HeldPiece[]? _pieces;
    private int _first;

    public int Count { get; private set; }

    /// <summary>How many bytes they have.</summary>
    public int Bytes { get; private set; }

    /// <summary>How many pieces were looked at or moved so far: the work that hostile segments can make.</summary>
    public long Steps { get; private set; }

    public readonly HeldPiece this[int index] => _pieces![_first + index];

    /// <summary>The place of the first piece that ends after a number.</summary>
    /// <param name="origin">A number that all pieces lie after, though perhaps further than half the circle.</param>
    /// <param name="sequence">The number.</param>
    public int Find(TcpSequence origin, TcpSequence sequence)
    {
        (int low, int high) = (0, Count);

        // Most segments that come too early come in order among themselves.
        if (Count > 0 && IsUpTo(this[Count - 1], origin, sequence))
        {
            low = Count;
        }

        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = IsUpTo(this[middle], origin, sequence) ? (middle + 1, high) : (low, middle);
            Steps++;
        }

        return low;
    }

    /// <summary>Puts a piece before the one at a place.</summary>
    public void Insert(int at, in HeldPiece piece)
    {
        if (_pieces is null || _first + Count == _pieces.Length)
        {
            MakeRoom();
        }

        int moved = Count - at;
        Array.Copy(_pieces!, _first + at, _pieces!, _first + at + 1, moved);
        _pieces![_first + at] = piece;
        Count++;
        Bytes += piece.Length;
        Steps += moved;
    }

    /// <summary>Takes the first piece out.</summary>
    public HeldPiece TakeFirst()
    {
        HeldPiece piece = this[0];
        _pieces![_first] = default;
        Count--;
        Bytes -= piece.Length;
        _first = Count == 0 ? 0 : _first + 1;
        return piece;
    }

    private static bool IsUpTo(in HeldPiece piece, TcpSequence origin, TcpSequence sequence) =>
        (uint)(piece.End - origin) <= (uint)(sequence - origin);

    private void MakeRoom()
    {
        int length = _pieces?.Length ?? 0;
        bool isHalfFree = _first > 0 && _first >= length / 2;
        HeldPiece[] to = isHalfFree ? _pieces! : new HeldPiece[Math.Max(CountAtFirst, 2 * length)];
        if (_pieces is not null)
        {
            Array.Copy(_pieces, _first, to, 0, Count);
        }

        _pieces = to;
        _first = 0;
        Steps += Count;
    }
}
