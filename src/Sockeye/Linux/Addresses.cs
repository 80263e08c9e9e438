using System.Net;

namespace Sockeye.Linux;

/// <summary>Between endpoints and the kernel's addresses.</summary>
internal static class Addresses
{
    /// <summary>The endpoint of an address; the second scheme is for Unix ones. An IPv4-mapped address of a dual-stack
    /// socket is shown as the IPv4 address that it is.</summary>
    public static Endpoint ToEndpoint(this in SocketAddress address, EndpointScheme internet, EndpointScheme unix)
    {
        if (address.IPAddress is { } ip)
        {
            return Endpoint.From(new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, address.Port), internet);
        }

        return new Endpoint(unix, "", 0, address.UnixPath ?? "", null);
    }

    /// <summary>The kernel's address of an endpoint whose host, if it has one, is a literal or every address.</summary>
    /// <exception cref="NetworkException">The host is a name, or the path is too long.</exception>
    public static SocketAddress Of(Endpoint endpoint, NetworkOperation operation)
    {
        if (IsUnix(endpoint))
        {
            if (endpoint.Path == "@" && operation is NetworkOperation.Bind or NetworkOperation.Listen)
            {
                return SocketAddress.UnixAutobind;
            }

            Result result = SocketAddress.FromUnixPath(endpoint.Path, out SocketAddress unix);
            return result.Ok ? unix : throw Failures.Of(operation, endpoint, result.Error);
        }

        if (endpoint.Host.Length == 0)
        {
            return SocketAddress.From(HasIpv6 ? IPAddress.IPv6Any : IPAddress.Any, endpoint.Port);
        }

        return endpoint.Address is { } ip
            ? SocketAddress.From(ip, endpoint.Port)
            : throw new NetworkException(
                operation, endpoint, NetworkError.BadEndpoint,
                $"'{endpoint.Host}' is a name: resolve it to an address first.");
    }

    /// <summary>Refuses an endpoint that is not a byte stream's.</summary>
    /// <exception cref="NetworkException">It is one of datagrams, or standard input and output.</exception>
    public static void RequireStream(Endpoint endpoint, NetworkOperation operation)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (IsDatagram(endpoint) || endpoint.Scheme == EndpointScheme.Standard)
        {
            string doing = operation == NetworkOperation.Listen ? "listen for connections on" : "connect to";
            throw new NetworkException(operation, endpoint, NetworkError.BadEndpoint,
                $"Cannot {doing} {endpoint}: use a stream such as tcp://host:port or unix:/path.");
        }

        // A network carries bytes as they are: serving tls:// in plain text would be a trap.
        if (endpoint.IsTls)
        {
            throw new NetworkException(operation, endpoint, NetworkError.BadEndpoint,
                $"A network does not speak TLS by itself: use Server or TlsLayer for {endpoint}.");
        }
    }

    /// <summary>The address of a peer, as a datagram socket of this family knows it.</summary>
    /// <exception cref="NetworkException">The host is a name, or the endpoint is of another kind.</exception>
    public static PeerAddress OfPeer(Endpoint peer, Endpoint local, SocketFamily family)
    {
        ArgumentNullException.ThrowIfNull(peer);
        bool fits = IsDatagram(peer)
            && IsUnix(peer) == (family == SocketFamily.Unix)
            && (IsUnix(peer) ? peer.Path.Length > 1 : peer.Host.Length > 0);
        SocketAddress address = fits ? Of(peer, NetworkOperation.Send) : default;
        if (family == SocketFamily.Ipv6 && address.Family == SocketFamily.Ipv4)
        {
            // A socket of both families knows IPv4 peers by their IPv4-mapped addresses (RFC 4291 section 2.5.5.2).
            address = SocketAddress.From(peer.Address!.MapToIPv6(), peer.Port);
        }

        return address.Family == family
            ? new PeerAddress(address)
            : throw new NetworkException(NetworkOperation.Send, peer, NetworkError.BadEndpoint,
                $"Cannot send to {peer} from {local}: they are not of one kind.");
    }

    /// <summary>Refuses an endpoint whose transport is not datagrams.</summary>
    public static void RequireDatagram(Endpoint endpoint, NetworkOperation operation)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!IsDatagram(endpoint))
        {
            throw new NetworkException(operation, endpoint, NetworkError.BadEndpoint,
                $"Cannot receive datagrams at {endpoint}: use udp://host:port or unixgram:/path.");
        }
    }

    /// <summary>Refuses an address that is no multicast group's.</summary>
    public static void RequireMulticast(IPAddress group, Endpoint local)
    {
        if (!SocketAddress.From(group, 0).IsMulticast)
        {
            throw new NetworkException(NetworkOperation.Configure, local, NetworkError.BadEndpoint,
                $"{group} is no multicast group: use one of 224.0.0.0/4 or ff00::/8.");
        }
    }

    /// <summary>It is a Unix socket's.</summary>
    public static bool IsUnix(Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Unix or EndpointScheme.UnixDatagram;

    /// <summary>Its transport is datagrams.</summary>
    public static bool IsDatagram(Endpoint endpoint) =>
        endpoint.Scheme is EndpointScheme.Udp or EndpointScheme.UnixDatagram;

    /// <summary>The kernel has IPv6; it may be compiled out or switched off.</summary>
    public static bool HasIpv6 { get; } = ProbeIpv6();

    private static bool ProbeIpv6()
    {
        Result socket = Interop.Socket(SocketFamily.Ipv6, SocketKind.Stream);
        if (!socket.Ok)
        {
            return false;
        }

        bool bound = Interop.Bind(socket.Value, SocketAddress.From(IPAddress.IPv6Any, 0)).Ok;
        Interop.Close(socket.Value);
        return bound;
    }
}
