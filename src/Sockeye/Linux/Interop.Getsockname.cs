using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getsockname(2): the address of our side.</summary>
    internal static Result Getsockname(int socket, out SocketAddress address)
    {
        address = default;
        uint length = SocketAddress.BytesMax;

        // SAFETY: the storage is pinned for the call, and the length handed in is exactly its size.
        fixed (byte* pointer = &address.Buffer())
        {
            Result result = Result.FromReturn(GetsocknameNative(socket, pointer, &length));
            if (result.Ok)
            {
                address.SetLength(length);
            }

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "getsockname")]
    private static partial int GetsocknameNative(int socket, byte* address, uint* length);
}
