using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Sockeye.Linux;

namespace Sockeye.Engines.Runtime;

/// <summary>Makes .NET's sockets and sets their options, in the same way as the other engines.</summary>
internal static class RuntimeSockets
{
    // asm-generic/socket.h, for the options that .NET has no name for.
    private const int LinuxSocketLevel = 1;
    private const int LinuxReusePort = 15;
    private const int LinuxBindToDevice = 25;

    private static readonly Lazy<bool> s_hasIpv6 = new(ProbeIpv6);

    /// <summary>A socket that listens.</summary>
    public static Socket Listen(Endpoint endpoint, EndPoint address, SocketOptions options)
    {
        Socket socket = New(NetworkOperation.Listen, endpoint, address.AddressFamily);
        try
        {
            Configure(NetworkOperation.Listen, endpoint, socket, options);
            if (address.AddressFamily != AddressFamily.Unix)
            {
                SharePort(endpoint, socket, options);
            }

            socket.Bind(address);
            socket.Listen(options.Backlog);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw Failed(NetworkOperation.Listen, endpoint, exception.SocketErrorCode);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A bound datagram socket.</summary>
    public static Socket BindDatagram(
        Endpoint endpoint, IPAddress? found, SocketOptions options, NetworkOperation operation)
    {
        // .NET cannot have the kernel choose an abstract name: a random one does as well.
        EndPoint address = endpoint.Path == "@"
            ? new UnixDomainSocketEndPoint($"\0{Guid.NewGuid():N}")
            : AddressOf(endpoint, found, operation);
        RemoveIfDead(endpoint, SocketKind.Datagram);
        Socket socket = New(operation, endpoint, address.AddressFamily, SocketType.Dgram);
        try
        {
            Configure(operation, endpoint, socket, options);
            if (address.AddressFamily != AddressFamily.Unix)
            {
                SharePort(endpoint, socket, options);
                ConfigureDatagram(socket, options);
            }

            socket.Bind(address);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw Failed(operation, endpoint, exception.SocketErrorCode);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Joins or leaves a multicast group.</summary>
    public static void Group(Socket socket, Endpoint local, IPAddress group, string? interfaceName, bool join)
    {
        ArgumentNullException.ThrowIfNull(group);
        bool four = group.AddressFamily == AddressFamily.InterNetwork;
        Addresses.RequireMulticast(group, local);
        int index = 0;
        if (interfaceName is not null)
        {
            IPInterfaceProperties properties = Array.Find(
                NetworkInterface.GetAllNetworkInterfaces(), known => known.Name == interfaceName)?.GetIPProperties()
                ?? throw Failures.Of(NetworkOperation.Configure, local, Errno.ENODEV);
            index = four ? properties.GetIPv4Properties().Index : properties.GetIPv6Properties().Index;
        }

        SocketOptionName name = join ? SocketOptionName.AddMembership : SocketOptionName.DropMembership;
        try
        {
            if (four)
            {
                socket.SetSocketOption(SocketOptionLevel.IP, name, new MulticastOption(group, index));
            }
            else
            {
                socket.SetSocketOption(SocketOptionLevel.IPv6, name, new IPv6MulticastOption(group, index));
            }
        }
        catch (SocketException exception) when (
            exception.SocketErrorCode is not (SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable))
        {
            throw Failed(NetworkOperation.Configure, local, exception.SocketErrorCode);
        }
        catch (SocketException)
        {
            // Joined already, or not joined: it is as it was asked to be.
        }
    }

    /// <summary>A stream socket to connect with.</summary>
    public static Socket ForConnect(Endpoint endpoint, AddressFamily family, SocketOptions options, Endpoint? from)
    {
        Socket socket = New(NetworkOperation.Connect, endpoint, family);
        try
        {
            Configure(NetworkOperation.Connect, endpoint, socket, options);
            ConfigureStream(socket, options);
            if (from is not null)
            {
                Bind(socket, from);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The options of an accepted or connected stream. Failures are ignored: a peer may have reset it already,
    /// and then the first receive says so.</summary>
    public static void ConfigureStream(Socket socket, SocketOptions options)
    {
        if (socket.AddressFamily == AddressFamily.Unix)
        {
            return;
        }

        try
        {
            socket.NoDelay = options.NoDelay;
            if (options.KeepAlive > TimeSpan.Zero)
            {
                int seconds = (int)Math.Clamp(Math.Ceiling(options.KeepAlive.TotalSeconds), 1, 32_767);
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
                socket.SetSocketOption(
                    SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, seconds / 4));
            }
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>Makes the close send a reset (SO_LINGER with zero seconds).</summary>
    public static void ResetOnClose(Socket socket)
    {
        try
        {
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
        }
        catch (SocketException)
        {
            // Reset by the peer already.
        }
    }

    /// <summary>SO_ERROR: the error that waits to be told, which this clears.</summary>
    public static SocketError PendingError(Socket socket)
    {
        try
        {
            return (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0
                ? SocketError.Success
                : SocketError.ConnectionReset;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }

    /// <summary>The address of an endpoint: a literal, every address, a Unix path; of a name, the one found.</summary>
    public static EndPoint AddressOf(Endpoint endpoint, IPAddress? found, NetworkOperation operation)
    {
        if (Addresses.IsUnix(endpoint))
        {
            string path = endpoint.Path is ['@', .. string name] ? '\0' + name : endpoint.Path;
            try
            {
                return new UnixDomainSocketEndPoint(path);
            }
            catch (ArgumentOutOfRangeException)
            {
                throw Failures.Of(operation, endpoint, Errno.ENAMETOOLONG);
            }
            catch (PlatformNotSupportedException)
            {
                throw Failures.Of(operation, endpoint, Errno.EAFNOSUPPORT);
            }
        }

        IPAddress? address = found ?? endpoint.Address;
        if (address is null && endpoint.Host.Length > 0)
        {
            throw new NetworkException(operation, endpoint, NetworkError.BadEndpoint,
                $"'{endpoint.Host}' is a name: resolve it to an address first.");
        }

        return new IPEndPoint(address ?? (s_hasIpv6.Value ? IPAddress.IPv6Any : IPAddress.Any), endpoint.Port);
    }

    /// <summary>The endpoint of an address. An IPv4-mapped one of a dual-stack socket is shown as the IPv4 address that
    /// it is.</summary>
    public static Endpoint ToEndpoint(
        EndPoint? address, EndpointScheme scheme = EndpointScheme.Tcp, EndpointScheme unix = EndpointScheme.Unix)
    {
        if (address is IPEndPoint internet)
        {
            IPAddress ip = internet.Address;
            ip = ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;
            return Endpoint.From(new IPEndPoint(ip, internet.Port), scheme);
        }

        return new Endpoint(unix, "", 0, address?.ToString() ?? "", null);
    }

    /// <summary>The peer's address without its port; zero for a Unix peer.</summary>
    public static UInt128 HostOf(EndPoint? address) => address is IPEndPoint internet
        ? Linux.SocketAddress.From(internet.Address, internet.Port).HostKey
        : UInt128.Zero;

    /// <summary>
    /// Removes the socket file that a program left behind when it was killed; a live one is left alone, and so is
    /// anything that is not a socket. Elsewhere than on Linux .NET cannot tell a socket from a file, and the bind says
    /// that the path is taken.
    /// </summary>
    public static void RemoveIfDead(Endpoint endpoint, SocketKind kind = SocketKind.Stream)
    {
        if (OperatingSystem.IsLinux() && endpoint.Path is ['/', ..])
        {
            UnixPaths.RemoveIfDead(endpoint, Addresses.Of(endpoint, NetworkOperation.Listen), kind);
        }
    }

    /// <summary>The exception for an error of .NET's sockets.</summary>
    public static NetworkException Failed(NetworkOperation operation, Endpoint endpoint, SocketError error) =>
        Failures.Of(operation, endpoint, SocketErrors.ToErrno(error, Addresses.IsUnix(endpoint)));

    private static void Bind(Socket socket, Endpoint from)
    {
        EndPoint address = AddressOf(from, null, NetworkOperation.Connect);
        try
        {
            socket.Bind(address);
        }
        catch (SocketException exception)
        {
            throw Failed(NetworkOperation.Bind, from, exception.SocketErrorCode);
        }
    }

    private static Socket New(
        NetworkOperation operation, Endpoint endpoint, AddressFamily family, SocketType type = SocketType.Stream)
    {
        try
        {
            return new Socket(family, type, family == AddressFamily.Unix ? ProtocolType.Unspecified
                : type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        }
        catch (SocketException exception)
        {
            throw Failed(operation, endpoint, exception.SocketErrorCode);
        }
    }

    private static void Configure(NetworkOperation operation, Endpoint endpoint, Socket socket, SocketOptions options)
    {
        try
        {
            if (options.ReceiveBufferBytes > 0)
            {
                socket.ReceiveBufferSize = options.ReceiveBufferBytes;
            }

            if (options.SendBufferBytes > 0)
            {
                socket.SendBufferSize = options.SendBufferBytes;
            }

            if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = !(options.IPv6Only ?? endpoint.Host.Length > 0);
            }
        }
        catch (SocketException exception)
        {
            throw Failed(operation, endpoint, exception.SocketErrorCode);
        }

        if (options.Interface is { } name)
        {
            BindToInterface(operation, endpoint, socket, name);
        }
    }

    private static void ConfigureDatagram(Socket socket, SocketOptions options)
    {
        bool six = socket.AddressFamily == AddressFamily.InterNetworkV6;
        SocketOptionLevel level = six ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;
        if (options.Broadcast)
        {
            socket.EnableBroadcast = true;
        }

        if (options.MulticastHops > 0)
        {
            socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, options.MulticastHops);
        }

        if (!options.MulticastLoopback)
        {
            socket.SetSocketOption(level, SocketOptionName.MulticastLoopback, false);
        }
    }

    private static void BindToInterface(NetworkOperation operation, Endpoint endpoint, Socket socket, string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new NetworkException(operation, endpoint, NetworkError.NotSupported,
                $"Cannot bind {endpoint} to the interface {name}: only Linux can; use the interface's address.");
        }

        try
        {
            socket.SetRawSocketOption(LinuxSocketLevel, LinuxBindToDevice, Encoding.UTF8.GetBytes(name + '\0'));
        }
        catch (SocketException exception)
        {
            // .NET has no code for ENODEV, and socket(7) gives the option no other error but those of permission.
            throw exception.SocketErrorCode == SocketError.AccessDenied
                ? Failures.Of(operation, endpoint, Errno.EPERM)
                : Failures.Of(operation, endpoint, Errno.ENODEV);
        }
    }

    /// <summary>
    /// .NET's ReuseAddress is not used: on Unix it sets SO_REUSEPORT as well, and two servers would share a port
    /// without knowing. SO_REUSEADDR alone is set there by Bind itself, whatever was asked for, and on Windows is not
    /// needed; there another program could take a port over unless it is held exclusively.
    /// </summary>
    private static void SharePort(Endpoint endpoint, Socket socket, SocketOptions options)
    {
        if (OperatingSystem.IsWindows())
        {
            socket.ExclusiveAddressUse = true;
        }

        if (!options.SharePort)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new NetworkException(NetworkOperation.Listen, endpoint, NetworkError.NotSupported,
                $"Cannot listen on {endpoint}: only Linux can share a port among listeners; switch SharePort off.");
        }

        socket.SetRawSocketOption(LinuxSocketLevel, LinuxReusePort, BitConverter.GetBytes(1));
    }

    private static bool ProbeIpv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
