using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>listen(2): accepts from now on; the kernel caps the backlog at net.core.somaxconn.</summary>
    internal static Result Listen(int socket, int backlog) => Result.FromReturn(ListenNative(socket, backlog));

    [LibraryImport(Libc, EntryPoint = "listen")]
    private static partial int ListenNative(int socket, int backlog);
}
