using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>getsockopt(2): a number, at level Socket.</summary>
    internal static Result Getsockopt(int socket, SocketOption option, out int value) =>
        GetsockoptNumber(socket, SocketLevel.Socket, (int)option, out value);

    /// <summary>getsockopt(2): a number, at level Tcp.</summary>
    internal static Result Getsockopt(int socket, TcpOption option, out int value) =>
        GetsockoptNumber(socket, SocketLevel.Tcp, (int)option, out value);

    /// <summary>getsockopt(2): a number, at level Ip.</summary>
    internal static Result Getsockopt(int socket, IpOption option, out int value) =>
        GetsockoptNumber(socket, SocketLevel.Ip, (int)option, out value);

    /// <summary>getsockopt(2): a number, at level Ipv6.</summary>
    internal static Result Getsockopt(int socket, Ipv6Option option, out int value) =>
        GetsockoptNumber(socket, SocketLevel.Ipv6, (int)option, out value);

    /// <summary>getsockopt(2): raw bytes; returns how many were written: TCP_INFO grows with the kernel.</summary>
    internal static Result Getsockopt(int socket, SocketLevel level, int option, Span<byte> value)
    {
        uint length = (uint)value.Length;

        // SAFETY: value is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = value)
        {
            Result result = Result.FromReturn(GetsockoptNative(socket, (int)level, option, pointer, &length));
            return result.Ok ? Result.Success((int)length) : result;
        }
    }

    private static Result GetsockoptNumber(int socket, SocketLevel level, int option, out int value)
    {
        // The kernel may write fewer than four bytes (IP_MULTICAST_TTL into a short buffer); the rest stays zero.
        value = 0;
        return Getsockopt(socket, level, option, MemoryMarshal.AsBytes(new Span<int>(ref value)));
    }

    [LibraryImport(Libc, EntryPoint = "getsockopt")]
    private static partial int GetsockoptNative(int socket, int level, int option, byte* value, uint* length);
}
