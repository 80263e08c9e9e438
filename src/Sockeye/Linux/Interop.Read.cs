using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>read(2): from any descriptor; zero is the end.</summary>
    internal static Result Read(int descriptor, Span<byte> buffer)
    {
        // SAFETY: buffer is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = buffer)
        {
            Result result;
            do
            {
                result = Result.FromReturn(ReadNative(descriptor, pointer, (nuint)buffer.Length));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "read")]
    private static partial nint ReadNative(int descriptor, byte* buffer, nuint length);
}
