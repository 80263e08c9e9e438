namespace Sockeye.Wire.Files;

/// <summary>Puts a block together, in memory that is used again, and writes it out.</summary>
internal sealed class PcapngBlockBuilder(Stream stream)
{
    /// <summary>Type and length before the body, and length after it.</summary>
    public const int FrameBytes = 12;

    public const int HeaderBytes = 8;

    private const int FirstBytes = 2_048;

    private byte[] _bytes = new byte[FirstBytes];
    private int _length;
    private bool _hasOptions;

    public ByteOrder Order { get; set; }

    public void Begin(uint type)
    {
        _length = 0;
        _hasOptions = false;
        Order.Write(Append(HeaderBytes), type);
    }

    /// <summary>Room for so many bytes, which are zero.</summary>
    public Span<byte> Append(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CaptureLimits.BlockBytesMax - _length);
        if (count > _bytes.Length - _length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        }

        Span<byte> room = _bytes.AsSpan(_length, count);
        room.Clear();
        _length += count;
        return room;
    }

    /// <summary>Bytes, filled up to a multiple of four.</summary>
    public void AppendPadded(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(PcapngOption.Padded(bytes.Length)));

    public void Append(PcapngOption option)
    {
        Span<byte> room = Append(option.PaddedLength);
        Order.Write(room, option.Code);
        Order.Write(room[sizeof(ushort)..], checked((ushort)option.Value.Length));
        option.Value.Span.CopyTo(room[PcapngOption.HeaderBytes..]);
        _hasOptions = true;
    }

    public void EndOptions()
    {
        if (_hasOptions)
        {
            _ = Append(PcapngOption.HeaderBytes);
        }
    }

    public void End()
    {
        Span<byte> last = Append(sizeof(uint));
        Order.Write(last, (uint)_length);
        Order.Write(_bytes.AsSpan(sizeof(uint)), (uint)_length);
        stream.Write(_bytes, 0, _length);
    }
}
