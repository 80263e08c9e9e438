namespace Sockeye;

/// <summary>
/// What one read gave: every byte received and not yet consumed, as one contiguous block that the engine owns.
/// Valid until the next <see cref="Connection.ReadAsync"/> on the same connection.
/// </summary>
public readonly struct Received
{
    private readonly byte[]? _bytes;
    private readonly int _offset;
    private readonly int _length;

    internal Received(byte[] bytes, int offset, int length)
    {
        _bytes = bytes;
        _offset = offset;
        _length = length;
    }

    /// <summary>An outcome without bytes.</summary>
    public Received(End end) => End = end;

    /// <summary>Why there are no new bytes; <see cref="End.None"/> when there are.</summary>
    public End End { get; }

    /// <summary>True when no new byte came: see <see cref="End"/>. What was left unconsumed before stays in
    /// <see cref="Connection.Unconsumed"/>.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Number of bytes, those left from earlier reads included.</summary>
    public int Length => _length;

    /// <summary>The bytes. Do not keep the span over the next read.</summary>
    public ReadOnlySpan<byte> Span => new(_bytes, _offset, _length);

    /// <summary>The bytes, in a form that may live across an <c>await</c>, but not over the next read.</summary>
    public ReadOnlyMemory<byte> Memory => new(_bytes, _offset, _length);
}
