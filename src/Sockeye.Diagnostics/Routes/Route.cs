using System.Net;
using Sockeye.Wire;

namespace Sockeye.Diagnostics.Routes;

/// <summary>What a route does with a packet (rtnetlink(7), RTN_*).</summary>
public enum RouteKind : byte
{
    /// <summary>It leads out of the machine.</summary>
    Unicast = 1,

    /// <summary>It ends here: the address is one of ours.</summary>
    Local = 2,

    /// <summary>To everybody on the link.</summary>
    Broadcast = 3,

    /// <summary>To one of several.</summary>
    Anycast = 4,

    /// <summary>To a group.</summary>
    Multicast = 5,
}

/// <summary>The way of a packet to an address, as the kernel would send it.</summary>
/// <param name="Destination">The address that was asked for.</param>
/// <param name="Kind">What happens there.</param>
/// <param name="Interface">The interface that it leaves through.</param>
/// <param name="Gateway">The router that it is given to; null when the address is on the link itself.</param>
/// <param name="Source">The address that it leaves with; null when the kernel does not tell.</param>
public sealed record Route(
    IPAddress Destination, RouteKind Kind, RouteInterface Interface, IPAddress? Gateway, IPAddress? Source)
{
    /// <summary>Who gets the frames: the gateway, or the address itself. Null when none leaves the machine.</summary>
    public IPAddress? NextHop => Kind == RouteKind.Local || Interface.IsLoopback ? null : Gateway ?? Destination;
}

/// <summary>An interface that a route leads through.</summary>
/// <param name="Index">Its number in this network namespace.</param>
/// <param name="Name">Its name, such as <c>eth0</c>.</param>
public sealed record RouteInterface(int Index, string Name)
{
    /// <summary>Whether it leads back to this machine.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>The longest packet that it carries, in bytes; 0 when that is not known.</summary>
    public int PacketBytesMax { get; init; }

    /// <summary>Its own hardware address; null when it has none of six bytes.</summary>
    public MacAddress? Hardware { get; init; }
}

/// <summary>How sure the kernel is of a neighbour (rtnetlink(7), NUD_*; RFC 4861 section 7.3.2).</summary>
public enum NeighborState
{
    /// <summary>It is not known.</summary>
    None = 0,

    /// <summary>It is being asked for.</summary>
    Incomplete = 0x01,

    /// <summary>It answered a short while ago.</summary>
    Reachable = 0x02,

    /// <summary>It is not known whether it is still there.</summary>
    Stale = 0x04,

    /// <summary>It is used, and will be asked soon whether it is still there.</summary>
    Delay = 0x08,

    /// <summary>It is being asked whether it is still there.</summary>
    Probe = 0x10,

    /// <summary>It did not answer.</summary>
    Failed = 0x20,

    /// <summary>Nobody is asked for it, as on a link between two.</summary>
    NeedsNone = 0x40,

    /// <summary>Somebody has set it.</summary>
    Permanent = 0x80,
}

/// <summary>Somebody on the same link, in the kernel's cache of ARP (RFC 826) or of neighbour discovery (RFC
/// 4861).</summary>
/// <param name="Address">The address.</param>
/// <param name="Hardware">Its hardware address; null while that is not known.</param>
/// <param name="State">How sure the kernel is of it.</param>
public sealed record Neighbor(IPAddress Address, MacAddress? Hardware, NeighborState State);
