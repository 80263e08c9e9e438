using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>prctl(2): the operations that take a number, such as the signal to get when the parent dies.</summary>
    internal static Result Prctl(ProcessOption option, nint argument) =>
        Result.FromReturn(PrctlNative((int)option, argument, 0, 0, 0));

    /// <summary>prctl(2), PR_SET_NAME: names the calling thread; the kernel keeps fifteen bytes.</summary>
    internal static Result PrctlSetName(ReadOnlySpan<char> name)
    {
        byte[] text = TerminatedUtf8(name);

        // SAFETY: the text is pinned for the call, and its last byte is null.
        fixed (byte* pointer = text)
        {
            return Prctl(ProcessOption.SetName, (nint)pointer);
        }
    }

    // Variadic in C. On x86-64 and arm64 Linux integers travel in the same registers either way.
    [LibraryImport(Libc, EntryPoint = "prctl")]
    private static partial int PrctlNative(int option, nint second, nint third, nint fourth, nint fifth);
}
