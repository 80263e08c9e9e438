using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>struct mmsghdr of recvmmsg(2): a msghdr of 56 bytes, and the length of the datagram.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct MessageHeader
{
    /// <summary>msg_name: where the peer's address is or goes.</summary>
    [FieldOffset(0)]
    internal void* Name;

    /// <summary>msg_namelen: its length; in a receive, the room there is.</summary>
    [FieldOffset(8)]
    internal uint NameLength;

    /// <summary>msg_iov: the pieces of memory.</summary>
    [FieldOffset(16)]
    internal MemoryPiece* Pieces;

    /// <summary>msg_iovlen. musl declares four bytes and four of padding, which little-endian makes the same.</summary>
    [FieldOffset(24)]
    internal ulong PieceCount;

    /// <summary>msg_control: ancillary data.</summary>
    [FieldOffset(32)]
    internal void* Control;

    /// <summary>msg_controllen: its length.</summary>
    [FieldOffset(40)]
    internal ulong ControlLength;

    /// <summary>msg_flags: what a receive reports, such as truncation.</summary>
    [FieldOffset(48)]
    internal int Flags;

    /// <summary>msg_len: how many bytes came or went.</summary>
    [FieldOffset(56)]
    internal uint Length;
}

/// <summary>struct iovec of readv(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryPiece
{
    /// <summary>iov_base: the first byte.</summary>
    internal void* Start;

    /// <summary>iov_len: how many.</summary>
    internal nuint Length;
}

/// <summary>struct cmsghdr of cmsg(3) with the 16 bits of UDP_SEGMENT, padded to the next message.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal readonly struct SegmentControl(int segmentBytes)
{
    [FieldOffset(0)]
    private readonly ulong _length = 18;

    [FieldOffset(8)]
    private readonly int _level = (int)SocketLevel.Udp;

    [FieldOffset(12)]
    private readonly int _type = (int)UdpOption.Segment;

    /// <summary>How long each datagram is.</summary>
    [FieldOffset(16)]
    internal readonly ushort SegmentBytes = (ushort)segmentBytes;
}

/// <summary>
/// Slots for datagrams that one recvmmsg(2) or sendmmsg(2) moves: for each a block of bytes, a length and a peer. All
/// of it is allocated once, in arrays that never move. One owner at a time: a loop or a thread.
/// </summary>
internal sealed unsafe class MessageBatch
{
    /// <summary>UDP_MAX_SEGMENTS: how many datagrams the kernel cuts one message into at most.</summary>
    private const int SegmentsMax = 64;

    /// <summary>The longest datagram that is merged: what Ethernet carries over IPv6 in one piece. The kernel refuses
    /// segments that would have to be fragmented.</summary>
    private const int SegmentBytesMax = 1_452;

    /// <summary>The longest merged message: what one IPv4 packet could carry, which is less than IPv6's.</summary>
    private const int MergedBytesMax = 65_507;

    private readonly byte[] _payloads;
    private readonly SocketAddress[] _peers;
    private readonly MemoryPiece[] _pieces;
    private readonly MessageHeader[] _headers;

    // What was appended to be sent: slots, the first of them that has not left, datagrams, and bytes. A slot holds one
    // datagram, or several that the kernel cuts apart; there are controls and segments once any were merged.
    private int _count;
    private int _head;
    private int _datagrams;
    private int _used;
    private SegmentControl[]? _controls;
    private readonly byte[] _segments;

    // Slots the last receive filled: only their headers need mending before the next.
    private int _dirty;

