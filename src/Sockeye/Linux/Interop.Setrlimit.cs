using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>setrlimit(2): changes the limits; raising the hard one needs CAP_SYS_RESOURCE.</summary>
    internal static Result Setrlimit(Resource resource, ResourceLimit limit) =>
        // SAFETY: the struct is a local, and the kernel only reads it during the call.
        Result.FromReturn(SetrlimitNative((int)resource, &limit));

    [LibraryImport(Libc, EntryPoint = "setrlimit")]
    private static partial int SetrlimitNative(int resource, ResourceLimit* limit);
}
