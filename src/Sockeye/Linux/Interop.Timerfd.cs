using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const int ClockMonotonic = 1; // CLOCK_MONOTONIC, clock_gettime(2)

    /// <summary>timerfd_create(2): a timer of the monotonic clock that becomes readable when it expires; non-blocking
    /// and close-on-exec always.</summary>
    internal static Result TimerfdCreate() =>
        Result.FromReturn(TimerfdCreateNative(ClockMonotonic, (int)(EventFlags.NonBlocking | EventFlags.CloseOnExec)));

    /// <summary>timerfd_settime(2): expires once after so many nanoseconds, and is not readable until then; 0 never
    /// does.</summary>
    internal static Result TimerfdSettime(int descriptor, long nanoseconds)
    {
        var value = new TimerSetting(nanoseconds);

        // SAFETY: the struct is a local, and the kernel only reads it during the call; null asks for no old value.
        return Result.FromReturn(TimerfdSettimeNative(descriptor, 0, &value, null));
    }

    [LibraryImport(Libc, EntryPoint = "timerfd_create")]
    private static partial int TimerfdCreateNative(int clock, int flags);

    [LibraryImport(Libc, EntryPoint = "timerfd_settime")]
    private static partial int TimerfdSettimeNative(
        int descriptor, int flags, TimerSetting* value, TimerSetting* old);
}
