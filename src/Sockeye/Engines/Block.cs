namespace Sockeye.Engines;

/// <summary>A piece of pinned memory that connections borrow: input arrives in it, output is gathered in it.</summary>
public sealed class Block
{
    internal Block(int length)
    {
        // Pinned once for its whole life, so that the kernel may hold its address across any number of awaits.
        Bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        Size = BlockPool.SizeOf(length);
    }

    /// <summary>The memory.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Its size in bytes.</summary>
    internal int Length => Bytes.Length;

    /// <summary>Which of the sizes of <see cref="BlockPool"/> that is.</summary>
    internal int Size { get; }

    /// <summary>The one below it while a pool keeps it; else null.</summary>
    internal Block? Below { get; set; }
}
