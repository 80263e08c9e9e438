namespace Sockeye.Linux;

/// <summary>Paths of Unix sockets, which outlive the program that bound them.</summary>
internal static class UnixPaths
{
    /// <summary>Removes the socket file that a program left behind when it was killed. A live one is left alone, and so
    /// is anything that is not a socket: the bind then says that the path is taken.</summary>
    public static void RemoveIfDead(Endpoint endpoint, in SocketAddress address, SocketKind kind)
    {
        if (endpoint.Path is not ['/', ..] || Interop.IsSocket(endpoint.Path) is not { Ok: true, Value: 1 })
        {
            return;
        }

        Result socket = Interop.Socket(SocketFamily.Unix, kind | SocketKind.NonBlocking);
        if (socket.Ok)
        {
            // unix(7): ECONNREFUSED, "the socket file exists but there is no process listening".
            bool dead = Interop.Connect(socket.Value, address).Error == Errno.ECONNREFUSED;
            Interop.Close(socket.Value);
            if (dead)
            {
                Interop.Unlink(endpoint.Path);
            }
        }
    }
}
