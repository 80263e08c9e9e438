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

/// <summary>The path of a socket of ours, removed only while it is ours: another program may have taken it
/// over.</summary>
internal readonly struct BoundPath
{
    private readonly string? _path;     // Null: it has none, or an abstract name, which the kernel removes.
    private readonly ulong _inode;

    private BoundPath(string path, ulong inode)
    {
        _path = path;
        _inode = inode;
    }

    /// <summary>The path of a socket that was bound just now.</summary>
    public static BoundPath Of(Endpoint endpoint) =>
        Addresses.IsUnix(endpoint) && endpoint.Path is [not '@', ..]
        && Interop.InodeOf(endpoint.Path, out ulong inode).Ok
            ? new BoundPath(endpoint.Path, inode)
            : default;

    /// <summary>Removes it, before the socket is closed: until then nobody else can have the same inode.</summary>
    public void RemoveIfOurs()
    {
        if (_path is not null && Interop.InodeOf(_path, out ulong inode).Ok && inode == _inode)
        {
            Interop.Unlink(_path);
        }
    }
}
