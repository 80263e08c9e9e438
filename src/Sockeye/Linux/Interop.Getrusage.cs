using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getrusage(2): CPU time and context switches of this thread or process.</summary>
    internal static Result Getrusage(UsageOf who, out ResourceUsage usage)
    {
        usage = default;

        // SAFETY: the struct is pinned for the call and has the kernel's 144 bytes. musl's own struct reserves more,
        // but only the kernel writes.
        fixed (ResourceUsage* pointer = &usage)
        {
            return Result.FromReturn(GetrusageNative((int)who, pointer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "getrusage")]
    private static partial int GetrusageNative(int who, ResourceUsage* usage);
}
