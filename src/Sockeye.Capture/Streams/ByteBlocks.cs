using System.Numerics;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Memory for bytes that have to wait, for all streams together: blocks that are lent and come back, as many as their
/// limit allows. One thread uses it. The runtime's own pool keeps too few of a size for hundreds of streams.
/// </summary>
internal sealed class ByteBlocks(long bytesMax)
{
    private const int BytesMinLog = 8;
    private const int SizeCount = 24;

    private readonly Stack<byte[]>?[] _free = new Stack<byte[]>?[SizeCount];
    private long _bytes;

    /// <summary>A block of at least so many bytes; null when there is no room.</summary>
    public byte[]? TryLend(int bytes)
    {
        int size = SizeOf(bytes);
        if (size >= SizeCount)
        {
            return null;
        }

        if (_free[size] is { Count: > 0 } free)
        {
            return free.Pop();
        }

        int length = 1 << (size + BytesMinLog);
        if (length > bytesMax - _bytes && !TryForget(length))
        {
            return null;
        }

        _bytes += length;
        return new byte[length];
    }

    /// <summary>Takes a block back.</summary>
    public void Return(byte[] block)
    {
        int size = SizeOf(block.Length);
        (_free[size] ??= new Stack<byte[]>()).Push(block);
    }

    private static int SizeOf(int bytes) =>
        Math.Max(0, BitOperations.Log2((uint)Math.Max(bytes - 1, 1)) + 1 - BytesMinLog);

    // Blocks of other sizes that nobody uses make room.
    private bool TryForget(int wanted)
    {
        for (int size = SizeCount - 1; size >= 0 && wanted > bytesMax - _bytes; size--)
        {
            while (_free[size] is { Count: > 0 } free && wanted > bytesMax - _bytes)
            {
                _bytes -= free.Pop().Length;
            }
        }

        return wanted <= bytesMax - _bytes;
    }
}
