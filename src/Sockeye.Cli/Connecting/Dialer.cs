using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Connecting;

/// <summary>Connects, over the address family that was asked for.</summary>
/// <param name="Network">What to connect over.</param>
/// <param name="Family">The only family to use, or null for both.</param>
internal sealed record Dialer(Network Network, AddressFamily? Family)
{
    /// <summary>Connects a stream; the await goes on on its owner.</summary>
    public async Task<Connection> ConnectAsync(Endpoint endpoint, ConnectOptions options, CancellationToken stop)
    {
        if (Family is null || endpoint.Host.Length == 0)
        {
            return await Network.ConnectAsync(endpoint, options, stop);
        }

        NetworkException? last = null;
        foreach (IPAddress address in await AddressesAsync(endpoint, stop))
        {
            try
            {
                var literal = Endpoint.From(new IPEndPoint(address, endpoint.Port), endpoint.Scheme);
                return await Network.ConnectAsync(literal, options, stop);
            }
            catch (NetworkException exception)
            {
                last = exception;
            }
        }

        throw last!;
    }

    /// <summary>The addresses of an endpoint's host that are of the family, at least one.</summary>
    public async Task<IPAddress[]> AddressesAsync(Endpoint endpoint, CancellationToken stop)
    {
        IPAddress[] all = endpoint.Address is { } literal ? [literal] : await Network.ResolveAsync(endpoint.Host, stop);
        IPAddress[] fitting = [.. all.Where(one => Family is null || one.AddressFamily == Family)];
        if (fitting.Length > 0)
        {
            return fitting;
        }

        string family = Family == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        throw endpoint.Address is null
            ? new ToolException(ExitCode.Negative, Text.ConnectNoAddressOfFamily.With(endpoint.Host, family))
            : new ToolException(ExitCode.Usage, Text.ConnectLiteralOfOtherFamily.With(endpoint, family));
    }
}
