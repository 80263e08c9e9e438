using Sockeye.Wire.Internet;

namespace Sockeye.Wire.Dissection;

/// <content>
/// What does not stand in the frame as it is: bytes that came in pieces, put together. They stand behind the bytes of
/// the frame: positions from its length on are theirs.
/// </content>
public sealed partial class Dissector
{
    private byte[] _joined = [];
    private int _joinedLength;
    private int _frameLength;
    private long _frameNumber;
    private long _nanoseconds;

    /// <summary>
    /// Where fragments of IP packets wait for the rest of their packet, which is then taken apart in the frame of the
    /// last one; null when every frame is taken apart by itself.
    /// </summary>
    public FragmentTable? Fragments { get; init; }

    /// <summary>Where the bytes will stand that are joined next.</summary>
    internal int JoinedEnd => _frameLength + _joinedLength;

    /// <summary>Makes room for bytes behind the frame.</summary>
    internal Span<byte> Join(int length)
    {
        int at = _joinedLength;
        if (_joined.Length - at < length)
        {
            Array.Resize(ref _joined, Math.Max(2 * _joined.Length, at + length));
        }

        _joinedLength += length;
        return _joined.AsSpan(at, length);
    }

    /// <summary>The bytes at a position: of the frame, or behind it those that were joined.</summary>
    internal ReadOnlySpan<byte> BytesAt(ReadOnlySpan<byte> frame, int start, int length)
    {
        bool isJoined = start >= frame.Length && _joinedLength > 0;
        ReadOnlySpan<byte> bytes = isJoined ? _joined.AsSpan(0, _joinedLength) : frame;
        int at = Math.Min(isJoined ? start - frame.Length : start, bytes.Length);
        return bytes.Slice(at, Math.Min(length, bytes.Length - at));
    }

    /// <summary>
    /// Takes a fragment of the innermost packet into account, unless there is less of it than there was on the wire.
    /// </summary>
    /// <returns>Its packet, when this was the last of it.</returns>
    internal FragmentedPacket? TakeFragment(
        uint identification, byte commonProtocol, in Fragment fragment, ReadOnlySpan<byte> bytes)
    {
        if (Fragments is null || IsQuoting || _isCutShort)
        {
            return null;
        }

        var key = new FragmentKey(Source.Internet, Destination.Internet, identification, commonProtocol);
        return Fragments.Take(key, fragment with { Frame = _frameNumber, Nanoseconds = _nanoseconds }, bytes);
    }

    private void BeginFrame(in CapturedFrame frame)
    {
        _joinedLength = 0;
        _frameLength = frame.Bytes.Length;
        _frameNumber = frame.Number;

        // Where a frame has no time, that of the one before it must do.
        _nanoseconds = frame.Time?.Nanoseconds ?? _nanoseconds;
        _isCutShort = frame.IsCutShort;
    }
}
