using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>sched_setaffinity(2): the CPUs a thread may run on, a bit each; thread 0 is this one.</summary>
    internal static Result SchedSetaffinity(int thread, ReadOnlySpan<ulong> processors)
    {
        // SAFETY: processors is pinned for the call, and the kernel gets its true length.
        fixed (ulong* pointer = processors)
        {
            nuint bytes = (nuint)processors.Length * sizeof(ulong);
            return Result.FromReturn(SchedSetaffinityNative(thread, bytes, pointer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "sched_setaffinity")]
    private static partial int SchedSetaffinityNative(int thread, nuint bytes, ulong* processors);
}
