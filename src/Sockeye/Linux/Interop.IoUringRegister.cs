namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>io_uring_register(2): registers buffers, files or a buffer ring, as the operation says.</summary>
    internal static Result IoUringRegister(int ring, uint operation, nint argument, uint count) =>
        Result.FromReturn(SyscallNative(NumberOfIoUringRegister, ring, (nint)operation, argument, (nint)count));
}
