using System.Net;
using System.Text;

namespace Sockeye.Linux;

/// <summary>Makes sockets and sets their options. All are non-blocking and close-on-exec.</summary>
internal static class Sockets
{
    /// <summary>A socket that listens; its address is what was asked for, or what the kernel chose.</summary>
    public static int Listen(Endpoint endpoint, ref SocketAddress address, SocketOptions options, bool sharePort)
    {
        int socket = Bound(NetworkOperation.Listen, endpoint, SocketKind.Stream, ref address, options, sharePort);

        // Accepted sockets inherit these from the listening one (tcp(7) has it for SO_RCVBUF; Linux copies them all):
        // one system call less for each connection.
        ConfigureStream(socket, address.Family, options);
        Result listening = Interop.Listen(socket, options.Backlog);
        if (!listening.Ok)
        {
            Interop.Close(socket);
            throw Failures.Of(NetworkOperation.Listen, endpoint, listening.Error);
        }

        return socket;
    }

    /// <summary>A bound datagram socket.</summary>
    public static int Bind(Endpoint endpoint, ref SocketAddress address, SocketOptions options, bool sharePort) =>
        Bound(NetworkOperation.Bind, endpoint, SocketKind.Datagram, ref address, options, sharePort);

    /// <summary>A stream socket to connect with.</summary>
    public static int ForConnect(Endpoint endpoint, SocketFamily family, SocketOptions options, Endpoint? from)
    {
        int socket = New(NetworkOperation.Connect, endpoint, family, SocketKind.Stream);
        try
        {
            Configure(NetworkOperation.Connect, endpoint, socket, family, options);
            ConfigureStream(socket, family, options);
            if (from is not null)
            {
                SocketAddress local = Addresses.Of(from, NetworkOperation.Connect);
                Check(NetworkOperation.Bind, from, Interop.Bind(socket, local));
            }
        }
        catch
        {
            Interop.Close(socket);
            throw;
        }

        return socket;
    }

    /// <summary>The options of a stream, on it or on the listening socket that it comes from. Failures are ignored: a
    /// peer may have reset it already, and then the first receive says so.</summary>
    public static void ConfigureStream(int socket, SocketFamily family, SocketOptions options)
    {
        if (family == SocketFamily.Unix)
        {
            return;
        }

        if (options.NoDelay)
        {
            Interop.Setsockopt(socket, TcpOption.NoDelay, 1);
        }

        if (options.KeepAlive > TimeSpan.Zero)
        {
            int seconds = (int)Math.Clamp(Math.Ceiling(options.KeepAlive.TotalSeconds), 1, 32_767);
            Interop.Setsockopt(socket, SocketOption.KeepAlive, 1);
            Interop.Setsockopt(socket, TcpOption.KeepAliveIdle, seconds);
            Interop.Setsockopt(socket, TcpOption.KeepAliveInterval, Math.Max(1, seconds / 4));
        }
    }

    /// <summary>Makes close(2) send a reset: SO_LINGER with zero seconds (socket(7)).</summary>
    public static void ResetOnClose(int socket) =>
        Interop.Setsockopt(socket, SocketLevel.Socket, (int)SocketOption.Linger, new LingerOption(1, 0));

    /// <summary>Whether the kernel cuts messages into datagrams for us: since Linux 4.18. Older ones would ignore the
    /// request that comes with a message, and send it whole. From 7.0 to 7.1.4 some network drivers were handed damaged
    /// datagrams, which nobody here could see (tailscale pull request 19918).</summary>
    public static bool CanSegment(int socket, SocketFamily family) => family != SocketFamily.Unix
        && (Environment.OSVersion.Version < new Version(7, 0) || Environment.OSVersion.Version >= new Version(7, 1, 5))
        && Interop.Setsockopt(socket, SocketLevel.Udp, (int)UdpOption.Segment, 0).Ok;

    /// <summary>Has the kernel join the datagrams that one peer sends one after the other (UDP_GRO): since Linux 5.0;
    /// msquic found it broken before 5.12, and could not tell by trying (its issue 546). False when it does not.
    /// </summary>
    public static bool TryJoin(int socket, SocketFamily family) => family != SocketFamily.Unix
        && Environment.OSVersion.Version >= new Version(5, 12)
        && Interop.Setsockopt(socket, SocketLevel.Udp, (int)UdpOption.Join, 1).Ok;

