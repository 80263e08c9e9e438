using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>recv(2): receives into the buffer; zero is the end of the stream.</summary>
    internal static Result Recv(int socket, Span<byte> buffer, MessageFlags flags = MessageFlags.None)
    {
        // SAFETY: buffer is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = buffer)
        {
            Result result;
            do
            {
                result = Result.FromReturn(RecvNative(socket, pointer, (nuint)buffer.Length, (int)flags));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "recv")]
    private static partial nint RecvNative(int socket, byte* buffer, nuint length, int flags);
}
