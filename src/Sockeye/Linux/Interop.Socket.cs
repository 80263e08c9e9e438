using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>socket(2): a new descriptor; close-on-exec always, so that child processes never inherit it.</summary>
    internal static Result Socket(SocketFamily family, SocketKind kind, int protocol = 0) =>
        Result.FromReturn(SocketNative((int)family, (int)(kind | SocketKind.CloseOnExec), protocol));

    [LibraryImport(Libc, EntryPoint = "socket")]
    private static partial int SocketNative(int family, int kind, int protocol);
}
