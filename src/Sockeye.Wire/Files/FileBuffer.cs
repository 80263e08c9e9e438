namespace Sockeye.Wire.Files;

/// <summary>
/// The bytes of a stream that are being looked at, in memory that is used again. It grows with what has really come,
/// not with what a length promises.
/// </summary>
internal sealed class FileBuffer(Stream stream)
{
    private const int FirstBytes = 128 * 1024;

    private byte[] _bytes = new byte[FirstBytes];
    private int _start;
    private int _end;

    /// <summary>Where the next byte stands in the file.</summary>
    public long Offset { get; private set; }

    /// <summary>What is there and not yet consumed.</summary>
    public ReadOnlySpan<byte> Available => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Reads until so many bytes are there; false when the stream ends before.</summary>
    public bool Fill(int count)
    {
        while (_end - _start < count)
        {
            if (_end == _bytes.Length)
            {
                MakeRoom();
            }

            int read = stream.Read(_bytes.AsSpan(_end));
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    /// <summary>Goes on behind so many bytes, which are there; they stay valid until the next filling.</summary>
    public void Consume(int count)
    {
        _start += count;
        Offset += count;
    }

    private void MakeRoom()
    {
        int length = _end - _start;
        byte[] target = length > _bytes.Length / 2 ? new byte[2 * _bytes.Length] : _bytes;
        _bytes.AsSpan(_start, length).CopyTo(target);
        _bytes = target;
        _start = 0;
        _end = length;
    }
}
