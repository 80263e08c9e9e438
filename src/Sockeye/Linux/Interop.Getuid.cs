using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getuid(2): the user who started the process. Cannot fail.</summary>
    internal static uint Getuid() => GetuidNative();

    [LibraryImport(Libc, EntryPoint = "getuid")]
    private static partial uint GetuidNative();
}
