using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Cli.Tracing;

/// <summary>A test that makes network namespaces, which only root may.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly string[] s_programs = ["ip", "nft", "dnsmasq", "tshark"];

    public NamespaceFactAttribute()
        : this(s_programs)
    {
    }

    public NamespaceFactAttribute(params string[] programs) => Skip =
        !Environment.IsPrivilegedProcess ? "only root may make network namespaces"
        : programs.FirstOrDefault(one => Programs.Find(one) is null) is { } missing ? $"{missing} is not installed"
        : !Directory.Exists("/proc/self/ns") ? "this kernel has no namespaces"
        : null;
}

/// <summary>
/// A small internet of network namespaces: a client behind a router that translates addresses, and behind that a web
/// server and a server of the DNS. The router lets no connection over IPv6 pass, so of the two addresses of the web
/// server one answers. Nobody knows anybody's hardware address yet.
/// </summary>
/// <code>
/// client .2 ── 10.77.1.0/24 ── .1 router .1 ── 10.77.2.0/24 ── .2 web
///                                        .1 ── 10.77.3.0/24 ── .53 dns
/// </code>
internal sealed class NamespaceNetwork : IAsyncDisposable
{
    public const string Name = "www.example.test";
    public const string Client = "10.77.1.2";
    public const string Router = "10.77.1.1";
    public const string Web = "10.77.2.2";
    public const string WebOverIpv6 = "fd77:2::2";
    public const string Resolver = "10.77.3.53";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly string _prefix = $"sockeye-{Guid.NewGuid():n}"[..16];
    private readonly List<string> _namespaces = [];
    private readonly List<ToolProcess> _servers = [];

    private string Configuration => $"/etc/netns/{_prefix}-client";

    /// <summary>Makes the network, and starts its servers.</summary>
    public static async Task<NamespaceNetwork> StartAsync()
    {
        var network = new NamespaceNetwork();
        try
        {
            await network.BuildAsync();
            await network.ServeAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the tool at the client.</summary>
    public ToolProcess Run(params string[] arguments) =>
        ToolProcess.StartOther([.. Within("client"), .. ToolProcess.Command, .. arguments]);

    /// <summary>Removes it, and everything that runs in it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (ToolProcess server in _servers)
        {
            await server.DisposeAsync();
        }

        foreach (string one in _namespaces)
        {
            await IpAsync($"netns del {one}");
        }

        if (Directory.Exists(Configuration))
        {
            Directory.Delete(Configuration, recursive: true);
        }
    }

    private static Task<string> IpAsync(string line) => Programs.RunAsync("ip", line.Split(' '), "", s_limit);

    private string[] Within(string host) => ["ip", "netns", "exec", $"{_prefix}-{host}"];

    private async Task BuildAsync()
    {
        foreach (string host in (string[])["client", "router", "web", "dns"])
        {
            await IpAsync($"netns add {_prefix}-{host}");
            _namespaces.Add($"{_prefix}-{host}");
            await IpAsync($"-n {_prefix}-{host} link set lo up");
        }

        await LinkAsync("client", "lan", 1, 2);
        await LinkAsync("web", "web", 2, 2);
        await LinkAsync("dns", "dns", 3, 53);
        const string Forward =
            "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding";
        await Programs.RunAsync("ip", [.. Within("router").Skip(1), "sh", "-c", Forward], "", s_limit);
        const string Rules = """
            table ip translate {
                chain out { type nat hook postrouting priority 100; oifname { "web", "dns" } masquerade; }
            }
            table ip6 guard {
                chain pass { type filter hook forward priority 0; meta l4proto tcp drop; }
            }
            """;
        await Programs.RunAsync("ip", [.. Within("router").Skip(1), "nft", "-f", "-"], Rules, s_limit);

        // ip netns exec puts this in place of the system's own file.
        Directory.CreateDirectory(Configuration);
        await File.WriteAllTextAsync(Path.Combine(Configuration, "resolv.conf"), $"nameserver {Resolver}\n");
    }

    /// <summary>A cable between the router and a host, both ends with an address of both families.</summary>
    private async Task LinkAsync(string host, string name, int net, int number)
    {
        string router = $"{_prefix}-router";
        string other = $"{_prefix}-{host}";
        await IpAsync($"-n {router} link add {name} type veth peer name eth0 netns {other}");
        foreach ((string where, string link, int own) in ((string, string, int)[])
            [(router, name, 1), (other, "eth0", number)])
        {
            await IpAsync($"-n {where} addr add 10.77.{net}.{own}/24 dev {link}");
            await IpAsync($"-n {where} addr add fd77:{net}::{own}/64 dev {link} nodad");
            await IpAsync($"-n {where} link set {link} up");
        }

        await IpAsync($"-n {other} route add default via 10.77.{net}.1");
        await IpAsync($"-n {other} -6 route add default via fd77:{net}::1");
    }

    private async Task ServeAsync()
    {
        _servers.Add(ToolProcess.StartOther(
        [
            .. Within("dns"), "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            "--pid-file=", "--user=root", "--bind-interfaces", $"--listen-address={Resolver}", "--local=/test/",
            $"--host-record=web.example.test,{Web},{WebOverIpv6}", $"--cname={Name},web.example.test",
        ]));
        ToolProcess web = ToolProcess.StartOther(
        [
            .. Within("web"), .. ToolProcess.Command, "serve", "hello", "http://0.0.0.0:80", "https://0.0.0.0:443",
            "--self-signed", "--json",
        ]);
        _servers.Add(web);
        string lines = "";
        while (lines.Count(one => one == '\n') < 2)
        {
            lines += await web.ExpectAsync("\n");
        }
    }
}
