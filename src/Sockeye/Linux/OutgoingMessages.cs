using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// Datagrams that wait to be sent with sendmmsg(2), one behind the other in a block that the owner lends while there
/// are any. Those for one peer that follow each other may leave as one message, which the kernel cuts apart again
/// (UDP_SEGMENT, udp(7)). One owner at a time: a loop or a thread.
/// </summary>
internal sealed unsafe class OutgoingMessages
{
    /// <summary>Datagrams at most, and so messages.</summary>
    private const int Capacity = DatagramSocket.QueuedMax;

    /// <summary>UDP_MAX_SEGMENTS: how many datagrams the kernel cuts one message into at most.</summary>
    private const int SegmentsMax = 64;

    /// <summary>The longest datagram that is merged: what Ethernet carries over IPv6 in one piece. The kernel refuses
    /// segments that would have to be fragmented.</summary>
    private const int SegmentBytesMax = 1_452;

    /// <summary>The longest merged message: what one IPv4 packet could carry, which is less than IPv6's.</summary>
    private const int MergedBytesMax = 65_507;

    private readonly Owner _owner;
    private readonly SocketAddress[] _peers = GC.AllocateArray<SocketAddress>(Capacity, pinned: true);
    private readonly MemoryPiece[] _pieces = GC.AllocateArray<MemoryPiece>(Capacity, pinned: true);
    private readonly MessageHeader[] _headers = GC.AllocateArray<MessageHeader>(Capacity, pinned: true);
    private readonly byte[] _segments = new byte[Capacity];     // How many datagrams each message has.
    private SegmentControl[]? _controls;                        // Once any were merged.
    private Block? _block;                                      // While any datagram waits.
    private int _count;                                         // Messages, the first that has not left,
    private int _head;
    private int _datagrams;                                     // datagrams, and bytes of the block.
    private int _used;

    /// <summary>Room for <see cref="DatagramSocket.QueuedMax"/> datagrams.</summary>
    internal OutgoingMessages(Owner owner)
    {
        _owner = owner;

        // SAFETY: every array was allocated pinned and is held by this object, so the addresses stay right.
        var pieces = (MemoryPiece*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pieces));
        for (int i = 0; i < Capacity; i++)
        {
            _headers[i].Name = Unsafe.AsPointer(ref _peers[i].Buffer());
            _headers[i].Pieces = pieces + i;
            _headers[i].PieceCount = 1;
        }
    }

    /// <summary>How many messages have not left.</summary>
    internal int Waiting => _count - _head;

    /// <summary>The first of them.</summary>
    internal int Head => _head;

    /// <summary>Where a message goes to; empty on a connected socket.</summary>
    internal ref readonly SocketAddress Peer(int message) => ref _peers[message];

    /// <summary>Appends a datagram; false when it does not fit. When it may be merged, and goes to the same peer as the
    /// one before, it joins that one's message.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> data, in SocketAddress peer, bool mayMerge)
    {
        if (_datagrams == Capacity || data.Length > DatagramSocket.QueuedBytesMax - _used)
        {
            return false;
        }

        _block ??= _owner.Rent(DatagramSocket.QueuedBytesMax);
        data.CopyTo(_block.Bytes.AsSpan(_used));
        _datagrams++;
        if (mayMerge && TryMerge(data.Length, peer))
        {
            return true;
        }

        // SAFETY: a block is pinned for its whole life and is held by this object; the data was just copied to this
        // place in it.
        _pieces[_count].Start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_block.Bytes)) + _used;
        _pieces[_count].Length = (nuint)data.Length;
        _headers[_count].NameLength = (uint)peer.Length;
        _headers[_count].Control = null;
        _headers[_count].ControlLength = 0;
        _segments[_count] = 1;
        _peers[_count++] = peer;
        _used += data.Length;
        return true;
    }

    /// <summary>How many datagrams a message has.</summary>
    internal int Segments(int message) => _segments[message];

    /// <summary>The bytes of the first datagram of a message.</summary>
    internal ReadOnlySpan<byte> Appended(int message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)message, (uint)_count, nameof(message));

        // SAFETY: TryAppend made the piece, which lies within the pinned block; the array's length bounds the span.
        byte[] bytes = _block!.Bytes;
        nint offset = (nint)((byte*)_pieces[message].Start
            - (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bytes)));
        return bytes.AsSpan((int)offset, SegmentBytes(message));
    }

    /// <summary>So many messages have left, or are given up: how many datagrams that was.</summary>
    internal int Leave(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Waiting, nameof(count));
        int datagrams = 0;
        for (; count > 0; count--)
        {
            datagrams += _segments[_head++];
        }

        if (_head == _count)
        {
            Release();
        }

        return datagrams;
    }

    /// <summary>The first datagram of the first message has left, or is given up.</summary>
    internal void LeaveFirst()
    {
        if (_segments[_head] == 1)
        {
            Leave(1);
            return;
        }

        // SAFETY: what is left of the piece lies within the pinned block, as the whole did.
        ref MemoryPiece piece = ref _pieces[_head];
        int bytes = SegmentBytes(_head);
        piece.Start = (byte*)piece.Start + bytes;
        piece.Length -= (nuint)bytes;
        if (--_segments[_head] == 1)
        {
            _headers[_head].Control = null;
            _headers[_head].ControlLength = 0;
        }
    }

    /// <summary>Checks the range, and gives the first header to send. Valid while this object is reachable.</summary>
    internal MessageHeader* PrepareToSend(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(start, _head);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _count - start);

        // SAFETY: the array was allocated pinned, so the address stays right as long as the array lives.
        return (MessageHeader*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_headers)) + start;
    }

    /// <summary>Forgets what has not left, and gives the block back.</summary>
    internal void Release()
    {
        _head = _count = _datagrams = _used = 0;
        if (_block is { } block)
        {
            _block = null;
            _owner.Return(block);
        }
    }

    private int SegmentBytes(int message) =>
        _segments[message] > 1 ? _controls![message].SegmentBytes : (int)_pieces[message].Length;

    /// <summary>Lets a datagram that was just copied belong to the last message: all of its datagrams have one length,
    /// save the last, which may be shorter.</summary>
    private bool TryMerge(int length, in SocketAddress peer)
    {
        int last = _count - 1;
        if (last < _head)
        {
            return false;
        }

        int segment = SegmentBytes(last);
        int held = (int)_pieces[last].Length;
        if (length == 0 || length > segment || segment > SegmentBytesMax || held != segment * _segments[last]
            || _segments[last] == SegmentsMax || held + length > MergedBytesMax || !_peers[last].Equals(peer))
        {
            return false;
        }

        _controls ??= GC.AllocateArray<SegmentControl>(Capacity, pinned: true);
        _controls[last] = new SegmentControl(segment);

        // SAFETY: the array was allocated pinned and is held by this object; the piece grows over what was copied.
        _headers[last].Control = Unsafe.AsPointer(ref _controls[last]);
        _headers[last].ControlLength = (ulong)sizeof(SegmentControl);
        _pieces[last].Length += (nuint)length;
        _segments[last]++;
        _used += length;
        return true;
    }
}
