using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>accept4(2): the next connection and its peer; close-on-exec always.</summary>
    internal static Result Accept4(int listener, out SocketAddress peer, SocketKind flags = SocketKind.NonBlocking)
    {
        peer = default;
        uint length;

        // SAFETY: the storage is pinned for the call, and the length handed in is exactly its size.
        fixed (byte* pointer = &peer.Buffer())
        {
            Result result;
            do
            {
                length = SocketAddress.BytesMax;
                int returned = Accept4Native(listener, pointer, &length, (int)(flags | SocketKind.CloseOnExec));
                result = Result.FromReturn(returned);
            }
            while (result.IsInterrupted);

            if (result.Ok)
            {
                peer.SetLength(length);
            }

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "accept4")]
    private static partial int Accept4Native(int listener, byte* address, uint* length, int flags);
}
