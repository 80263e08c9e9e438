using System.Diagnostics;

namespace Sockeye;

/// <summary>
/// What one read gave: every byte received and not yet consumed, as one contiguous block that the engine owns.
/// Valid until the next <see cref="Connection.ReadAsync"/> on the same connection.
/// </summary>
public readonly struct Received
{
    // Two words, so that the task of a read fits into one move.
    private readonly byte[]? _bytes;
    private readonly int _offsetOrEnd;  // The end when there are no bytes.
    private readonly int _length;

    internal Received(byte[] bytes, int offset, int length)
    {
        Debug.Assert(length > 0, "an outcome without bytes has a reason");
        _bytes = bytes;
        _offsetOrEnd = offset;
        _length = length;
    }

    /// <summary>An outcome without bytes.</summary>
    public Received(End end) => _offsetOrEnd = (int)end;

    /// <summary>Why there are no new bytes; <see cref="End.None"/> when there are.</summary>
    public End End => _length == 0 ? (End)_offsetOrEnd : End.None;

    /// <summary>True when no new byte came: see <see cref="End"/>. What was left unconsumed before stays in
    /// <see cref="Connection.Unconsumed"/>.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Number of bytes, those left from earlier reads included.</summary>
    public int Length => _length;

    /// <summary>The bytes. Do not keep the span over the next read.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, Offset, _length);

    /// <summary>The bytes, in a form that may live across an <c>await</c>, but not over the next read.</summary>
    public ReadOnlyMemory<byte> Memory => new(_bytes, Offset, _length);

    private int Offset => _length == 0 ? 0 : _offsetOrEnd;
}
