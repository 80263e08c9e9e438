using System.Buffers;
using System.Diagnostics;

namespace Sockeye.Http.Protocol;

/// <summary>
/// Bytes that grow as they come, in memory of the pool, and never beyond a limit. It takes memory for what has come
/// and not for what was announced, and holds none while it is empty.
/// </summary>
internal sealed class PayloadBuffer(int bytesMax)
{
    private const int FirstBytes = 1024;

    private byte[] _bytes = [];

    public int Count { get; private set; }

    /// <summary>How many bytes it can still take.</summary>
    public int Room => bytesMax - Count;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    /// <summary>Room for one byte or more behind what is written, and for as many as <paramref name="wanted"/> if it
    /// can be; none when the limit is reached.</summary>
    public Span<byte> GetSpan(int wanted)
    {
        Debug.Assert(wanted > 0, "Room for nothing is always there.");
        if (_bytes.Length - Count < Math.Min(wanted, Room))
        {
            long size = Math.Max(FirstBytes, Math.Max(2L * Count, (long)Count + wanted));
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(size, bytesMax));
            Written.Span.CopyTo(larger);
            Return();
            _bytes = larger;
        }

        return _bytes.AsSpan(Count, Math.Min(_bytes.Length - Count, Room));
    }

    public void Advance(int count)
    {
        Debug.Assert(count <= _bytes.Length - Count && count <= Room, "Advance by no more than there was room for.");
        Count += count;
    }

    /// <summary>Gives the memory back.</summary>
    public void Clear()
    {
        Return();
        _bytes = [];
        Count = 0;
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
