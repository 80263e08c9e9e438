using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>fcntl(2): the commands that take no argument or a number.</summary>
    internal static Result Fcntl(int descriptor, FcntlCommand command, int argument = 0) =>
        Result.FromReturn(FcntlNative(descriptor, (int)command, argument));

    /// <summary>fcntl(2), F_SETFL: replaces the flags that can change, such as O_NONBLOCK and O_ASYNC.</summary>
    internal static Result Fcntl(int descriptor, FileFlags flags) =>
        Fcntl(descriptor, FcntlCommand.SetFlags, (int)flags);

    /// <summary>fcntl(2), F_SETOWN_EX: who receives the descriptor's signals.</summary>
    internal static Result Fcntl(int descriptor, SignalOwner owner) =>
        // SAFETY: the struct is a local, and the kernel only reads its eight bytes during the call.
        Result.FromReturn(FcntlNative(descriptor, (int)FcntlCommand.SetOwner, (nint)(&owner)));

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way.
    [LibraryImport(Libc, EntryPoint = "fcntl")]
    private static partial int FcntlNative(int descriptor, int command, nint argument);
}
