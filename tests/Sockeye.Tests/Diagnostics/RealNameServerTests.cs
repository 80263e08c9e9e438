using System.Net;
using System.Net.Sockets;
using Sockeye.Diagnostics.Names;
using Sockeye.Tests.Cli;
using Sockeye.Wire.Application;

namespace Sockeye.Tests.Diagnostics;

/// <summary>The resolver against dnsmasq.</summary>
public sealed class RealNameServerTests
{
    [NeedsFact("dnsmasq")]
    public async Task ItAgreesWithARealServer()
    {
        int port = FreePort();
        string many = string.Join(' ', Enumerable.Range(1, 90).Select(i => $"--host-record=many.test,10.1.1.{i}"));
        await using ToolProcess server = ToolProcess.StartOther(
        [
            "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=",
            "--user=root", "--bind-interfaces", "--listen-address=127.0.0.1", $"--port={port}", "--local=/test/",
            "--host-record=web.test,10.0.0.1,fd00::1", "--cname=www.test,web.test", "--host-record=four.test,10.0.0.4",
            .. many.Split(' '),
        ]);
        await ListensAsync(port);
        await using Network network = Network.Open();
        var configuration = new ResolverConfiguration
        {
            Servers = [Endpoint.Parse($"udp://127.0.0.1:{port}")],
            Timeout = ToolProcess.TimeOut,
        };
        var resolver = new StubResolver(network, configuration, HostsFile.Empty);
        NameResolution web = await resolver.ResolveAsync("www.test").WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(["fd00::1", "10.0.0.1"], web.Addresses.Select(one => one.ToString()));
        Assert.All(web.Queries.Where(one => one.IsSettled), one => Assert.Equal(["web.test"], one.Aliases));
        NameResolution four = await resolver.ResolveAsync("four.test").WaitAsync(ToolProcess.TimeOut);
        Assert.Equal([IPAddress.Parse("10.0.0.4")], four.Addresses);
        Assert.Contains(four.Queries, one => one is { Type: DnsType.Aaaa, Outcome: QueryOutcome.NoData });
        NameResolution none = await resolver.ResolveAsync("none.test").WaitAsync(ToolProcess.TimeOut);
        Assert.Empty(none.Addresses);
        Assert.Contains(none.Queries, one => one.Outcome == QueryOutcome.NoSuchName);
        NameResolution all = await resolver.ResolveAsync("many.test").WaitAsync(ToolProcess.TimeOut);
        Assert.Equal(64, all.Addresses.Count);
        Assert.Contains(all.Queries, one => one.Outcome == QueryOutcome.Truncated);
        Assert.Contains(
            all.Queries, one => one.Server.Scheme == EndpointScheme.Tcp && one.Outcome == QueryOutcome.Answered);
    }

    // It answers over TCP as soon as it does over UDP.
    private static async Task ListensAsync(int port)
    {
        using var timeOut = new CancellationTokenSource(ToolProcess.TimeOut);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), timeOut.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(10, timeOut.Token); // Refused: it has not begun.
            }
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
