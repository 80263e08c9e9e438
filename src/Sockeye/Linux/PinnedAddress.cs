using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sockeye.Linux;

/// <summary>Addresses inside the blocks of <see cref="Engines.Block"/>, whose arrays never move.</summary>
internal static unsafe class PinnedAddress
{
    /// <summary>Where bytes begin that lie in a block.</summary>
    public static nint Of(ReadOnlySpan<byte> bytesOfBlock)
    {
        // SAFETY: a block's array is allocated pinned. Whoever hands the address on keeps the block referenced.
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytesOfBlock));
    }
}
