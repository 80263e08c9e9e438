namespace Sockeye.Linux;

/// <summary>Turns an errno into an exception that says in one sentence what happened and what to do.</summary>
internal static class Failures
{
    public static NetworkException Of(NetworkOperation operation, Endpoint? endpoint, Errno errno)
    {
        (NetworkError error, string reason) = Explain(operation, endpoint, errno);
        string doing = operation switch
        {
            NetworkOperation.Listen => $"Cannot listen on {endpoint}",
            NetworkOperation.Bind => $"Cannot bind {endpoint}",
            NetworkOperation.Connect => $"Cannot connect to {endpoint}",
            NetworkOperation.Send => $"Cannot send to {endpoint}",
            NetworkOperation.Configure => $"Cannot configure the socket of {endpoint}",
            NetworkOperation.Open => "Cannot open the network",
            _ => $"{operation} failed",
        };
        return new NetworkException(operation, endpoint, error, $"{doing}: {reason}.") { SystemError = (int)errno };
    }

    private static (NetworkError Error, string Reason) Explain(
        NetworkOperation operation, Endpoint? endpoint, Errno errno) => errno switch
    {
        Errno.EADDRINUSE when endpoint is not null && Addresses.IsUnix(endpoint)
            && Interop.IsSocket(endpoint.Path) is { Ok: true, Value: 0 } =>
            (NetworkError.AddressInUse, "what is at that path is not a socket; choose another path"),
        Errno.EADDRINUSE when endpoint is not null && Addresses.IsUnix(endpoint) =>
            (NetworkError.AddressInUse, "another program listens on that path; choose another, or stop it"),
        Errno.EADDRINUSE => (NetworkError.AddressInUse,
            $"the port is taken; choose another, or find who has it with 'ss -lntup sport = :{endpoint?.Port}'"),
        Errno.EADDRNOTAVAIL => (NetworkError.AddressNotAvailable,
            "the address is not one of this machine's; 'ip address' lists those that are"),
        Errno.EACCES or Errno.EPERM
            when endpoint is { Port: > 0 and < 1024 } && operation is not NetworkOperation.Connect =>
            (NetworkError.PermissionDenied,
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose a higher port, or run as root"),
        Errno.EACCES or Errno.EPERM => (NetworkError.PermissionDenied, $"permission is missing ({errno})"),
        Errno.ECONNREFUSED when endpoint is not null && Addresses.IsUnix(endpoint) && endpoint.Path is ['/', ..]
            && Interop.IsSocket(endpoint.Path) is { Ok: true, Value: 0 } =>
            (NetworkError.Refused, "what is at that path is not a socket; check the path"),
        Errno.ECONNREFUSED when endpoint is not null && Addresses.IsUnix(endpoint) => (NetworkError.Refused,
            $"nobody listens there (ECONNREFUSED); start the server, or check the {NameOf(endpoint)}"),
        Errno.ECONNREFUSED => (NetworkError.Refused,
            "nobody listens there (ECONNREFUSED); start the server, or check the port"),
        Errno.ENOENT when operation == NetworkOperation.Connect =>
            (NetworkError.Refused, "there is no socket at that path (ENOENT); start the server, or check the path"),
        Errno.ENOENT or Errno.ENOTDIR => (NetworkError.BadEndpoint, "the directory does not exist; make it first"),
        Errno.ENETUNREACH or Errno.EHOSTUNREACH or Errno.ENETDOWN or Errno.EHOSTDOWN =>
            (NetworkError.Unreachable, $"there is no route to it ({errno}); check 'ip route get' with the address"),
        Errno.ETIMEDOUT => (NetworkError.TimedOut, "it did not answer in time (ETIMEDOUT)"),
        Errno.ECONNRESET or Errno.ECONNABORTED or Errno.EPIPE =>
            (NetworkError.Reset, $"the peer ended the connection ({errno})"),
        Errno.EMFILE or Errno.ENFILE => (NetworkError.LimitReached,
            $"too many descriptors are open ({errno}); raise the limit with 'ulimit -n'"),
        Errno.ERANGE => (NetworkError.LimitReached, errno.Explain()),
        Errno.ENOBUFS or Errno.ENOMEM => (NetworkError.LimitReached, $"the kernel is out of memory for it ({errno})"),
        Errno.EMSGSIZE => (NetworkError.MessageTooLong, "the datagram is too long (EMSGSIZE); send less"),
        Errno.ENAMETOOLONG => (NetworkError.BadEndpoint,
            "the path is longer than the 107 bytes of a Unix socket's (unix(7)); choose a shorter one"),
        Errno.EAFNOSUPPORT or Errno.EPROTONOSUPPORT or Errno.EOPNOTSUPP =>
            (NetworkError.NotSupported, $"this kernel does not support it ({errno})"),
        Errno.ENODEV => (NetworkError.BadEndpoint, "there is no such interface; 'ip link' lists those that there are"),
        _ => (NetworkError.Other, errno.Explain().TrimEnd('.')),
    };

    private static string NameOf(Endpoint unix) => unix.Path is ['@', ..] ? "name" : "path";
}
