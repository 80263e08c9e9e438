namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>io_uring_setup(2): a ring's descriptor; EPERM or ENOSYS where it is not allowed.</summary>
    internal static Result IoUringSetup(uint entries, ref IoUringParameters parameters)
    {
        // SAFETY: the struct is pinned for the call and has the kernel's 120 bytes.
        fixed (IoUringParameters* pointer = &parameters)
        {
            return Result.FromReturn(SyscallNative(NumberOfIoUringSetup, (nint)entries, (nint)pointer));
        }
    }
}
