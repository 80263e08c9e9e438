using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>connect(2): after EINPROGRESS, wait until the socket is writable, then read SO_ERROR.</summary>
    internal static Result Connect(int socket, in SocketAddress address)
    {
        Result result;

        // SAFETY: address.Bytes is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = address.Bytes)
        {
            result = Result.FromReturn(ConnectNative(socket, pointer, (uint)address.Length));
        }

        // POSIX connect(): after EINTR "the connection shall be established asynchronously"; a second call would only
        // say EALREADY. So an interrupted call is waited out, and its outcome read from the socket.
        return result.IsInterrupted ? WaitConnected(socket) : result;
    }

    private static Result WaitConnected(int socket)
    {
        Result ready;
        do
        {
            Span<PollEntry> entry = [new PollEntry(socket, PollFlags.Writable)];
            ready = Poll(entry, timeoutMilliseconds: -1);
        }
        while (ready.IsInterrupted);

        if (!ready.Ok)
        {
            return ready;
        }

        Result read = Getsockopt(socket, SocketOption.Error, out int error);
        return !read.Ok || error == 0 ? read : Result.Failure((Errno)error);
    }

    [LibraryImport(Libc, EntryPoint = "connect")]
    private static partial int ConnectNative(int socket, byte* address, uint length);
}