    /// <summary>Joins or leaves a multicast group.</summary>
    public static void Group(int socket, Endpoint local, IPAddress group, string? interfaceName, bool join)
    {
        ArgumentNullException.ThrowIfNull(group);
        int index = 0;
        if (interfaceName is not null)
        {
            Result found = Interop.IfNametoindex(interfaceName);
            Check(NetworkOperation.Configure, local, found);
            index = found.Value;
        }

        bool four = group.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        Addresses.RequireMulticast(group, local);
        Result changed = four
            ? Interop.Setsockopt(
                socket,
                SocketLevel.Ip,
                (int)(join ? IpOption.AddMembership : IpOption.DropMembership),
                new Ipv4Membership(group, index))
            : Interop.Setsockopt(
                socket,
                SocketLevel.Ipv6,
                (int)(join ? Ipv6Option.JoinGroup : Ipv6Option.LeaveGroup),
                new Ipv6Membership(group, index));

        // Joined already, or not joined: it is as it was asked to be.
        if (changed.Error is not (Errno.EADDRINUSE or Errno.EADDRNOTAVAIL))
        {
            Check(NetworkOperation.Configure, local, changed);
        }
    }

    private static int Bound(
        NetworkOperation operation,
        Endpoint endpoint,
        SocketKind kind,
        ref SocketAddress address,
        SocketOptions options,
        bool sharePort)
    {
        int socket = New(operation, endpoint, address.Family, kind);
        try
        {
            Configure(operation, endpoint, socket, address.Family, options);
            if (address.Family != SocketFamily.Unix)
            {
                // On a datagram socket SO_REUSEADDR would let another program take the traffic silently (socket(7)).
                if (options.ReuseAddress && kind == SocketKind.Stream)
                {
                    Check(operation, endpoint, Interop.Setsockopt(socket, SocketOption.ReuseAddress, 1));
                }

                if (sharePort || options.SharePort)
                {
                    Check(operation, endpoint, Interop.Setsockopt(socket, SocketOption.ReusePort, 1));
                }
            }

            Check(operation, endpoint, Interop.Bind(socket, address));
            Check(operation, endpoint, Interop.Getsockname(socket, out address));
            return socket;
        }
        catch
        {
            Interop.Close(socket);
            throw;
        }
    }

    private static int New(NetworkOperation operation, Endpoint endpoint, SocketFamily family, SocketKind kind)
    {
        Result socket = Interop.Socket(family, kind | SocketKind.NonBlocking | SocketKind.CloseOnExec);
        Check(operation, endpoint, socket);
        return socket.Value;
    }

    private static void Configure(
        NetworkOperation operation, Endpoint endpoint, int socket, SocketFamily family, SocketOptions options)
    {
        if (options.ReceiveBufferBytes > 0)
        {
            Check(operation, endpoint,
                Interop.Setsockopt(socket, SocketOption.ReceiveBuffer, options.ReceiveBufferBytes));
        }

        if (options.SendBufferBytes > 0)
        {
            Check(operation, endpoint, Interop.Setsockopt(socket, SocketOption.SendBuffer, options.SendBufferBytes));
        }

        if (options.Interface is { } name)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(name + '\0');
            Check(operation, endpoint,
                Interop.Setsockopt(socket, SocketLevel.Socket, (int)SocketOption.BindToDevice, bytes));
        }

        if (options.Broadcast)
        {
            Check(operation, endpoint, Interop.Setsockopt(socket, SocketOption.Broadcast, 1));
        }

        if (family == SocketFamily.Ipv6)
        {
            bool only = options.IPv6Only ?? endpoint.Host.Length > 0;
            Check(operation, endpoint, Interop.Setsockopt(socket, Ipv6Option.Ipv6Only, only ? 1 : 0));
        }

        ConfigureMulticast(operation, endpoint, socket, family, options);
    }

    private static void ConfigureMulticast(
        NetworkOperation operation, Endpoint endpoint, int socket, SocketFamily family, SocketOptions options)
    {
        if (!Addresses.IsDatagram(endpoint) || family == SocketFamily.Unix)
        {
            return;
        }

        bool six = family == SocketFamily.Ipv6;
        if (options.MulticastHops > 0)
        {
            Check(operation, endpoint, six
                ? Interop.Setsockopt(socket, Ipv6Option.MulticastHops, options.MulticastHops)
                : Interop.Setsockopt(socket, IpOption.MulticastTimeToLive, options.MulticastHops));
        }

        if (!options.MulticastLoopback)
        {
            Check(operation, endpoint, six
                ? Interop.Setsockopt(socket, Ipv6Option.MulticastLoop, 0)
                : Interop.Setsockopt(socket, IpOption.MulticastLoop, 0));
        }
    }

    private static void Check(NetworkOperation operation, Endpoint endpoint, Result result)
    {
        if (!result.Ok)
        {
            throw Failures.Of(operation, endpoint, result.Error);
        }
    }
}
