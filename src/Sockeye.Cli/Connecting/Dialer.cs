using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Resources;
using Sockeye.Tls;

namespace Sockeye.Cli.Connecting;

/// <summary>Connects as the options ask. Its members are called on an owner of the network's.</summary>
/// <param name="Network">What to connect over.</param>
/// <param name="Family">The only family of addresses to use, or null for both.</param>
/// <param name="Options">How to connect.</param>
/// <param name="Tls">How to speak TLS, or null for not at all.</param>
internal sealed record Dialer(Network Network, AddressFamily? Family, ConnectOptions Options, TlsChoice? Tls)
{
    // Answers to a broadcast are wanted too; elsewhere the option changes nothing.
    private static readonly ListenOptions s_bind = new()
    {
        Socket = SocketOptions.Default with { Broadcast = true },
        DatagramBytesMax = ListenOptions.DatagramBytesMost,
    };

    /// <summary>Connects a stream; also what carries it, for people.</summary>
    public async Task<(Connection Connection, string By)> ConnectAsync(Endpoint endpoint, CancellationToken stop)
    {
        if (Tls is null)
        {
            return (await ConnectBytesAsync(endpoint, stop), Network.Name);
        }

        Connection beneath = await ConnectBeneathAsync(endpoint, stop);
        TlsConnection connection = await Tls.ClientAsync(endpoint, beneath, Options.Timeout, stop);
        string alpn = connection.ApplicationProtocol.ToString();
        string subject = connection.PeerCertificate?.Subject ?? "";
        string version = TextFormat.VersionOf(connection.Protocol);
        string[] facts = [Network.Name, version, $"{connection.CipherSuite}", alpn, subject];
        return (connection, string.Join(", ", facts.Where(one => one.Length > 0)));
    }

    /// <summary>Binds a socket for datagrams; also the peer's address, and whether many may answer from it.</summary>
    public async Task<(DatagramSocket Socket, Endpoint Peer, bool IsGroup)> BindAsync(
        Endpoint endpoint, CancellationToken stop)
    {
        if (endpoint.Scheme == EndpointScheme.UnixDatagram)
        {
            if (endpoint.Path[0] != '@' && !File.Exists(endpoint.Path))
            {
                throw new ToolException(ExitCode.Network, ConnectText.NoUnixSocket.With(endpoint));
            }

            // Unbound, nobody could answer it.
            Endpoint name = Options.From ?? Endpoint.Parse($"unixgram:@sockeye-connect-{Environment.ProcessId}");
            return (await Network.BindAsync(name, s_bind), endpoint, false);
        }

        if (endpoint.Host.Length == 0)
        {
            throw new ToolException(ExitCode.Usage, ConnectText.NoHost.With(endpoint));
        }

        IPAddress address = (await AddressesAsync(endpoint, stop))[0];
        var peer = Endpoint.From(new IPEndPoint(address, endpoint.Port), EndpointScheme.Udp);
        IPAddress any = address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        var own = new IPEndPoint(Options.From?.Address ?? any, Options.From?.Port ?? 0);
        var local = Endpoint.From(own, EndpointScheme.Udp);
        bool isGroup = address.IsIPv6Multicast || address.GetAddressBytes() is [>= 224 and < 240, _, _, _] or [.., 255];
        DatagramSocket socket = await Network.BindAsync(local, s_bind);
        if (!isGroup)
        {
            // So that the kernel tells when nobody is there.
            socket.Connect(peer);
        }

        return (socket, peer, isGroup);
    }

    /// <summary>The connection that carries TLS. It fails in the words of who asked for TLS.</summary>
    private async Task<Connection> ConnectBeneathAsync(Endpoint endpoint, CancellationToken stop)
    {
        try
        {
            return await ConnectBytesAsync(endpoint.AsTcp(), stop);
        }
        catch (NetworkException exception) when (exception.Endpoint is { Scheme: EndpointScheme.Tcp } tcp)
        {
            string message = exception.Message.Replace($"{tcp}", $"{tcp.AsTls()}", StringComparison.Ordinal);
            throw new NetworkException(exception.Operation, tcp.AsTls(), exception.Error, message)
            {
                SystemError = exception.SystemError,
            };
        }
    }

    private async Task<Connection> ConnectBytesAsync(Endpoint endpoint, CancellationToken stop)
    {
        if (Family is null || endpoint.Host.Length == 0)
        {
            return await Network.ConnectAsync(endpoint, Options, stop);
        }

        NetworkException? last = null;
        foreach (IPAddress address in await AddressesAsync(endpoint, stop))
        {
            try
            {
                var literal = Endpoint.From(new IPEndPoint(address, endpoint.Port), endpoint.Scheme);
                return await Network.ConnectAsync(literal, Options, stop);
            }
            catch (NetworkException exception)
            {
                last = exception;
            }
        }

        throw last!;
    }

    /// <summary>The addresses of an endpoint's host that are of the family, at least one.</summary>
    private async Task<IPAddress[]> AddressesAsync(Endpoint endpoint, CancellationToken stop)
    {
        IPAddress[] all = endpoint.Address is { } literal ? [literal] : await Network.ResolveAsync(endpoint.Host, stop);
        IPAddress[] fitting = [.. all.Where(one => Family is null || one.AddressFamily == Family)];
        if (fitting.Length > 0)
        {
            return fitting;
        }

        string family = Family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        throw endpoint.Address is null
            ? new ToolException(ExitCode.Negative, ConnectText.NoAddressOfFamily.With(endpoint.Host, family))
            : new ToolException(ExitCode.Usage, ConnectText.LiteralOfOtherFamily.With(endpoint, family));
    }
}
