namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    private const nint ThisThread = 0;
    private const nint AnyProcessor = -1;
    private const nint NoGroup = -1;
    private const nint PerfEventCloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC

    private static nint NumberOfPerfEventOpen => IsX64 ? 298 : 241;

    /// <summary>perf_event_open(2): a counter of the calling thread, on whatever processor it runs.</summary>
    internal static Result PerfEventOpen(PerfEventSetting setting)
    {
        // SAFETY: the struct is on this stack, says its own size, and the kernel only reads it during the call.
        return Result.FromReturn(SyscallNative(
            NumberOfPerfEventOpen, (nint)(&setting), ThisThread, AnyProcessor, NoGroup, PerfEventCloseOnExec));
    }
}
