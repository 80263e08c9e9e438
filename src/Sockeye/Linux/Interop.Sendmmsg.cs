using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>sendmmsg(2): sends messages [start, start + count): how many left; fails if the first did.</summary>
    internal static Result Sendmmsg(
        int socket, OutgoingMessages messages, int start, int count, MessageFlags flags = MessageFlags.None)
    {
        MessageHeader* first = messages.PrepareToSend(start, count);
        int all = (int)(flags | MessageFlags.NoSignal);

        // SAFETY: the arrays and the block never move, PrepareToSend checked the range, and KeepAlive holds them to the
        // end.
        Result result;
        do
        {
            result = Result.FromReturn(SendmmsgNative(socket, first, (uint)count, all));
        }
        while (result.IsInterrupted);

        GC.KeepAlive(messages);
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "sendmmsg")]
    private static partial int SendmmsgNative(int socket, MessageHeader* headers, uint count, int flags);
}
