using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>recvmmsg(2): fills messages from the first, returns how many. The socket must not block.</summary>
    internal static Result Recvmmsg(int socket, IncomingMessages messages)
    {
        messages.PrepareToReceive();

        // SAFETY: the arrays and the block never move, the headers point into them with their true lengths, and
        // KeepAlive holds them until the call is over. No timeout is passed: recvmmsg(2), BUGS: "The timeout is checked
        // only after the receipt of each datagram".
        Result result;
        do
        {
            result = Result.FromReturn(RecvmmsgNative(socket, messages.Headers, (uint)messages.Capacity, 0, null));
        }
        while (result.IsInterrupted);

        messages.Received(result.Ok ? result.Value : 0);
        GC.KeepAlive(messages);
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "recvmmsg")]
    private static partial int RecvmmsgNative(
        int socket, MessageHeader* headers, uint count, int flags, NativeTime* timeout);
}
