using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sockeye.Wire;

namespace Sockeye.Diagnostics.Routes;

/// <summary>Routes and neighbours from files of proc(5), where rtnetlink(7) is refused. They tell of IPv4
/// only.</summary>
internal static class RouteFiles
{
    /// <summary>Lines that are read of a file; a router of the internet has a million routes, a host a few.</summary>
    private const int LinesMax = 10_000;

    private const int UpFlag = 0x0001; // RTF_UP
    private const int GatewayFlag = 0x0002; // RTF_GATEWAY
    private const int RejectFlag = 0x0200; // RTF_REJECT
    private const int CompleteFlag = 0x2; // ATF_COM
    private const int PermanentFlag = 0x4; // ATF_PERM

    public static Route? FindRoute(IPAddress destination) => IPAddress.IsLoopback(destination)
        ? new Route(destination, RouteKind.Local, new RouteInterface(1, "lo") { IsLoopback = true }, null, destination)
        : FindRoute(destination, Read("/proc/net/route"));

    public static Neighbor? FindNeighbor(IPAddress address, string interfaceName) =>
        FindNeighbor(address, interfaceName, Read("/proc/net/arp"));

    /// <summary>The longest prefix wins, and of equal ones the least metric.</summary>
    internal static Route? FindRoute(IPAddress destination, IEnumerable<string> lines)
    {
        if (destination.AddressFamily != AddressFamily.InterNetwork)
        {
            return null;
        }

        (uint Mask, int Metric, Route Route)? best = null;
        uint wanted = BitConverter.ToUInt32(destination.GetAddressBytes()); // As the file has it: as it lies in memory.
        foreach (string line in lines)
        {
            // Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
            string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 8 || !TryHex(parts[1], out uint network) || !TryHex(parts[2], out uint gateway)
                || !TryHex(parts[3], out uint flags) || !TryHex(parts[7], out uint mask)
                || !int.TryParse(parts[6], NumberStyles.None, CultureInfo.InvariantCulture, out int metric)
                || (flags & UpFlag) == 0 || (wanted & mask) != network)
            {
                continue;
            }

            IPAddress? through = (flags & GatewayFlag) != 0 ? new IPAddress(BitConverter.GetBytes(gateway)) : null;
            var route = new Route(destination, RouteKind.Unicast, new RouteInterface(0, parts[0]), through, null);
            bool isBetter = best is not { } known || Order(mask) > Order(known.Mask)
                || (mask == known.Mask && metric < known.Metric);
            if (isBetter)
            {
                best = (mask, metric, (flags & RejectFlag) == 0 ? route : route with { Kind = 0 });
            }
        }

        return best is { Route: { Kind: not 0 } found } ? found : null;

        // A longer mask is a greater number when its first byte is the highest.
        static uint Order(uint mask) => BinaryPrimitives.ReadUInt32BigEndian(BitConverter.GetBytes(mask));
    }

    internal static Neighbor? FindNeighbor(IPAddress address, string interfaceName, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            // IP address, HW type, Flags, HW address, Mask, Device
            string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length >= 6 && parts[5] == interfaceName && IPAddress.TryParse(parts[0], out IPAddress? own)
                && own.Equals(address) && TryHex(parts[2].Replace("0x", "", StringComparison.Ordinal), out uint flags))
            {
                NeighborState state = (flags & PermanentFlag) != 0 ? NeighborState.Permanent
                    : (flags & CompleteFlag) != 0 ? NeighborState.Stale // Whether it is fresh the file does not tell.
                    : NeighborState.Incomplete;
                bool isKnown = MacAddress.TryParse(parts[3], out MacAddress hardware) && hardware.Value != 0;
                return new Neighbor(address, isKnown ? hardware : null, state);
            }
        }

        return null;
    }

    private static IEnumerable<string> Read(string path)
    {
        try
        {
            return [.. File.ReadLines(path).Skip(1).Take(LinesMax)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // Then nothing is known.
        }
    }

    private static bool TryHex(string text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
