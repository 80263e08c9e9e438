using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>geteuid(2): the user whose rights the process has; zero is root. Cannot fail.</summary>
    internal static uint Geteuid() => GeteuidNative();

    [LibraryImport(Libc, EntryPoint = "geteuid")]
    private static partial uint GeteuidNative();
}
