using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Cli;
using Sockeye.Tests.Wire;

namespace Sockeye.Tests.Cli.Tracing;

/// <summary>Whole journeys through a network of our own, and what other programs see in the files.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class TraceJourneyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-trace").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NamespaceFact]
    public async Task TheWholeJourneyIsShownFromArpToTimeWait()
    {
        await using NamespaceNetwork network = await NamespaceNetwork.StartAsync();

        // Nobody is known yet: everything is on the wire.
        string first = Path.Combine(_folder, "first.pcapng");
        (string story, _) = await RunAsync(network, "trace", $"http://{NamespaceNetwork.Name}/plaintext", "-w", first);
        Contains(story, "is not in /etc/hosts; the DNS is asked");
        Contains(story, $"A?     {NamespaceNetwork.Name} of udp://{NamespaceNetwork.Resolver}:53: web.example.test → "
            + NamespaceNetwork.Web);
        Contains(story, $"AAAA?  {NamespaceNetwork.Name} of udp://{NamespaceNetwork.Resolver}:53: web.example.test → "
            + NamespaceNetwork.WebOverIpv6);
        Contains(story, $"by eth0 from {NamespaceNetwork.Client}, through the gateway {NamespaceNetwork.Router}");
        Contains(story, "not known before, so it was asked for");
        Contains(story, $"[{NamespaceNetwork.WebOverIpv6}]:80 given up: another one was faster");
        Contains(story, $"{NamespaceNetwork.Web}:80 connected from {NamespaceNetwork.Client}:");
        Contains(story, "GET /plaintext HTTP/1.1 → HTTP/1.1 200 OK");
        Contains(story, "we closed first");
        Assert.Matches($"{Regex.Escape(NamespaceNetwork.Client)}:[0-9]+ stays in TIME-WAIT", story);
        Contains(story, "3rd of 3 to open");
        Contains(story, "waits in TIME-WAIT");

        Seen[] frames = Frames(first);
        AssertLadderIsOf(frames, story);
        Assert.Equal(2, frames.Count(one => one.Protocol == "ARP"));
        Assert.Equal(4, frames.Count(one => one.Protocol == "DNS"));
        Assert.Contains(frames, one => one.Info.Contains("Neighbor Solicitation", StringComparison.Ordinal));
        Assert.Equal(2, frames.Count(one => one.Protocol == "HTTP"));
        Assert.Contains(frames, one => one.Info.Contains("[SYN]", StringComparison.Ordinal)
            && one.To == NamespaceNetwork.WebOverIpv6);
        Assert.Equal(2, frames.Count(one => one.Info.Contains("[FIN", StringComparison.Ordinal)));

        // The second time the gateway is known, and over TLS the keys are in the file.
        string second = Path.Combine(_folder, "second.pcapng");
        (string json, _) = await RunAsync(
            network, "trace", $"https://{NamespaceNetwork.Name}/plaintext", "-k", "-w", second, "--json");
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        AssertPhasesAddUp(root);
        Assert.Equal("TLS 1.3", root.GetProperty("tls").GetProperty("version").GetString());
        Assert.False(root.GetProperty("tls").GetProperty("is_trusted").GetBoolean());
        Assert.All(
            root.GetProperty("routes").EnumerateArray().Where(one => !IsIpv6(one)),
            one => Assert.True(one.GetProperty("neighbor_was_known").GetBoolean()));
        Assert.Equal(
            Frames(second).Select(one => one.Number),
            root.GetProperty("capture").GetProperty("frames").EnumerateArray()
                .Select(one => one.GetProperty("number").GetInt64()));
        string request = Tshark.Run("-r", second, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri");
        Assert.Equal("/plaintext", request.Trim());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(second));
    }

    [NamespaceFact("ip", "unshare")]
    public async Task TheZoneOfAnAddressIsTheInterfaceThatIsTaken()
    {
        // Two links on which nobody answers; without its zone the address would be sought on the first of them.
        const string Links = """
            echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
            ip link add first type veth peer name second
            for link in lo first second; do ip link set $link up; done
            exec "$@"
            """;
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "unshare", "--net", "sh", "-ec", Links, "sh", .. ToolProcess.Command,
            "trace", "tcp://[fe80::9%second]:80", "--timeout", "300ms",
        ]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Network, $"{code}: {error}\n{story}");
        Contains(story, "to fe80::9%second: on the link of second");
        Contains(story, "[fe80::9%second]:80 no answer in time, ");
        Assert.DoesNotContain("fe80::9%2", story, StringComparison.Ordinal);
        Assert.DoesNotContain("first", story, StringComparison.Ordinal);
    }

    [NamespaceFact("ip", "unshare", "tshark")]
    public async Task ANinthInterfaceIsNotWatchedAndNamed()
    {
        // A name with an address on each of nine links, on which nobody answers.
        const string Links = """
            : > "$1"
            for n in 1 2 3 4 5 6 7 8 9; do
                ip link add link$n type veth peer name peer$n
                ip addr add 10.99.$n.1/24 dev link$n
                ip link set link$n up
                ip link set peer$n up
                echo 10.99.$n.2 nine.test >> "$1"
            done
            ip link set lo up
            mount --bind "$1" /etc/hosts
            shift
            exec "$@"
            """;
        string file = Path.Combine(_folder, "nine.pcapng");
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "unshare", "--net", "--mount", "sh", "-ec", Links, "sh", Path.Combine(_folder, "hosts"),
            .. ToolProcess.Command, "trace", "tcp://nine.test:9", "--timeout", "100ms", "-w", file,
        ]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Network, $"{code}: {error}\n{story}");
        Contains(error, "packets through link9 are missing: 8 interfaces are watched at most");
        Contains(story, "10.99.9.2: on the link of link9");
        Contains(story, "Who has 10.99.1.2?");
    }

    [NamespaceFact("ip", "unshare", "dnsmasq", "tshark")]
    public async Task AnAnswerOfTheDnsThatComesInFragmentsIsInTheFile()
    {
        // Over a link of 400 bytes. The server goes with the first process of its namespace, which is the tool.
        const string Server = """
            ip link set lo up mtu 400
            for n in $(seq 1 25); do echo 127.0.1.$n many.test; done > "$1"
            dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --pid-file= --user=root --bind-interfaces \
                --listen-address=127.0.0.1 --port=5300 --local=/test/ --addn-hosts="$1"
            shift
            exec "$@"
            """;
        string file = Path.Combine(_folder, "fragments.pcapng");
        await using ToolProcess tool = ToolProcess.StartOther(
        [
            "unshare", "--net", "--pid", "--fork", "--mount-proc", "sh", "-ec", Server, "sh",
            Path.Combine(_folder, "hosts"), .. ToolProcess.Command,
            "trace", "tcp://many.test:9", "--dns", "127.0.0.1:5300", "--timeout", "5s", "-w", file,
        ]);
        string story = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Network, $"{code}: {error}\n{story}");
        string[] answer = Tshark.Run(
            "-r", file, "-d", "udp.port==5300,dns", "-Y", "ip.fragment && dns.a", "-T", "fields",
            "-e", "ip.fragment.count").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["2"], answer);
        Contains(story, "Fragmented IP protocol");
    }

    private static bool IsIpv6(JsonElement route) =>
        route.GetProperty("to").GetString()!.Contains(':', StringComparison.Ordinal);

    /// <summary>The sum of the phases is the total, within 1 %.</summary>
    internal static void AssertPhasesAddUp(JsonElement root)
    {
        decimal total = root.GetProperty("total_ms").GetDecimal();
        decimal sum = root.GetProperty("phases").EnumerateArray()
            .Sum(one => one.GetProperty("duration_ms").GetDecimal());
        Assert.InRange(sum, total * 0.99m, total * 1.01m);
    }

    /// <summary>What tshark sees; it complains of nothing.</summary>
    internal static Seen[] Frames(string file)
    {
        string[] fields = ["frame.number", "_ws.col.Destination", "_ws.col.Protocol", "_ws.col.Info"];
        string listed = Tshark.Run(["-r", file, "-T", "fields", .. fields.SelectMany(one => new[] { "-e", one })]);
        return
        [
            .. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))
                .Select(parts => new Seen(
                    long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2], parts[3])),
        ];
    }

    /// <summary>Every arrow of the ladder has at its left the number of a frame of the file, from the first frame to
    /// the last; a run of data is one arrow.</summary>
    internal static void AssertLadderIsOf(Seen[] frames, string story)
    {
        long[] numbers =
        [
            .. Row().Matches(story).Select(one => long.Parse(one.Groups[1].ValueSpan, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.Equal(1, numbers[0]);
        Assert.Equal(frames[^1].Number, numbers[^1]);
        Assert.InRange(numbers.Length, frames.Length / 2, frames.Length);
    }

    private static void Contains(string story, string part) =>
        Assert.True(story.Contains(part, StringComparison.Ordinal), $"'{part}' is not in:\n{story}");

    private static async Task<(string Output, string Error)> RunAsync(NamespaceNetwork network, params string[] words)
    {
        await using ToolProcess tool = network.Run(words);
        string output = await tool.ReadTextAsync();
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == ExitCode.Done, $"{code}: {error}\n{output}");
        return (output, error);
    }

    /// <summary>A frame as tshark lists it.</summary>
    internal sealed record Seen(long Number, string To, string Protocol, string Info);

    [GeneratedRegex("^[0-9]+\\.[0-9]{6} +([0-9]+) ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
