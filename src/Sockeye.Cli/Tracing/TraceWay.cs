using System.Net;
using Sockeye.Cli.Resources;
using Sockeye.Diagnostics.Names;
using Sockeye.Diagnostics.Routes;

namespace Sockeye.Cli.Tracing;

/// <summary>Whom an address belongs to.</summary>
internal enum HopRole : byte
{
    /// <summary>A server that is asked for names.</summary>
    Resolver,

    /// <summary>The target.</summary>
    Target,
}

/// <summary>The first step of the way to an address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Role">Whom it belongs to.</param>
/// <param name="Route">The route; null when there is none.</param>
/// <param name="Before">What was known of the next hop before anything was sent.</param>
internal sealed record TraceHop(IPAddress Address, HopRole Role, Route? Route, Neighbor? Before)
{
    /// <summary>What is known of it now.</summary>
    public Neighbor? After =>
        Route is { NextHop: { } next } route ? RouteTable.FindNeighbor(next, route.Interface) : null;
}

/// <summary>What a journey learns of names and routes on its way, and tells to whoever watches.</summary>
/// <param name="resolver">Looks names up.</param>
/// <param name="configuration">Whom it asks.</param>
/// <param name="watch">Told of each interface before something is sent through it.</param>
internal sealed class TraceWay(StubResolver resolver, ResolverConfiguration configuration, Action<string> watch)
{
    private readonly List<TraceHop> _hops = [];

    /// <summary>Whether only a server of the DNS is asked that was named, and no file is looked at.</summary>
    public bool AsksDnsAlone { get; init; }

    /// <summary>How the name was looked up; null for an address.</summary>
    public NameResolution? Names { get; private set; }

    /// <summary>The ways to the servers that are asked and to the addresses of the target.</summary>
    public IReadOnlyList<TraceHop> Hops => _hops;

    /// <summary>Looks at the way as far as it is known beforehand, so that watching begins before the clock
    /// does.</summary>
    public void Prepare(Endpoint target)
    {
        if (resolver.FindHere(target.Host) is { } known)
        {
            Approach(known.Addresses);
            return;
        }

        foreach (Endpoint server in configuration.Servers)
        {
            Approach(server.Address!, HopRole.Resolver);
        }
    }

    /// <summary>Looks a name up; addresses that there is a route to come first (RFC 6724 section 6, rule 1).</summary>
    public async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        NameResolution found = await resolver.ResolveAsync(host, cancellationToken);
        Names = found;
        if (found.Addresses.Count == 0)
        {
            string servers = string.Join(", ", configuration.Servers);
            throw found.Queries switch
            {
                _ when found.Queries.Any(one => one.IsSettled) => new NetworkException(
                    NetworkOperation.Resolve, null, NetworkError.NameNotFound, TraceText.NameUnknown.With(host)),
                [_, ..] when found.Queries.All(one => one.Outcome == QueryOutcome.Unreachable) => new NetworkException(
                    NetworkOperation.Resolve, null, NetworkError.Unreachable,
                    TraceText.NameRefused.With(host, servers)),
                _ => new NetworkException(NetworkOperation.Resolve, null, NetworkError.NameLookupTimedOut,
                    TraceText.NameUnanswered.With(host, servers)),
            };
        }

        return [.. found.Addresses.OrderByDescending(one => RouteTable.Find(one) is not null)];
    }

    /// <summary>Looks at the way to addresses of the target.</summary>
    public void Approach(IReadOnlyList<IPAddress> addresses)
    {
        foreach (IPAddress address in addresses)
        {
            Approach(address, HopRole.Target);
        }
    }

    private void Approach(IPAddress address, HopRole role)
    {
        if (_hops.Any(one => one.Address.Equals(address) && one.Role == role))
        {
            return;
        }

        Route? route = RouteTable.Find(address);
        Neighbor? before = route?.NextHop is { } next ? RouteTable.FindNeighbor(next, route.Interface) : null;
        _hops.Add(new TraceHop(address, role, route, before));
        if (route is not null)
        {
            watch(route.Kind == RouteKind.Local ? "lo" : route.Interface.Name);
        }
    }
}
