using System.Runtime.InteropServices;

namespace Sockeye.Linux;

internal static unsafe partial class Interop
{
    /// <summary>setsockopt(2): a number, at level Socket.</summary>
    internal static Result Setsockopt(int socket, SocketOption option, int value) =>
        Setsockopt(socket, SocketLevel.Socket, (int)option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>setsockopt(2): a number, at level Tcp.</summary>
    internal static Result Setsockopt(int socket, TcpOption option, int value) =>
        Setsockopt(socket, SocketLevel.Tcp, (int)option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>setsockopt(2): a number, at level Ip.</summary>
    internal static Result Setsockopt(int socket, IpOption option, int value) =>
        Setsockopt(socket, SocketLevel.Ip, (int)option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>setsockopt(2): a number, at level Ipv6.</summary>
    internal static Result Setsockopt(int socket, Ipv6Option option, int value) =>
        Setsockopt(socket, SocketLevel.Ipv6, (int)option, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>setsockopt(2): raw bytes.</summary>
    internal static Result Setsockopt(int socket, SocketLevel level, int option, ReadOnlySpan<byte> value)
    {
        // SAFETY: value is pinned for the call, and the kernel gets its true length.
        fixed (byte* pointer = value)
        {
            int returned = SetsockoptNative(socket, (int)level, option, pointer, (uint)value.Length);
            return Result.FromReturn(returned);
        }
    }

    /// <summary>setsockopt(2): one of the structs of Structs.cs, such as <see cref="LingerOption"/>.</summary>
    internal static Result Setsockopt<T>(int socket, SocketLevel level, int option, in T value)
        where T : unmanaged =>
        Setsockopt(socket, level, option, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    [LibraryImport(Libc, EntryPoint = "setsockopt")]
    private static partial int SetsockoptNative(int socket, int level, int option, byte* value, uint length);
}
