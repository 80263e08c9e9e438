using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    // Calls that libc does not wrap everywhere. Numbers: x86-64 first, then the table arm64 shares with newer machines.
    private static nint NumberOfGettid => IsX64 ? 186 : 178;

    private static nint NumberOfTgkill => IsX64 ? 234 : 131;

    // One table for every machine since Linux 5.1.
    private const nint NumberOfIoUringSetup = 425;
    private const nint NumberOfIoUringEnter = 426;
    private const nint NumberOfIoUringRegister = 427;
    private const nint NumberOfOpenat2 = 437;

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way.
    [LibraryImport(Libc, EntryPoint = "syscall")]
    private static partial nint SyscallNative(
        nint number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0, nint sixth = 0);
}
