using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getrlimit(2): the soft and the hard limit of this process.</summary>
    internal static Result Getrlimit(Resource resource, out ResourceLimit limit)
    {
        limit = default;

        // SAFETY: the struct is pinned for the call and has the kernel's sixteen bytes.
        fixed (ResourceLimit* pointer = &limit)
        {
            return Result.FromReturn(GetrlimitNative((int)resource, pointer));
        }
    }

    [LibraryImport(Libc, EntryPoint = "getrlimit")]
    private static partial int GetrlimitNative(int resource, ResourceLimit* limit);
}
