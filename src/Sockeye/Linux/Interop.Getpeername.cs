using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getpeername(2): the address of the other side.</summary>
    internal static Result Getpeername(int socket, out SocketAddress address)
    {
        address = default;
        uint length = SocketAddress.BytesMax;

        // SAFETY: the storage is pinned for the call, and the length handed in is exactly its size.
        fixed (byte* pointer = &address.Buffer())
        {
            Result result = Result.FromReturn(GetpeernameNative(socket, pointer, &length));
            if (result.Ok)
            {
                address.SetLength(length);
            }

            return result;
        }
    }

    [LibraryImport(Libc, EntryPoint = "getpeername")]
    private static partial int GetpeernameNative(int socket, byte* address, uint* length);
}
