using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>sendfile(2): how many bytes of the file, from the offset on, the socket took; zero at the file's end.
    /// It has no MSG_NOSIGNAL: the runtime ignores SIGPIPE, so a closed peer is EPIPE.</summary>
    internal static Result Sendfile(int socket, int file, long offset, int count)
    {
        Result result;
        do
        {
            // SAFETY: the offset is a local, and the kernel uses its eight bytes during the call only.
            long from = offset;
            result = Result.FromReturn(SendfileNative(socket, file, &from, (nuint)count));
        }
        while (result.IsInterrupted);

        return result;
    }

    // off_t has 64 bits on every 64-bit Linux.
    [LibraryImport(Libc, EntryPoint = "sendfile")]
    private static partial nint SendfileNative(int socket, int file, long* offset, nuint count);
}
