using System.Net;
using System.Net.Sockets;
using Sockeye.Wire.Application;

namespace Sockeye.Diagnostics.Names;

/// <summary>
/// A stub resolver (RFC 1034 section 5.3.1): it asks the servers that it is told, believes only what answers its own
/// questions, and shows each of them. It knows names in the way of the system: hosts(5), then the DNS by
/// resolv.conf(5).
/// Sources that only the system's own resolver has, such as those of nsswitch.conf(5), it does not ask.
/// </summary>
/// <example><code>
/// var resolver = new StubResolver(network, ResolverConfiguration.ReadSystem(), HostsFile.ReadSystem());
/// NameResolution found = await resolver.ResolveAsync("example.com");
/// </code></example>
/// <param name="network">What it asks over.</param>
/// <param name="configuration">Whom it asks, and how.</param>
/// <param name="hosts">The names that need no asking.</param>
public sealed class StubResolver(Network network, ResolverConfiguration configuration, HostsFile hosts)
{
    /// <summary>How long a name may be (RFC 1035 section 2.3.4), as text.</summary>
    public const int NameCharsMax = Endpoint.HostNameCharsMax;

    /// <summary>Looks up both kinds of addresses of a name at once. That it has none is no exception.</summary>
    /// <exception cref="NetworkException">It is no name; or no server answered.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public Task<NameResolution> ResolveAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        return FindHere(host) is { } known
            ? Task.FromResult(known)
            : network.RunAsync(() => AskAsync(host, cancellationToken));
    }

    /// <summary>What is known of a name without asking anybody; null when somebody has to be asked.</summary>
    public NameResolution? FindHere(string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (IPAddress.TryParse(host, out IPAddress? literal))
        {
            return new NameResolution(host, NameSource.Literal) { Addresses = [literal] };
        }

        if (hosts.Find(host) is { Count: > 0 } known)
        {
            return new NameResolution(host, NameSource.HostsFile) { Addresses = Ipv6First(known) };
        }

        // RFC 6761 section 6.3: resolvers "SHOULD recognize localhost names as special".
        string bare = host.TrimEnd('.');
        bool isLocal = bare.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || bare.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return isLocal
            ? new NameResolution(host, NameSource.Localhost)
            {
                Addresses = [IPAddress.IPv6Loopback, IPAddress.Loopback],
            }
            : null;
    }

    private static IPAddress[] Ipv6First(IEnumerable<IPAddress> addresses) =>
        [.. addresses.OrderByDescending(one => one.AddressFamily == AddressFamily.InterNetworkV6)];

    private async Task<NameResolution> AskAsync(string host, CancellationToken cancellationToken)
    {
        long began = network.Time.GetTimestamp();
        var queries = new List<NameQuery>();
        foreach (string candidate in Candidates(host))
        {
            if (!DnsName.TryParse(candidate, out DnsName name))
            {
                throw new NetworkException(NetworkOperation.Resolve, null, NetworkError.NameNotFound,
                    $"'{host}' cannot be a name of the DNS: its parts have 1 to {DnsName.LabelBytesMax} characters, "
                    + $"and all together at most {NameCharsMax}.");
            }

            List<NameQuery> asked = await AskAsync(name, candidate, began, cancellationToken);
            queries.AddRange(asked);
            IPAddress[] addresses = Ipv6First(asked.Where(one => one.IsSettled).SelectMany(one => one.Addresses));
            if (addresses.Length > 0)
            {
                return new NameResolution(host, NameSource.Dns)
                {
                    Addresses = addresses,
                    Queries = queries,
                    Took = network.Time.GetElapsedTime(began),
                };
            }

            if (!asked.Any(one => one.IsSettled))
            {
                break; // Nobody knows whether there is such a name; another one is not what was meant.
            }
        }

        return new NameResolution(host, NameSource.Dns)
        {
            Queries = queries,
            Took = network.Time.GetElapsedTime(began),
        };
    }

    /// <summary>The complete names that a name may be short for, in the order of resolv.conf(5).</summary>
    internal IEnumerable<string> Candidates(string host)
    {
        if (host.EndsWith('.'))
        {
            return [host.TrimEnd('.')];
        }

        IEnumerable<string> searched = configuration.SearchDomains.Select(domain => $"{host}.{domain}")
            .Where(one => one.Length <= NameCharsMax);
        return host.Count(one => one == '.') >= configuration.Dots ? [host, .. searched] : [.. searched, host];
    }

    /// <summary>Asks for both kinds of addresses of one name, until both are settled or everybody was asked.</summary>
    private async Task<List<NameQuery>> AskAsync(
        DnsName name, string text, long began, CancellationToken cancellationToken)
    {
        var asked = new List<NameQuery>();
        List<ushort> open = [DnsType.A, DnsType.Aaaa];
        for (int attempt = 0; attempt < configuration.Attempts && open.Count > 0; attempt++)
        {
            foreach (Endpoint server in configuration.Servers)
            {
                var exchange = new NameExchange(network, configuration, server, name, text, began);
                List<NameQuery> round = await exchange.RunAsync(open, cancellationToken);
                asked.AddRange(round);
                open.RemoveAll(type => round.Any(one => one.Type == type && one.IsSettled));

                // That there is no such name is true of every type (RFC 8020).
                if (open.Count == 0 || round.Any(one => one.Outcome == QueryOutcome.NoSuchName))
                {
                    return asked;
                }
            }
        }

        return asked;
    }
}
