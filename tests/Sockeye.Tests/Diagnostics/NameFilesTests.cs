using System.Net;
using Sockeye.Diagnostics.Names;

namespace Sockeye.Tests.Diagnostics;

/// <summary>hosts(5) and resolv.conf(5), as the system's own resolver reads them.</summary>
public sealed class NameFilesTests
{
    [Fact]
    public void HostsGivesEveryAddressOfANameWhateverItsCase()
    {
        var hosts = new HostsFile(
        [
            "# a comment", "", "127.0.0.1 localhost", "::1\tLocalhost ip6-localhost # and more",
            "10.0.0.1 web web.example.test", "10.0.0.1 web", "not-an-address name", "10.0.0.2", "fe80::1%2 zoned",
        ]);
        Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], hosts.Find("LOCALHOST"));
        Assert.Equal([IPAddress.Parse("10.0.0.1")], hosts.Find("web"));
        Assert.Equal([IPAddress.Parse("10.0.0.1")], hosts.Find("web.example.test."));
        Assert.Empty(hosts.Find("name"));
        Assert.Empty(hosts.Find("more"));
        Assert.Equal(2, Assert.Single(hosts.Find("zoned")).ScopeId);
    }

    [Fact]
    public void HostsThatCannotBeReadHasNoNames() => Assert.Empty(HostsFile.ReadSystem("/nowhere").Find("localhost"));

    [Fact]
    public void ResolverOptionsAreReadAndBounded()
    {
        ResolverConfiguration read = ResolverConfiguration.Parse(
        [
            "; a comment", "nameserver 10.0.0.1", "nameserver fe80::1%1", "nameserver nonsense",
            "nameserver 10.0.0.2", "nameserver 10.0.0.3", "domain old.test", "search a.test b.test. ",
            "options ndots:99 timeout:0 attempts:3 rotate", "options edns0",
        ]);
        Assert.Equal(
            ["udp://10.0.0.1:53", "udp://[fe80::1%1]:53", "udp://10.0.0.2:53"],
            read.Servers.Select(one => one.ToString()));
        Assert.Equal(["a.test", "b.test"], read.SearchDomains);
        Assert.Equal(ResolverConfiguration.DotsMax, read.Dots);
        Assert.Equal(TimeSpan.FromSeconds(1), read.Timeout);
        Assert.Equal(3, read.Attempts);
    }

    [Fact]
    public void WithoutServersTheLocalMachineIsAsked()
    {
        Assert.Equal("udp://127.0.0.1:53", ResolverConfiguration.Parse([]).Servers.Single().ToString());
        Assert.Equal(5, ResolverConfiguration.ReadSystem("/nowhere").Timeout.TotalSeconds);
    }

    [Theory]
    [InlineData("web", "web.a.test web.b.test web")]
    [InlineData("www.web", "www.web www.web.a.test www.web.b.test")]
    [InlineData("web.", "web")]
    public async Task ShortNamesAreCompletedInTheOrderOfTheSystem(string host, string candidates)
    {
        await using Network network = Network.Open();
        var configuration = new ResolverConfiguration { SearchDomains = ["a.test", "b.test"] };
        var resolver = new StubResolver(network, configuration, HostsFile.Empty);
        Assert.Equal(candidates, string.Join(' ', resolver.Candidates(host)));
    }
}
