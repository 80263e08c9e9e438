using System.Collections.Concurrent;
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

    private readonly Stack<Block>[] _kept = Create(() => new Stack<Block>());

    /// <summary>A block of at least this many bytes, its content undefined.</summary>
    public Block Rent(int bytes)
    {
        int size = SizeOf(bytes);
        if (size >= SizeCount)
        {
            return new Block(bytes);
        }

        if (_kept[size].TryPop(out Block? block) || s_shared[size].TryDequeue(out block))
        {
            return block;
        }

        return new Block(SmallBytes << (2 * size));
    }

    /// <summary>Gives a block back. The caller must not touch it again.</summary>
    public void Return(Block block)
    {
        int size = SizeOf(block.Length);
        if (size >= SizeCount)
        {
            return;
        }

        Stack<Block> kept = _kept[size];
        if (kept.Count < KeptPerSize >> size || kept.Count == 0)
        {
            kept.Push(block);
        }
        else
        {
            Share(size, block);
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
        int size = SizeOf(block.Length);
        if (size < SizeCount)
        {
            Share(size, block);
        }
    }

    /// <summary>Hands everything kept to the other pools; for a loop that ends.</summary>
    public void Empty()
    {
        for (int size = 0; size < SizeCount; size++)
        {
            while (_kept[size].TryPop(out Block? block))
            {
                Share(size, block);
            }
        }
    }

    private static void Share(int size, Block block)
    {
        // The count is a snapshot; a few blocks more or less do not matter, the bound does.
        if (s_shared[size].Count < SharedBytesMaxPerSize / block.Length)
        {
            s_shared[size].Enqueue(block);
        }
    }

    private static int SizeOf(int bytes) =>
        bytes <= SmallBytes ? 0 : (BitOperations.Log2((uint)(bytes - 1) / SmallBytes) / 2) + 1;

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
