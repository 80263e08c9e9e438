using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>ioctl(2): a queue's length in bytes.</summary>
    internal static Result Ioctl(int descriptor, IoctlRequest request)
    {
        int value = 0;

        // SAFETY: both requests write one int, into a local.
        Result result = Result.FromReturn(IoctlNative(descriptor, (nuint)request, &value));
        return result.Ok ? Result.Success(value) : result;
    }

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way. glibc declares the
    // request unsigned long and musl int: the low half of the register serves both.
    [LibraryImport(Libc, EntryPoint = "ioctl")]
    private static partial int IoctlNative(int descriptor, nuint request, int* value);
}
