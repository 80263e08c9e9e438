using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>poll(2): how many are ready; −1 ms waits for ever, and EINTR is returned, not retried.</summary>
    internal static Result Poll(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        // SAFETY: entries is pinned for the call, and the kernel gets its true length.
        fixed (PollEntry* pointer = entries)
        {
            return Result.FromReturn(PollNative(pointer, (nuint)entries.Length, timeoutMilliseconds));
        }
    }

    [LibraryImport(Libc, EntryPoint = "poll")]
    private static partial int PollNative(PollEntry* entries, nuint count, int timeout);
}
