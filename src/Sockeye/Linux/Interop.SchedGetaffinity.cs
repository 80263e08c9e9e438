using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>sched_getaffinity(2): the CPUs a thread may run on; EINVAL when the span is too short.</summary>
    internal static Result SchedGetaffinity(int thread, Span<ulong> processors)
    {
        processors.Clear();

        // SAFETY: processors is pinned for the call, and the kernel gets its true length.
        fixed (ulong* pointer = processors)
        {
            nuint bytes = (nuint)processors.Length * sizeof(ulong);
            return Result.FromReturn(SchedGetaffinityNative(thread, bytes, pointer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "sched_getaffinity")]
    private static partial int SchedGetaffinityNative(int thread, nuint bytes, ulong* processors);
}
