using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>
    /// sigtimedwait(2): takes one waiting signal of the set, which this thread must have blocked; its number is the
    /// value. −1 ms waits for ever; EAGAIN when the time is over; EINTR is returned, not retried.
    /// </summary>
    internal static Result Sigtimedwait(in SignalSet signals, out SignalInfo info, int timeoutMilliseconds)
    {
        info = default;
        NativeTime timeout = NativeTime.Nanoseconds(timeoutMilliseconds);

        // SAFETY: set and info are pinned for the call and have libc's 128 bytes each; the timeout is a local.
        fixed (SignalSet* set = &signals)
        fixed (SignalInfo* filled = &info)
        {
            NativeTime* time = timeoutMilliseconds < 0 ? null : &timeout;
            return Result.FromReturn(SigtimedwaitNative(set, filled, time));
        }
    }

    [LibraryImport(Libc, EntryPoint = "sigtimedwait")]
    private static partial int SigtimedwaitNative(SignalSet* signals, SignalInfo* info, NativeTime* timeout);
}
