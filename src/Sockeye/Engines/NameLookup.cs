using System.Net;
using System.Net.Sockets;
using Sockeye.Linux;
using SocketAddress = Sockeye.Linux.SocketAddress;

namespace Sockeye.Engines;

/// <summary>Names to addresses, by the system's resolver.</summary>
internal static class NameLookup
{
    public static async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return [literal];
        }

        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            if (addresses.Length > 0)
            {
                return addresses;
            }
        }
        catch (SocketException exception)
        {
            throw NotFound(host, exception.SocketErrorCode switch
            {
                SocketError.HostNotFound => "there is no such name",
                SocketError.TryAgain => "the resolver did not answer",
                SocketError.NoData => "there is no data",
                _ => exception.Message,
            });
        }

        throw NotFound(host, "there is no data");
    }

    /// <summary>The address to bind: a literal, or a name's first (<see cref="ToBindAsync"/>).</summary>
    public static async Task<SocketAddress> BindAddressAsync(Endpoint endpoint, NetworkOperation operation)
    {
        if (Addresses.IsUnix(endpoint) || endpoint.Address is not null || endpoint.Host.Length == 0)
        {
            return Addresses.Of(endpoint, operation);
        }

        return SocketAddress.From(await ToBindAsync(endpoint.Host).ConfigureAwait(false), endpoint.Port);
    }

    /// <summary>The address of a name to bind: its first, IPv4 where it has both.</summary>
    public static async Task<IPAddress> ToBindAsync(string host)
    {
        IPAddress[] addresses = await ResolveAsync(host, CancellationToken.None).ConfigureAwait(false);
        return addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
    }

    private static NetworkException NotFound(string host, string reason) => new(
        NetworkOperation.Resolve, null, NetworkError.NameNotFound,
        $"The name '{host}' has no address ({reason}): check its spelling, or the resolver in /etc/resolv.conf.");
}
