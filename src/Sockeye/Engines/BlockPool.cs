using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Sockeye.Engines;

/// <summary>
/// Blocks by size, in powers of four from 4 KB to 16 MB. Each loop has a pool of its own, used by its thread
/// alone; what a loop does not need goes to a pool that all share.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>The smallest block, in bytes.</summary>
    public const int SmallBytes = 4_096;

    /// <summary>The block that a loop receives into, in bytes.</summary>
    public const int ReceiveBytes = 65_536;

    private const int SizeCount = 7;
    private const int KeptPerSize = 64;
    private const int SharedBytesMaxPerSize = 16 * 1_048_576;

    private static readonly ConcurrentQueue<Block>[] s_shared = Create(() => new ConcurrentQueue<Block>());

    private readonly Kept[] _kept = new Kept[SizeCount];

    // A stack that runs through the blocks themselves: less code than one in an array, of which a request runs through
    // four, each time brought in again from behind what the kernel has run meanwhile.
    private struct Kept
    {
        public Block? Top;
        public int Count;
    }

    /// <summary>A block of at least this many bytes, its content undefined.</summary>
    public Block Rent(int bytes)
    {
        int size = SizeOf(bytes);
        return size < SizeCount && TryPop(ref _kept[size], out Block? block) ? block : RentShared(bytes);
    }

    /// <summary>Gives a block back. The caller must not touch it again.</summary>
    public void Return(Block block)
    {
        int size = block.Size;
        if (size >= SizeCount)
        {
            return;
        }

        ref Kept kept = ref _kept[size];
        if (kept.Count < KeptPerSize >> size || kept.Count == 0)
        {
            block.Below = kept.Top;
            kept.Top = block;
            kept.Count++;
        }
        else
        {
            Share(block);
        }
    }

    /// <summary>The same from the pool that all share, for owners that would keep too much: from any thread.</summary>
    public static Block RentShared(int bytes)
    {
        int size = SizeOf(bytes);
        return size >= SizeCount ? new Block(bytes)
            : s_shared[size].TryDequeue(out Block? block) ? block
            : new Block(SmallBytes << (2 * size));
    }

    /// <summary>Gives a block back to that pool. The caller must not touch it again.</summary>
    public static void ReturnShared(Block block)
    {
        if (block.Size < SizeCount)
        {
            Share(block);
        }
    }

    /// <summary>Hands everything kept to the other pools; for a loop that ends.</summary>
    public void Empty()
    {
        for (int size = 0; size < SizeCount; size++)
        {
            while (TryPop(ref _kept[size], out Block? block))
            {
                Share(block);
            }
        }
    }

    /// <summary>Which of the sizes has room for so many bytes; <see cref="SizeCount"/> or more when none has.</summary>
    internal static int SizeOf(int bytes) =>
        bytes <= SmallBytes ? 0 : (BitOperations.Log2((uint)(bytes - 1) / SmallBytes) / 2) + 1;

    private static bool TryPop(ref Kept kept, [NotNullWhen(true)] out Block? block)
    {
        block = kept.Top;
        if (block is null)
        {
            return false;
        }

        kept.Top = block.Below;
        kept.Count--;
        block.Below = null;
        return true;
    }

    private static void Share(Block block)
    {
        // The count is a snapshot; a few blocks more or less do not matter, the bound does.
        ConcurrentQueue<Block> shared = s_shared[block.Size];
        if (shared.Count < SharedBytesMaxPerSize / block.Length)
        {
            shared.Enqueue(block);
        }
    }

    private static T[] Create<T>(Func<T> make)
    {
        var array = new T[SizeCount];
        for (int i = 0; i < SizeCount; i++)
        {
            array[i] = make();
        }

        return array;
    }
}
