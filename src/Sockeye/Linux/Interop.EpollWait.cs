using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>epoll_wait(2): how many events; −1 ms waits for ever, and EINTR is returned, not retried.</summary>
    internal static Result EpollWait(int epoll, EpollEvents events, int timeoutMilliseconds)
    {
        // SAFETY: the array is pinned for its life and holds Capacity entries; KeepAlive holds it through the call.
        Result result = Result.FromReturn(
            EpollWaitNative(epoll, events.Pointer, events.Capacity, timeoutMilliseconds));
        GC.KeepAlive(events);
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "epoll_wait")]
    private static partial int EpollWaitNative(int epoll, byte* events, int capacity, int timeout);
}
