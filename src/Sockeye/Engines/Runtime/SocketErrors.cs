using System.Net.Sockets;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>.NET's names for errors, which are those of Windows, as errno(3): one text for each cause.</summary>
internal static class SocketErrors
{
    /// <summary>The errno that it stands for. .NET makes one of ENOENT and EADDRNOTAVAIL, and a Unix path can only be
    /// missing; what it has no code for at all is EIO here, except on a path, where it is ENOTDIR.</summary>
    public static Errno ToErrno(SocketError error, bool isUnixPath) => error switch
    {
        SocketError.AccessDenied => Errno.EACCES,
        SocketError.AddressAlreadyInUse => Errno.EADDRINUSE,
        SocketError.AddressNotAvailable => isUnixPath ? Errno.ENOENT : Errno.EADDRNOTAVAIL,
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => Errno.EAFNOSUPPORT,
        SocketError.ProtocolNotSupported or SocketError.SocketNotSupported => Errno.EPROTONOSUPPORT,
        SocketError.OperationNotSupported => Errno.EOPNOTSUPP,
        SocketError.ProtocolOption => Errno.ENOPROTOOPT,
        SocketError.ConnectionRefused => Errno.ECONNREFUSED,
        SocketError.ConnectionReset => Errno.ECONNRESET,
        SocketError.ConnectionAborted => Errno.ECONNABORTED,
        SocketError.Shutdown => Errno.EPIPE,
        SocketError.HostDown => Errno.EHOSTDOWN,
        SocketError.HostUnreachable => Errno.EHOSTUNREACH,
        SocketError.NetworkDown => Errno.ENETDOWN,
        SocketError.NetworkUnreachable => Errno.ENETUNREACH,
        SocketError.NetworkReset => Errno.ENETRESET,
        SocketError.TimedOut => Errno.ETIMEDOUT,
        SocketError.TooManyOpenSockets => Errno.EMFILE,
        SocketError.NoBufferSpaceAvailable => Errno.ENOBUFS,
        SocketError.MessageSize => Errno.EMSGSIZE,
        SocketError.InvalidArgument => Errno.EINVAL,
        SocketError.IsConnected => Errno.EISCONN,
        SocketError.NotConnected => Errno.ENOTCONN,
        SocketError.OperationAborted => Errno.ECANCELED,
        _ => isUnixPath ? Errno.ENOTDIR : Errno.EIO,
    };
}
