using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>send(2): how many bytes the kernel took; always MSG_NOSIGNAL, so a closed peer is EPIPE.</summary>
    internal static Result Send(int socket, ReadOnlySpan<byte> buffer, MessageFlags flags = MessageFlags.None)
    {
        int all = (int)(flags | MessageFlags.NoSignal);

        // SAFETY: buffer is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = buffer)
        {
            Result result;
            do
            {
                result = Result.FromReturn(SendNative(socket, pointer, (nuint)buffer.Length, all));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "send")]
    private static partial nint SendNative(int socket, byte* buffer, nuint length, int flags);
}
