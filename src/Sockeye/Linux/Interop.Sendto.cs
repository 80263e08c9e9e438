using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>sendto(2): sends one datagram; always MSG_NOSIGNAL.</summary>
    internal static Result Sendto(
        int socket, ReadOnlySpan<byte> data, in SocketAddress peer, MessageFlags flags = MessageFlags.None)
    {
        int all = (int)(flags | MessageFlags.NoSignal);
        ReadOnlySpan<byte> address = peer.Bytes;

        // SAFETY: data and address are pinned for the call, and the kernel gets their true lengths.
        fixed (byte* pointer = data, name = address)
        {
            Result result;
            do
            {
                result = Result.FromReturn(
                    SendtoNative(socket, pointer, (nuint)data.Length, all, name, (uint)address.Length));
            }
            while (result.IsInterrupted);

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "sendto")]
    private static partial nint SendtoNative(
        int socket, byte* data, nuint length, int flags, byte* address, uint addressLength);
}
