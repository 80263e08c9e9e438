namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>io_uring_enter(2), without an argument.</summary>
    internal static Result IoUringEnter(int ring, uint submit, uint complete, uint flags) =>
        IoUringEnter(ring, submit, complete, flags, 0, 0);

    /// <summary>
    /// io_uring_enter(2): submits and waits; how many entries were taken. EINTR is returned, not retried. The argument
    /// is a signal set or, with IORING_ENTER_EXT_ARG, an io_uring_getevents_arg, or zero.
    /// </summary>
    internal static Result IoUringEnter(
        int ring, uint submit, uint complete, uint flags, nint argument, nuint argumentBytes) =>
        Result.FromReturn(SyscallNative(
            NumberOfIoUringEnter,
            ring,
            (nint)submit,
            (nint)complete,
            (nint)flags,
            argument,
            (nint)argumentBytes));
}
