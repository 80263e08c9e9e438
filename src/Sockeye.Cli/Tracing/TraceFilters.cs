using System.Net;
using System.Net.Sockets;
using Sockeye.Capture.Journeys;
using Sockeye.Diagnostics.Names;
using Sockeye.Wire.Filters;

namespace Sockeye.Cli.Tracing;

/// <summary>Which packets are a journey's: for the kernel beforehand, and exactly when it is over.</summary>
internal static class TraceFilters
{
    /// <summary>Questions whose numbers are looked at; of more, everything that was asked of the server
    /// counts.</summary>
    private const int IdentifiersMax = 50;

    /// <summary>What may belong to it, in tcpdump's language: its addresses are not known yet. An answer of the DNS may
    /// come in fragments, of which the first alone, and over IPv6 not even that, has a port where the filter looks.
    /// </summary>
    public static string ForKernel(Endpoint target, ResolverConfiguration names)
    {
        IEnumerable<string> resolvers = target.Address is null
            ? names.Servers.Select(one => $"(host {BareAddress(one.Address!)} and "
                + $"(port {one.Port} or {(IsIpv4(one.Address!) ? "ip[6:2] & 0x1fff != 0" : "ip6 proto 44")}))")
            : [];
        return string.Join(" or ", ["arp", "icmp", "icmp6", $"tcp port {target.Port}", .. resolvers]);
    }

    /// <summary>What does belong to it, as a display filter; null when nothing does.</summary>
    public static DisplayFilter? Of(Journey journey, TraceWay way)
    {
        JourneyAttempt[] tried =
            [.. journey.Attempts.OrderByDescending(one => one.Outcome == AddressOutcome.Connected)];
        return AnyOf(
        [
            .. QuestionsOf(way.Names),
            .. tried.Take(1).SelectMany(PacketsOf),
            .. way.Hops.SelectMany(NeighborsOf),
            .. tried.Skip(1).SelectMany(PacketsOf),
        ]);

        IEnumerable<string> PacketsOf(JourneyAttempt one) =>
            [ConnectionOf(journey, one.Address), ErrorsOf(one.Address)];
    }

    /// <summary>A filter that one of these terms lets pass, the first as many as it has room for; null for
    /// none.</summary>
    internal static DisplayFilter? AnyOf(IEnumerable<string> terms)
    {
        const string Or = " or ";
        int length = -Or.Length;
        string[] fitting =
        [
            .. terms.Distinct().TakeWhile(one => (length += Or.Length + one.Length) <= DisplayFilter.CharactersMax),
        ];
        return fitting.Length > 0 ? DisplayFilter.Parse(string.Join(Or, fitting)) : null;
    }

    private static IEnumerable<string> NeighborsOf(TraceHop hop)
    {
        if (hop.Route is not { NextHop: { } next } route)
        {
            yield break;
        }

        string address = BareAddress(next);
        if (IsIpv4(next))
        {
            string own = route.Source is { } source ? BareAddress(source) : "0.0.0.0/0";
            yield return $"(arp.src.proto_ipv4 == {address} and arp.dst.proto_ipv4 == {own})";
            yield return $"(arp.src.proto_ipv4 == {own} and arp.dst.proto_ipv4 == {address})";
        }
        else
        {
            yield return $"icmpv6.nd.ns.target_address == {address}";
            yield return $"icmpv6.nd.na.target_address == {address}";
        }
    }

    private static IEnumerable<string> QuestionsOf(NameResolution? names)
    {
        foreach (IGrouping<Endpoint, NameQuery> asked in (names?.Queries ?? []).GroupBy(one => one.Server))
        {
            Endpoint server = asked.Key;
            string identifiers = string.Join(' ', asked.Select(one => one.Identifier).Take(IdentifiersMax));
            bool isNumbered = server is { Scheme: EndpointScheme.Udp, Port: ResolverConfiguration.Port }
                && asked.Count() <= IdentifiersMax;
            string only = isNumbered ? $" and dns.id in {{{identifiers}}}" : "";
            string with = With(server.Address!);
            if (server.Scheme != EndpointScheme.Udp)
            {
                yield return $"({with} and tcp.port == {server.Port})";
                continue;
            }

            yield return $"({with} and udp.port == {server.Port}{only})";

            // A fragment does not tell whose answer it is of; those of other programs come along.
            string fragment = IsIpv4(server.Address!) ? "(ip.flags.mf == 1 or ip.frag_offset > 0)" : "ipv6.fraghdr";
            yield return $"({with} and {fragment})";
        }
    }

    /// <summary>The connection that won, by both its ports; of others only the peer's is known.</summary>
    private static string ConnectionOf(Journey journey, IPAddress address)
    {
        string own = journey.Local is { } local && address.Equals(journey.Remote?.Address)
            ? $" and tcp.port == {local.Port}"
            : "";
        return $"({With(address)} and tcp.port == {journey.Target.Port}{own})";
    }

    /// <summary>What routers say of it: unreachable, too big, time exceeded, a bad parameter.</summary>
    private static string ErrorsOf(IPAddress address) => IsIpv4(address)
        ? $"({With(address)} and icmp.type in {{3 11 12}})"
        : $"({With(address)} and icmpv6.type in {{1 2 3 4}})";

    private static string With(IPAddress address) =>
        $"{(IsIpv4(address) ? "ip" : "ipv6")}.addr == {BareAddress(address)}";

    private static bool IsIpv4(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>Without the zone, which filters do not know.</summary>
    private static string BareAddress(IPAddress address) => $"{address}".Split('%')[0];
}
