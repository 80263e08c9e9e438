using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>munmap(2): ends a mapping; no pointer into it may be used after.</summary>
    internal static Result Munmap(nint address, nuint length) => Result.FromReturn(MunmapNative(address, length));

    [LibraryImport(Libc, EntryPoint = "munmap")]
    private static partial int MunmapNative(nint address, nuint length);
}
