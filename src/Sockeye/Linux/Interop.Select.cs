using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>
    /// select(2): how many descriptors below the limit are ready; leaves only those in the sets. −1 ms waits for ever,
    /// and EINTR is returned, not retried; the sets are undefined after an error.
    /// </summary>
    internal static Result Select(
        int limit,
        ref DescriptorSet readable,
        ref DescriptorSet writable,
        ref DescriptorSet exceptional,
        int timeoutMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, DescriptorSet.DescriptorsMax);
        NativeTime timeout = NativeTime.Microseconds(timeoutMilliseconds);

        // SAFETY: the sets are pinned for the call and have the 1,024 bits of fd_set, and the limit was checked above.
        // The timeout is a local, which Linux overwrites with the time left.
        fixed (DescriptorSet* read = &readable, write = &writable, except = &exceptional)
        {
            NativeTime* time = timeoutMilliseconds < 0 ? null : &timeout;
            return Result.FromReturn(SelectNative(limit, read, write, except, time));
        }
    }

    [LibraryImport(Libc, EntryPoint = "select")]
    private static partial int SelectNative(
        int limit, DescriptorSet* readable, DescriptorSet* writable, DescriptorSet* exceptional, NativeTime* timeout);
}
