using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>mmap(2): maps a file, a ring or fresh memory, and gives its address.</summary>
    internal static Result Mmap(
        nuint length,
        MemoryProtection protection,
        MemoryMapping mapping,
        int descriptor,
        long offset,
        out nint address)
    {
        // SAFETY: the kernel chooses the place, so nothing that exists is mapped over. MAP_FAILED is all ones.
        nint returned = MmapNative(null, length, (int)protection, (int)mapping, descriptor, offset);
        if (returned == -1)
        {
            Result error = Result.LastError();
            address = 0;
            return error;
        }

        address = returned;
        return Result.Success();
    }

    [LibraryImport(Libc, EntryPoint = "mmap")]
    private static partial nint MmapNative(
        void* wanted, nuint length, int protection, int mapping, int descriptor, long offset);
}
