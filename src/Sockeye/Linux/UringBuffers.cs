using System.Diagnostics;
using Sockeye.Engines;

namespace Sockeye.Linux;

/// <summary>
/// Blocks that lie ready for whatever receives first: a ring of provided buffers (io_uring_register(2),
/// IORING_REGISTER_PBUF_RING). A block that was received into leaves the ring for good, and another takes its place: so
/// an idle connection holds none, and handlers that keep theirs never empty the ring.
/// </summary>
internal sealed unsafe class UringBuffers
{
    /// <summary>The group that a receive names.</summary>
    public const ushort Group = 0;

    /// <summary>Blocks at first: 2 MB, of which small messages touch one page each.</summary>
    private const int BlocksAtFirst = 32;

    /// <summary>Blocks at most, which is what one turn can receive into: 16 MB. One receive more goes by a system call
    /// of its own.</summary>
    private const int BlocksMax = 256;

    private readonly Block[] _blocks = new Block[BlocksMax];
    private readonly UringBuffer* _ring;
    private readonly Func<int, Block> _rent;
    private int _count;
    private ushort _tail;

    private UringBuffers(UringBuffer* ring, Func<int, Block> rent)
    {
        _ring = ring;
        _rent = rent;
    }

    private static nuint RingBytes => BlocksMax * (nuint)sizeof(UringBuffer);

    /// <summary>Blocks in the ring.</summary>
    public int Count => _count;

    /// <summary>Registers a ring of blocks.</summary>
    public static Result Open(UringRing ring, Func<int, Block> rent, out UringBuffers buffers)
    {
        buffers = null!;
        Result mapped = Interop.Mmap(
            RingBytes,
            MemoryProtection.Read | MemoryProtection.Write,
            MemoryMapping.Private | MemoryMapping.Anonymous,
            -1,
            0,
            out nint address);
        if (!mapped.Ok)
        {
            return mapped;
        }

        var registration = new UringBufferRegistration
        {
            Address = (ulong)address,
            Entries = BlocksMax,
            Group = Group,
        };

        // SAFETY: the struct is read during the call only; the memory it names lives until Close.
        Result registered = Interop.IoUringRegister(
            ring.Descriptor, (uint)UringRegister.BufferRing, (nint)(&registration), 1);
        if (!registered.Ok)
        {
            Interop.Munmap(address, RingBytes);
            return registered;
        }

        buffers = new UringBuffers((UringBuffer*)address, rent);
        buffers.Grow(BlocksAtFirst);
        return registered;
    }

    /// <summary>The kernel found none: twice as many from now on, up to the limit.</summary>
    public void Grow() => Grow(Math.Min(_count * 2, BlocksMax));

    /// <summary>Takes the block that the kernel received into. <see cref="Refill"/> must follow.</summary>
    public Block Take(int id) => _blocks[id];

    /// <summary>Puts another block in its place, or the same one.</summary>
    public void Refill(int id, Block block)
    {
        Debug.Assert(block.Length >= BlockPool.ReceiveBytes, "a block of the size for receiving");
        _blocks[id] = block;

        // SAFETY: the array of a block is pinned, and this object keeps it alive as long as the kernel may write to it.
        UringBuffer* entry = _ring + (_tail & (BlocksMax - 1));
        entry->Address = (ulong)PinnedAddress.Of(block.Bytes);
        entry->Length = (uint)block.Length;
        entry->Id = (ushort)id;
        Volatile.Write(ref _ring->Tail, ++_tail);
    }

    /// <summary>Gives every block back and the memory free; when the ring that it was registered with is
    /// closed.</summary>
    public void Close(Action<Block> giveBack)
    {
        for (int id = 0; id < _count; id++)
        {
            giveBack(_blocks[id]);
        }

        _count = 0;
        Interop.Munmap((nint)_ring, RingBytes);
    }

    private void Grow(int count)
    {
        while (_count < count)
        {
            Refill(_count++, _rent(BlockPool.ReceiveBytes));
        }
    }
}