    /// <summary>Room for <paramref name="capacity"/> datagrams of up to <paramref name="payloadBytes"/> each.</summary>
    internal MessageBatch(int capacity, int payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(payloadBytes);
        Capacity = capacity;
        PayloadBytes = payloadBytes;
        _payloads = GC.AllocateUninitializedArray<byte>(checked(capacity * payloadBytes), pinned: true);
        _peers = GC.AllocateArray<SocketAddress>(capacity, pinned: true);
        _pieces = GC.AllocateArray<MemoryPiece>(capacity, pinned: true);
        _headers = GC.AllocateArray<MessageHeader>(capacity, pinned: true);
        _segments = new byte[capacity];

        // SAFETY: every array was allocated pinned and is held by this object, so the addresses stay right.
        byte* payloads = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_payloads));
        var pieces = (MemoryPiece*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pieces));
        for (int slot = 0; slot < capacity; slot++)
        {
            _pieces[slot].Start = payloads + ((nint)slot * payloadBytes);
            _headers[slot].Name = Unsafe.AsPointer(ref _peers[slot].Buffer());
            _headers[slot].Pieces = pieces + slot;
            _headers[slot].PieceCount = 1;
        }

        _dirty = capacity;
    }

    /// <summary>How many slots there are.</summary>
    internal int Capacity { get; }

    /// <summary>How many bytes fit in each slot.</summary>
    internal int PayloadBytes { get; }

    /// <summary>The first header. Valid while this object is reachable.</summary>
    internal MessageHeader* Headers =>
        // SAFETY: the array was allocated pinned, so the address stays right as long as the array lives.
        (MessageHeader*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_headers));

    /// <summary>The whole block of a slot, to write a datagram into.</summary>
    internal Span<byte> Buffer(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Capacity, nameof(slot));
        return _payloads.AsSpan(slot * PayloadBytes, PayloadBytes);
    }

    /// <summary>The bytes that were received into a slot, cut to its size if need be.</summary>
    internal ReadOnlySpan<byte> Payload(int slot) =>
        Buffer(slot)[..(int)Math.Min(_headers[slot].Length, (uint)PayloadBytes)];

    /// <summary>Whether the datagram was longer than the slot, so that its end is lost.</summary>
    internal bool IsTruncated(int slot) => (_headers[slot].Flags & (int)MessageFlags.Truncated) != 0;

    /// <summary>Where a slot's datagram came from or goes to; empty on a connected socket.</summary>
    internal ref SocketAddress Peer(int slot) => ref _peers[slot];

    /// <summary>The same as what a handler sees.</summary>
    internal ref readonly PeerAddress Address(int slot) =>
        // SAFETY: a PeerAddress is a SocketAddress and nothing else; the array's own check bounds the slot.
        ref Unsafe.As<SocketAddress, PeerAddress>(ref _peers[slot]);

    /// <summary>How many slots of appended datagrams have not left.</summary>
    internal int Waiting => _count - _head;

    /// <summary>The first of them.</summary>
    internal int Head => _head;

    /// <summary>
    /// Appends a datagram to be sent; false when it does not fit. A batch that is appended to packs its datagrams one
    /// behind the other, whatever the size of its slots, and receives nothing. When it may merge, a datagram for the
    /// same peer as the one before joins it in one message, which the kernel cuts apart again (UDP_SEGMENT, udp(7)).
    /// </summary>
    internal bool TryAppend(ReadOnlySpan<byte> data, in SocketAddress peer, bool mayMerge = false)
    {
        if (_datagrams == Capacity || data.Length > _payloads.Length - _used)
        {
            return false;
        }

        data.CopyTo(_payloads.AsSpan(_used));
        _datagrams++;
        if (mayMerge && TryMerge(data.Length, peer))
        {
            return true;
        }

        // SAFETY: the array was allocated pinned, and the data was just copied to this place in it.
        _pieces[_count].Start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_payloads)) + _used;
        _pieces[_count].Length = (nuint)data.Length;
        _headers[_count].Control = null;
        _headers[_count].ControlLength = 0;
        _segments[_count] = 1;
        _peers[_count++] = peer;
        _used += data.Length;
        return true;
    }

    /// <summary>How many datagrams a slot holds.</summary>
    internal int Segments(int slot) => _segments[slot];

    /// <summary>The bytes of the first datagram of a slot.</summary>
    internal ReadOnlySpan<byte> Appended(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_count, nameof(slot));

        // SAFETY: TryAppend made the piece, which lies within the pinned array; the array's length bounds the span.
        nint offset = (nint)((byte*)_pieces[slot].Start
            - (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_payloads)));
        return _payloads.AsSpan((int)offset, SegmentBytes(slot));
    }

    /// <summary>So many slots have left, or are given up: how many datagrams that was.</summary>
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
            _head = _count = _datagrams = _used = 0;
        }

        return datagrams;
    }

    /// <summary>The first datagram of the first slot has left, or is given up.</summary>
    internal void LeaveFirst()
    {
        if (_segments[_head] == 1)
        {
            Leave(1);
            return;
        }

        // SAFETY: what is left of the piece lies within the pinned array, as the whole did.
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

    /// <summary>How many bytes of a slot to send.</summary>
    internal void SetLength(int slot, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)PayloadBytes, nameof(length));
        _pieces[slot].Length = (nuint)length;
        _dirty = Math.Max(_dirty, slot + 1);
    }

    /// <summary>Gives the whole of each slot to the kernel.</summary>
    internal void PrepareToReceive()
    {
        for (int slot = 0; slot < _dirty; slot++)
        {
            _pieces[slot].Length = (nuint)PayloadBytes;
            _headers[slot].NameLength = SocketAddress.BytesMax;
            _headers[slot].Flags = 0;
        }

        _dirty = 0;
    }

    /// <summary>Takes over the addresses' lengths after a receive.</summary>
    internal void Received(int count)
    {
        for (int slot = 0; slot < count; slot++)
        {
            _peers[slot].SetLength(_headers[slot].NameLength);
        }

        _dirty = count;
    }

    /// <summary>Checks the range, sets the addresses' lengths, and gives the first header to send.</summary>
    internal MessageHeader* PrepareToSend(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity - start);
        for (int slot = start; slot < start + count; slot++)
        {
            _headers[slot].NameLength = (uint)_peers[slot].Length;
        }

        _dirty = Math.Max(_dirty, start + count);
        return Headers + start;
    }

    private int SegmentBytes(int slot) =>
        _segments[slot] > 1 ? _controls![slot].SegmentBytes : (int)_pieces[slot].Length;

    /// <summary>Lets a datagram that was just copied belong to the last slot: all of its datagrams have one length,
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
