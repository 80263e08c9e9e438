using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>bind(2): gives the socket its own address.</summary>
    internal static Result Bind(int socket, in SocketAddress address)
    {
        // SAFETY: address.Bytes is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = address.Bytes)
        {
            return Result.FromReturn(BindNative(socket, pointer, (uint)address.Length));
        }
    }

    [LibraryImport(Libc, EntryPoint = "bind")]
    private static partial int BindNative(int socket, byte* address, uint length);
}
