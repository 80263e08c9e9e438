using System.Buffers;

namespace Sockeye.Wire.Internet;

/// <summary>What is wrong with a fragment, seen beside the others of its packet.</summary>
[Flags]
internal enum FragmentFaults : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It repeats bytes; that alone is no error.</summary>
    Overlap = 1,

    /// <summary>It has other bytes for a place that has some: an error, or an attack (RFC 1858; RFC 5722).</summary>
    Conflict = 2,

    /// <summary>It is the last one, and ends elsewhere than the last one that came first.</summary>
    OtherEnd = 4,

    /// <summary>It goes on behind the end of the packet.</summary>
    TooLong = 8,

    /// <summary>Those that are errors.</summary>
    Errors = Conflict | OtherEnd | TooLong,
}

/// <summary>A fragment that waits: where it belongs, and where its bytes are kept.</summary>
internal record struct FragmentPiece(
    long Frame, int Offset, int Length, bool HasMore, int KeptAt, FragmentFaults Faults)
{
    public readonly int End => Offset + Length;
}

/// <summary>
/// What has come of a packet so far. Where fragments overlap, the bytes of the one that begins first count, and of
/// those that begin at the same place, the one that came first: so Wireshark does it. Receivers differ; most drop such
/// a packet, as RFC 5722 wants of IPv6. Here it is to be seen.
/// </summary>
internal sealed class FragmentedPacket
{
    private const int FirstPieces = 16;
    private const int FirstBytes = 4_096;

    private FragmentPiece[] _pieces = [];
    private int _count;
    private byte[] _kept = [];

    public FragmentedPacket() => ByAge = new(this);

    public FragmentKey Key { get; private set; }

    /// <summary>When its first fragment came.</summary>
    public long Began { get; private set; }

    /// <summary>What it carries.</summary>
    public byte Protocol { get; private set; }

    /// <summary>How many bytes it carries; -1 until the last fragment has come.</summary>
    public int Length { get; private set; }

    /// <summary>How many bytes of fragments are kept.</summary>
    public int KeptBytes { get; private set; }

    /// <summary>Its place among all packets that wait.</summary>
    public LinkedListNode<FragmentedPacket> ByAge { get; }

    /// <summary>The fragments in the order of their places; of the same place, in which they came.</summary>
    public ReadOnlySpan<FragmentPiece> Pieces => _pieces.AsSpan(0, _count);

    /// <summary>Whether no byte is missing.</summary>
    public bool IsWhole
    {
        get
        {
            if (Length < 0 || KeptBytes < Length)
            {
                return false;
            }

            int end = 0;
            foreach (ref readonly FragmentPiece piece in Pieces)
            {
                if (piece.Offset > end)
                {
                    break;
                }

                end = Math.Max(end, piece.End);
            }

            return end >= Length;
        }
    }

    public void Begin(in FragmentKey key, long nanoseconds)
    {
        Key = key;
        Began = nanoseconds;
        Length = -1;
    }

    public void Add(in Fragment fragment, ReadOnlySpan<byte> bytes)
    {
        Grow(ref _pieces, _count, 1, FirstPieces);
        Grow(ref _kept, KeptBytes, bytes.Length, FirstBytes);
        bytes.CopyTo(_kept.AsSpan(KeptBytes));

        // They mostly come in order.
        int at = _count;
        while (at > 0 && _pieces[at - 1].Offset > fragment.Offset)
        {
            at--;
        }

        _pieces.AsSpan(at, _count - at).CopyTo(_pieces.AsSpan(at + 1));
        _pieces[at] = new FragmentPiece(
            fragment.Frame, fragment.Offset, bytes.Length, fragment.HasMore, KeptBytes, FragmentFaults.None);
        _count++;
        KeptBytes += bytes.Length;
        Protocol = fragment.Offset == 0 ? fragment.Protocol : Protocol;
        if (!fragment.HasMore && Length < 0)
        {
            Length = fragment.Offset + bytes.Length;
        }
    }

    /// <summary>Puts the fragments together, which are all there, and finds what is wrong with them.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        int end = 0;
        foreach (ref FragmentPiece piece in _pieces.AsSpan(0, _count))
        {
            piece.Faults = (piece.End > Length ? FragmentFaults.TooLong : 0)
                | (!piece.HasMore && piece.End != Length ? FragmentFaults.OtherEnd : 0);
            int length = Math.Min(piece.Length, Length - piece.Offset);
            if (length <= 0)
            {
                continue;
            }

            ReadOnlySpan<byte> own = _kept.AsSpan(piece.KeptAt, length);
            int known = Math.Clamp(end - piece.Offset, 0, length);
            piece.Faults |= known == 0 ? 0
                : own[..known].SequenceEqual(bytes.Slice(piece.Offset, known)) ? FragmentFaults.Overlap
                : FragmentFaults.Overlap | FragmentFaults.Conflict;
            own[known..].CopyTo(bytes[(piece.Offset + known)..]);
            end = Math.Max(end, piece.Offset + length);
        }
    }

    /// <summary>Forgets all; it may begin as another packet.</summary>
    public void Release()
    {
        Return(ref _pieces);
        Return(ref _kept);
        _count = 0;
        KeptBytes = 0;
    }

    private static void Grow<T>(ref T[] array, int used, int more, int first)
    {
        if (array.Length - used >= more)
        {
            return;
        }

        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(first, Math.Max(2 * array.Length, used + more)));
        array.AsSpan(0, used).CopyTo(larger);
        Return(ref array);
        array = larger;
    }

    private static void Return<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array);
            array = [];
        }
    }
}
