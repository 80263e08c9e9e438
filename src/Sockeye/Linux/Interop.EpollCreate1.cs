using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>epoll_create1(2): a new epoll instance; close-on-exec always.</summary>
    internal static Result EpollCreate1() => Result.FromReturn(EpollCreate1Native((int)FileFlags.CloseOnExec));

    [LibraryImport(Libc, EntryPoint = "epoll_create1")]
    private static partial int EpollCreate1Native(int flags);
}
