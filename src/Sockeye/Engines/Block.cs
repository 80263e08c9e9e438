namespace Sockeye.Engines;

/// <summary>A piece of pinned memory that connections borrow: input arrives in it, output is gathered in it.</summary>
public sealed class Block
{
    internal Block(int length)
    {
        // Pinned once for its whole life, so that the kernel may hold its address across any number of awaits.
        Bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
    }

    /// <summary>The memory.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Its size in bytes.</summary>
    internal int Length => Bytes.Length;
}
