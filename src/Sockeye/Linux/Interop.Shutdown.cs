using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>shutdown(2): ends one or both directions, for every descriptor of the socket.</summary>
    internal static Result Shutdown(int socket, ShutdownHow how) => Result.FromReturn(ShutdownNative(socket, (int)how));

    [LibraryImport(Libc, EntryPoint = "shutdown")]
    private static partial int ShutdownNative(int socket, int how);
}
