using System.Net;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore;

/// <summary>The addresses of a host, as it writes them, and Sockeye's endpoints.</summary>
internal sealed class ServerAddresses : IServerAddressesFeature
{
    private const string Default = "http://localhost:5000";

    public ICollection<string> Addresses { get; } = [];

    public bool PreferHostingUrls { get; set; }

    /// <summary>The endpoints to listen on: those of the options, else the host's, else the default.</summary>
    public IReadOnlyList<Endpoint> Choose(IList<Endpoint> own)
    {
        if (own.Count > 0 && !(PreferHostingUrls && Addresses.Count > 0))
        {
            return [.. own];
        }

        IEnumerable<string> addresses = Addresses.Count > 0 ? Addresses : [Default];
        return [.. addresses.SelectMany(Parse)];
    }

    /// <summary>Says where the server really listens.</summary>
    public void Tell(IEnumerable<Endpoint> endpoints)
    {
        Addresses.Clear();
        foreach (Endpoint endpoint in endpoints)
        {
            string text = AddressOf(endpoint);
            if (!Addresses.Contains(text))
            {
                Addresses.Add(text);
            }
        }
    }

    private static IEnumerable<Endpoint> Parse(string text)
    {
        BindingAddress address = BindingAddress.Parse(text);
        if (address.PathBase.Length > 0)
        {
            throw new InvalidOperationException(
                $"The address '{text}' has a path base, which a server cannot have: use app.UsePathBase(...).");
        }

        string scheme = address.Scheme.ToLowerInvariant();
        if (scheme is not ("http" or "https"))
        {
            throw new InvalidOperationException($"The address '{text}' is neither http:// nor https://.");
        }

        if (address.IsUnixPipe)
        {
            yield return scheme == "http" ? Endpoint.Parse($"unix:{address.UnixPipePath}")
                : throw new InvalidOperationException($"'{text}': a Unix socket is served without TLS; use http://.");
            yield break;
        }

        foreach (string host in HostsOf(address))
        {
            yield return Endpoint.Parse($"{scheme}://{host}:{address.Port}");
        }
    }

    private static IEnumerable<string> HostsOf(BindingAddress address)
    {
        string host = address.Host;
        if (string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            return address.Port == 0
                ? throw new InvalidOperationException(
                    "Port 0 with 'localhost' would be two ports: use http://127.0.0.1:0 or http://[::1]:0.")
                : ["127.0.0.1", "[::1]"];
        }

        // Other names mean every address, as they do for the hosts' other servers; and [::] means IPv4 as well.
        return [IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && !ip.Equals(IPAddress.IPv6Any)
            ? host : "*"];
    }

    private static string AddressOf(Endpoint endpoint) => endpoint.Scheme switch
    {
        EndpointScheme.Unix => $"http://unix:{endpoint.Path}",
        EndpointScheme.Tcp => AddressOf(endpoint, "http"),
        EndpointScheme.Tls => AddressOf(endpoint, "https"),
        _ => AddressOf(endpoint, endpoint.Scheme.ToString().ToLowerInvariant()),
    };

    private static string AddressOf(Endpoint endpoint, string scheme)
    {
        string host = endpoint.Host.Length == 0 ? "[::]"
            : endpoint.Host.Contains(':') ? $"[{endpoint.Host}]"
            : endpoint.Host;
        return $"{scheme}://{host}:{endpoint.Port}";
    }
}
