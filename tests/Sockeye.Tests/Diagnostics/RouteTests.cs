using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json;
using Sockeye.Diagnostics.Routes;
using Sockeye.Tests.Cli;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Diagnostics;

/// <summary>Routes and neighbours, against what ip(8) says and against files of proc(5).</summary>
public sealed class RouteTests
{
    private static readonly string[] s_routes =
    [
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
        "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0",
        "wlan0\t0001A8C0\t00000000\t0001\t0\t0\t50\t00FFFFFF\t0\t0\t0",
        "tun0\t0000000A\t00000000\t0000\t0\t0\t0\t000000FF\t0\t0\t0",
        "*\t0000010A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0",
        "a line of something else",
    ];

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void OurOwnAddressIsHere(string address)
    {
        Route route = Assert.IsType<Route>(
            RouteTable.Find(IPAddress.Parse(address)));
        Assert.Equal(RouteKind.Local, route.Kind);
        Assert.Equal("lo", route.Interface.Name);
        Assert.True(route.Interface.IsLoopback);
        Assert.InRange(route.Interface.PacketBytesMax, 1_280, 1_000_000);
        Assert.Equal(IPAddress.Parse(address), route.Source);
        Assert.Null(route.NextHop);
    }

    [NeedsTheory("ip")]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    [InlineData("224.0.0.1")]
    public async Task TheRouteIsTheOneThatIpNames(string address)
    {
        Route? route = RouteTable.Find(IPAddress.Parse(address));
        string said;
        try
        {
            said = await Programs.RunAsync("ip", ["-j", "route", "get", address], "", ToolProcess.TimeOut);
        }
        catch (Xunit.Sdk.XunitException)
        {
            Assert.Null(route); // ip fails where there is no route.
            return;
        }

        using JsonDocument json = JsonDocument.Parse(said);
        JsonElement expected = json.RootElement[0];
        Assert.NotNull(route);
        Assert.Equal(expected.GetProperty("dev").GetString(), route.Interface.Name);
        Assert.Equal(
            expected.TryGetProperty("gateway", out JsonElement gateway) ? gateway.GetString() : null,
            route.Gateway?.ToString());
        Assert.Equal(
            expected.TryGetProperty("prefsrc", out JsonElement source) ? source.GetString() : null,
            route.Source?.ToString());
    }

    [NeedsFact("ip")]
    public async Task TheRouteToAnAddressWithAZoneLeadsThere()
    {
        foreach (NetworkInterface link in NetworkInterface.GetAllNetworkInterfaces())
        {
            string said;
            try
            {
                said = await Programs.RunAsync(
                    "ip", ["-j", "route", "get", "fe80::9", "dev", link.Name], "", ToolProcess.TimeOut);
            }
            catch (Xunit.Sdk.XunitException)
            {
                continue; // There is none: the interface has no IPv6.
            }

            using JsonDocument json = JsonDocument.Parse(said);
            var address = IPAddress.Parse($"fe80::9%{link.Name}");
            Assert.Equal(json.RootElement[0].GetProperty("dev").GetString(), RouteTable.Find(address)?.Interface.Name);
            Assert.Equal($"fe80::9%{link.Name}", RouteTable.TextOf(address));
            Assert.Equal($"[fe80::9%{link.Name}]:80", RouteTable.TextOf(new IPEndPoint(address, 80)));
        }

        Assert.Equal("2001:db8::1", RouteTable.TextOf(IPAddress.Parse("2001:db8::1")));
        Assert.Equal("127.0.0.1:80", RouteTable.TextOf(IPEndPoint.Parse("127.0.0.1:80")));
    }

    [Theory]
    [InlineData("192.168.1.7", "wlan0", null)]  // Of two that fit equally, that of the lower metric.
    [InlineData("8.8.8.8", "eth0", "192.168.1.1")]
    [InlineData("10.0.0.1", "eth0", "192.168.1.1")] // That of tun0 is not up.
    public void TheFileOfRoutesIsReadLikeTheKernelReadsIts(string address, string name, string? gateway)
    {
        Route route = Assert.IsType<Route>(
            RouteFiles.FindRoute(IPAddress.Parse(address), s_routes));
        Assert.Equal(name, route.Interface.Name);
        Assert.Equal(gateway, route.Gateway?.ToString());
    }

    [Fact]
    public void ARejectedRouteIsNone()
    {
        Assert.Null(RouteFiles.FindRoute(IPAddress.Parse("10.1.2.3"), s_routes));
        Assert.Null(RouteFiles.FindRoute(IPAddress.IPv6Loopback, s_routes));
        Assert.Null(RouteFiles.FindRoute(IPAddress.Parse("10.1.2.3"), []));
    }

    [Fact]
    public void TheFileOfNeighboursTellsWhoIsKnown()
    {
        string[] lines =
        [
            "192.168.1.1      0x1         0x2         02:00:00:00:00:01     *        eth0",
            "192.168.1.2      0x1         0x0         00:00:00:00:00:00     *        eth0",
            "192.168.1.3      0x1         0x6         02:00:00:00:00:03     *        eth0",
        ];
        Neighbor known = Assert.IsType<Neighbor>(
            RouteFiles.FindNeighbor(IPAddress.Parse("192.168.1.1"), "eth0", lines));
        Assert.Equal("02:00:00:00:00:01", known.Hardware.ToString());
        Assert.Equal(NeighborState.Stale, known.State);
        Neighbor asked = Assert.IsType<Neighbor>(
            RouteFiles.FindNeighbor(IPAddress.Parse("192.168.1.2"), "eth0", lines));
        Assert.Null(asked.Hardware);
        Assert.Equal(NeighborState.Incomplete, asked.State);
        Assert.Equal(
            NeighborState.Permanent,
            RouteFiles.FindNeighbor(IPAddress.Parse("192.168.1.3"), "eth0", lines)?.State);
        Assert.Null(RouteFiles.FindNeighbor(IPAddress.Parse("192.168.1.1"), "eth1", lines));
    }
}
