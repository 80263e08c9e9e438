namespace Sockeye.Wire.Transport;

/// <summary>
/// A sequence number of TCP, which counts modulo 2^32 (RFC 9293 section 3.4): of two, the later is the one that is less
/// than half the circle ahead.
/// </summary>
public readonly record struct TcpSequence(uint Value)
{
    /// <summary>Whether the left one is before the right one.</summary>
    public static bool operator <(TcpSequence left, TcpSequence right) => left - right < 0;

    /// <summary>Whether the left one is after the right one.</summary>
    public static bool operator >(TcpSequence left, TcpSequence right) => left - right > 0;

    /// <summary>Whether the left one is before the right one, or the same.</summary>
    public static bool operator <=(TcpSequence left, TcpSequence right) => left - right <= 0;

    /// <summary>Whether the left one is after the right one, or the same.</summary>
    public static bool operator >=(TcpSequence left, TcpSequence right) => left - right >= 0;

    /// <summary>How far the left one is ahead of the right one; negative when it is behind.</summary>
    public static int operator -(TcpSequence left, TcpSequence right) => (int)(left.Value - right.Value);

    /// <summary>The number so many bytes later.</summary>
    public static TcpSequence operator +(TcpSequence sequence, uint bytes) => new(sequence.Value + bytes);

    /// <summary>The number so many bytes earlier.</summary>
    public static TcpSequence operator -(TcpSequence sequence, uint bytes) => new(sequence.Value - bytes);

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
