using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>
    /// recvmmsg(2): fills slots of the batch from the first, returns how many; a blocking socket waits for one only.
    /// </summary>
    internal static Result Recvmmsg(int socket, MessageBatch batch, MessageFlags flags = MessageFlags.WaitForOne)
    {
        batch.PrepareToReceive();

        // SAFETY: the batch's arrays never move, its headers point into them with their true lengths, and KeepAlive
        // holds them until the call is over. No timeout is passed: recvmmsg(2), BUGS: "The timeout is checked only
        // after the receipt of each datagram".
        Result result;
        do
        {
            result = Result.FromReturn(RecvmmsgNative(socket, batch.Headers, (uint)batch.Capacity, (int)flags, null));
        }
        while (result.IsInterrupted);

        batch.Received(result.Ok ? result.Value : 0);
        GC.KeepAlive(batch);
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "recvmmsg")]
    private static partial int RecvmmsgNative(
        int socket, MessageHeader* headers, uint count, int flags, NativeTime* timeout);
}
