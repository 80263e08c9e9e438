namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>gettid(2): the kernel's number of the calling thread.</summary>
    internal static int Gettid() => (int)SyscallNative(NumberOfGettid);
}
