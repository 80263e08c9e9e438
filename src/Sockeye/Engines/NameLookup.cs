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
            throw Failure(host, exception.SocketErrorCode, exception.Message);
        }

        throw Failure(host, SocketError.NoData, "");
    }

    /// <summary>What a failed look-up is called.</summary>
    internal static NetworkException Failure(string host, SocketError error, string message) => error switch
    {
        // EAI_AGAIN of getaddrinfo(3): "The name server returned a temporary failure indication", or none at all.
        SocketError.TryAgain => TimedOut(host),
        SocketError.HostNotFound => NotFound(host, "there is no such name"),
        SocketError.NoData => NotFound(host, "there is no data"),
        _ => NotFound(host, message),
    };

    /// <summary>Nobody knows whether the name has an address.</summary>
    internal static NetworkException TimedOut(string host) => new(
        NetworkOperation.Resolve, null, NetworkError.NameLookupTimedOut,
        $"The resolver did not answer in time for the name '{host}': try again, or check it in /etc/resolv.conf.");

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
