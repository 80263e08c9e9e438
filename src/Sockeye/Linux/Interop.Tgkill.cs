namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>tgkill(2): sends a signal to one thread of a process.</summary>
    internal static Result Tgkill(int process, int thread, int signal) =>
        Result.FromReturn(SyscallNative(NumberOfTgkill, process, thread, signal));
}
