using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>epoll_ctl(2): adds, changes or removes a descriptor; data comes back with each of its events.</summary>
    internal static Result EpollCtl(
        int epoll, EpollOperation operation, int descriptor, EpollFlags events = EpollFlags.None, ulong data = 0)
    {
        // SAFETY: sixteen bytes hold the event in either layout; the kernel reads twelve or sixteen during the call.
        byte* entry = stackalloc byte[EpollEvents.EntryBytesMax];
        EpollEvents.Write(new Span<byte>(entry, EpollEvents.EntryBytesMax), events, data);
        return Result.FromReturn(EpollCtlNative(epoll, (int)operation, descriptor, entry));
    }

    [LibraryImport(Libc, EntryPoint = "epoll_ctl")]
    private static partial int EpollCtlNative(int epoll, int operation, int descriptor, byte* entry);
}
