using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>write(2): to any descriptor but a socket, for which <see cref="Send"/> avoids SIGPIPE.</summary>
    internal static Result Write(int descriptor, ReadOnlySpan<byte> buffer)
    {
        // SAFETY: buffer is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = buffer)
        {
            Result result;
            do
            {
                result = Result.FromReturn(WriteNative(descriptor, pointer, (nuint)buffer.Length));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "write")]
    private static partial nint WriteNative(int descriptor, byte* buffer, nuint length);
}
