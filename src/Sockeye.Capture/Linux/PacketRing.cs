using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sockeye.Linux;

namespace Sockeye.Capture.Linux;

/// <summary>
/// The memory that a packet socket shares with us (TPACKET_V3, Documentation/networking/packet_mmap.rst): blocks that
/// the kernel fills with frames and hands over whole, or after <see cref="RetireMilliseconds"/>. One thread reads it.
/// </summary>
internal sealed unsafe class PacketRing
{
    /// <summary>
    /// A block holds the longest frame that is common: segmentation offload makes 64 KiB where no link could carry
    /// them. The kernel cuts a longer one. More blocks of less would hold more time: one is handed over after
    /// <see cref="RetireMilliseconds"/>, however little is in it, and when all wait for us, frames are dropped.
    /// </summary>
    public const int BlockBytes = 128 * 1024;

    /// <summary>How long a frame waits at most for the others of its block.</summary>
    public const int RetireMilliseconds = 30;

    /// <summary>Room before each frame for what we put there: a cooked header, a VLAN tag.</summary>
    public const int HeadroomBytes = 32;

    // Of the request. The kernel packs frames as they come; this is only the least that it takes.
    private const int FrameBytes = 2_048;

    private readonly nint _memory;
    private readonly nuint _length;
    private readonly int _blockCount;
    private int _block;                 // Which block is read, or next to be handed over.
    private FrameHeader* _next;         // The next frame of that block; null when it is not ours yet.
    private uint _left;                 // How many frames of it are left, that one included.

    private PacketRing(nint memory, nuint length, int blockCount)
    {
        _memory = memory;
        _length = length;
        _blockCount = blockCount;
    }

    /// <summary>Whether a frame can be read; takes over the next block when the kernel has handed it over.</summary>
    public bool HasFrame
    {
        get
        {
            while (_next is null || _left == 0)
            {
                if (_next is not null)
                {
                    GiveBack();
                }

                // SAFETY: the block lies within the mapping, which lives until Close. The status is read first: what
                // the kernel wrote before it handed the block over is seen after.
                BlockHeader* block = Block(_block);
                if ((Volatile.Read(ref block->Status) & BlockHeader.OwnedByUs) == 0)
                {
                    return false;
                }

                _left = block->FrameCount;
                _next = (FrameHeader*)((byte*)block + block->FirstFrameAt);
            }

            return true;
        }
    }

    /// <summary>Gives a socket a ring and maps it.</summary>
    public static Result Open(int socket, int bytes, out PacketRing? ring)
    {
        int blocks = Math.Max(2, (int)(((long)bytes + BlockBytes - 1) / BlockBytes));
        var request = new RingRequest
        {
            BlockBytes = BlockBytes,
            BlockCount = (uint)blocks,
            FrameBytes = FrameBytes,
            FrameCount = (uint)(blocks * (BlockBytes / FrameBytes)),
            RetireMilliseconds = RetireMilliseconds,
        };
        nuint length = (nuint)blocks * BlockBytes;
        ring = null;
        Result made = Interop.Setsockopt(socket, SocketLevel.Packet, (int)PacketOption.ReceiveRing, request);
        if (!made.Ok)
        {
            return made;
        }

        Result mapped = Interop.Mmap(
            length, MemoryProtection.Read | MemoryProtection.Write, MemoryMapping.Shared, socket, 0, out nint memory);
        if (mapped.Ok)
        {
            ring = new PacketRing(memory, length, blocks);
        }

        return mapped;
    }

    /// <summary>The next frame, valid until <see cref="HasFrame"/> is asked again.</summary>
    public RingFrame Read()
    {
        Debug.Assert(_next is not null && _left > 0, "Ask HasFrame first.");

        // SAFETY: the kernel wrote the header, the address after it and the frame within this block, which is ours.
        FrameHeader* header = _next;
        var address = (LinkAddress*)((byte*)header + FrameHeader.Bytes);
        byte* room = (byte*)address + LinkAddress.Bytes;
        int headroom = header->DataAt - (FrameHeader.Bytes + LinkAddress.Bytes);
        Debug.Assert(headroom >= HeadroomBytes, "The kernel reserves what was asked for.");
        _left--;
        _next = (FrameHeader*)((byte*)header + header->Next);
        return new RingFrame
        {
            Header = ref Unsafe.AsRef<FrameHeader>(header),
            From = ref Unsafe.AsRef<LinkAddress>(address),
            Room = new Span<byte>(room, headroom + (int)header->Captured),
            DataAt = headroom,
        };
    }

    public void Close() => Interop.Munmap(_memory, _length);

    private BlockHeader* Block(int index) => (BlockHeader*)(_memory + ((nint)index * BlockBytes));

    private void GiveBack()
    {
        // SAFETY: as above; nobody reads the frames of this block any more.
        Volatile.Write(ref Block(_block)->Status, BlockHeader.OwnedByKernel);
        _block = (_block + 1) % _blockCount;
        _next = null;
    }
}

/// <summary>A frame where it stands in the ring.</summary>
internal ref struct RingFrame
{
    public ref readonly FrameHeader Header;
    public ref readonly LinkAddress From;

    /// <summary>The frame, with free room before it.</summary>
    public Span<byte> Room;

    /// <summary>Where in the room the frame begins.</summary>
    public int DataAt;
}
