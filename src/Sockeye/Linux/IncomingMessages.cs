using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// Messages that one recvmmsg(2) brings, in a block that the owner lends for as long as they are needed, and the
/// datagrams in them. A message is one datagram; or, where the kernel may join them (UDP_GRO), several that one peer
/// sent one after the other, all of one length save the last, which may be shorter. They are taken in batches, where
/// they stand. One owner at a time: a loop or a thread.
/// </summary>
internal sealed unsafe class IncomingMessages
{
    /// <summary>Room for single datagrams, in bytes.</summary>
    private const int SinglesBytesMax = 524_288;

    /// <summary>Joined messages that one call brings at most: with their room they fill a block.</summary>
    private const int JoinedMax = 16;

    /// <summary>Room for a joined message: no packet is longer, so that the kernel cuts none of them off.</summary>
    private const int JoinedBytesMax = 65_536;

    private readonly Owner _owner;
    private readonly int _datagramBytesMax;
    private readonly SocketAddress[] _peers;
    private readonly MemoryPiece[] _pieces;
    private readonly MessageHeader[] _headers;
    private readonly Place[] _batch = new Place[DatagramSocket.ReceivedMax];
    private JoinedControl[]? _controls;     // Once messages may be joined.
    private Block? _block;                  // While there are messages in it.
    private nint _laidOutAt;                // Where the pieces point to.
    private int _messageBytes;              // Room of each.
    private int _dirty;                     // Headers that the kernel has written to, from the first.
    private int _arrived;
    private int _message;                   // The first that has not been taken, and from which byte on.
    private int _offset;

    /// <summary>Room for datagrams of up to so many bytes; what is longer is cut.</summary>
    internal IncomingMessages(Owner owner, int datagramBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(datagramBytesMax);
        _owner = owner;
        _datagramBytesMax = datagramBytesMax;
        Capacity = Math.Clamp(SinglesBytesMax / datagramBytesMax, 1, DatagramSocket.ReceivedMax);
        _messageBytes = datagramBytesMax;
        int most = Math.Max(Capacity, JoinedMax);
        _peers = GC.AllocateArray<SocketAddress>(most, pinned: true);
        _pieces = GC.AllocateArray<MemoryPiece>(most, pinned: true);
        _headers = GC.AllocateArray<MessageHeader>(most, pinned: true);

        // SAFETY: every array was allocated pinned and is held by this object, so the addresses stay right.
        var pieces = (MemoryPiece*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pieces));
        for (int i = 0; i < most; i++)
        {
            _headers[i].Name = Unsafe.AsPointer(ref _peers[i].Buffer());
            _headers[i].Pieces = pieces + i;
            _headers[i].PieceCount = 1;
        }

        _dirty = most;
    }

    /// <summary>Messages that one call brings at most.</summary>
    internal int Capacity { get; private set; }

    /// <summary>The last call brought so many: there may be more.</summary>
    internal bool IsFull => _arrived == Capacity;

    /// <summary>There are datagrams that have not been taken.</summary>
    internal bool HasMore => _message < _arrived;

    /// <summary>The first header. Valid while this object is reachable.</summary>
    internal MessageHeader* Headers =>
        // SAFETY: the array was allocated pinned, so the address stays right as long as the array lives.
        (MessageHeader*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_headers));

    /// <summary>From now on the kernel may join datagrams. What came before must have been taken.</summary>
    internal void ExpectJoined()
    {
        Debug.Assert(!HasMore);
        if (_controls is not null)
        {
            return;
        }

        Release();
        _controls = GC.AllocateArray<JoinedControl>(JoinedMax, pinned: true);
        Capacity = JoinedMax;
        _messageBytes = JoinedBytesMax;
        _laidOutAt = 0;
        for (int i = 0; i < JoinedMax; i++)
        {
            // SAFETY: the array was allocated pinned and is held by this object.
            _headers[i].Control = Unsafe.AsPointer(ref _controls[i]);
        }

        _dirty = JoinedMax;
    }

    /// <summary>Gives the whole room of each message to the kernel. What came before is gone.</summary>
    internal void PrepareToReceive()
    {
        _block ??= _owner.Rent(Capacity * _messageBytes);

        // SAFETY: a block is pinned for its whole life, this object holds it, and it has room for every piece.
        byte* start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_block.Bytes));
        if (_laidOutAt != (nint)start)
        {
            _laidOutAt = (nint)start;
            for (int i = 0; i < Capacity; i++)
            {
                _pieces[i].Start = start + ((nint)i * _messageBytes);
                _pieces[i].Length = (nuint)_messageBytes;
            }
        }

        for (int i = 0; i < _dirty; i++)
        {
            _headers[i].NameLength = SocketAddress.BytesMax;
            _headers[i].Flags = 0;
            _headers[i].ControlLength = _controls is null ? 0 : (ulong)sizeof(JoinedControl);
        }

        _dirty = _arrived = _message = _offset = 0;
    }

    /// <summary>So many messages came.</summary>
    internal void Received(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _peers[i].SetLength(_headers[i].NameLength);
        }

        _dirty = _arrived = count;
    }

    /// <summary>Takes the next datagrams, as a batch: how many. Those of the batch before are not known any
    /// more.</summary>
    internal int TakeBatch()
    {
        int taken = 0;
        while (taken < _batch.Length && HasMore)
        {
            int length = (int)Math.Min(_headers[_message].Length, (uint)_messageBytes);
            int joined = _headers[_message].ControlLength == 0 ? 0 : _controls![_message].DatagramBytes;
            int end = joined > 0 ? Math.Min(_offset + joined, length) : length;

            // What the kernel cut off was at the end of the message; the rest of it is whole.
            bool isCut = end == length && (_headers[_message].Flags & (int)MessageFlags.Truncated) != 0;
            _batch[taken++] = new Place(_message, (_message * _messageBytes) + _offset, end - _offset, isCut);
            _offset = end;
            if (end == length)
            {
                _message++;
                _offset = 0;
            }
        }

        return taken;
    }

    /// <summary>A datagram of the batch.</summary>
    internal Datagram At(int index)
    {
        Place place = _batch[index];
        bool isTruncated = place.IsCut || place.Length > _datagramBytesMax;

        // SAFETY: a PeerAddress is a SocketAddress and nothing else; the array's own check bounds the index.
        ref readonly PeerAddress peer = ref Unsafe.As<SocketAddress, PeerAddress>(ref _peers[place.Message]);
        return new Datagram(
            _block!.Bytes.AsSpan(place.Start, Math.Min(place.Length, _datagramBytesMax)), in peer, isTruncated);
    }

    /// <summary>Gives the block back: no message is needed any more.</summary>
    internal void Release()
    {
        _arrived = _message = _offset = 0;
        if (_block is { } block)
        {
            _block = null;
            _owner.Return(block);
        }
    }

    /// <summary>Where a datagram stands, and whether its end is lost.</summary>
    private readonly record struct Place(int Message, int Start, int Length, bool IsCut);
}
