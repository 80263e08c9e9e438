using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Sockeye.Tests.Cli;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Engines;

/// <summary>The tool in a process that has less than usual: of queued signals, or of privilege.</summary>
[Collection(Alone.Name)]
public sealed partial class ProcessLimitTests
{
    private const int Clients = 40;
    private const int Rounds = 25;
    private const int PrivilegedPort = 80;

    /// <summary>The user that owns nothing, on every Linux.</summary>
    private const string Nobody = "65534";

    /// <summary>RLIMIT_SIGPENDING, which counts for all processes of a user: with 0 each signal of ours finds the queue
    /// full, with a few some do.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task WithAFullQueueOfSignalsTheModelServesOnAndRests(int signalsMax)
    {
        await using ToolProcess server = ToolProcess.StartOther(
        [
            "bash", "-c", $"ulimit -i {signalsMax} && exec \"$@\"", "bash", .. ToolProcess.Command,
            "serve", "echo", "tcp://127.0.0.1:0", "--io", "signal", "--json",
        ]);
        string listening = await server.ExpectAsync("\"listening\"");
        while (!Port().IsMatch(listening))
        {
            listening += await server.ExpectAsync("\n");
        }

        string limits = await File.ReadAllTextAsync($"/proc/{server.Id}/limits");
        Assert.Matches($"Max pending signals +{signalsMax} ", limits);
        int port = int.Parse(Port().Match(listening).Groups[1].Value, CultureInfo.InvariantCulture);
        Task drained = server.ReadToEndAsync(); // What it reports must not fill the pipe.
        Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Connect(port))];
        byte[] reply = new byte[4];
        for (int round = 0; round < Rounds; round++)
        {
            // All at once, so that many descriptors change while the loop deals with others.
            for (int i = 0; i < Clients; i++)
            {
                clients[i].Send(BitConverter.GetBytes((round * Clients) + i));
            }

            for (int i = 0; i < Clients; i++)
            {
                Assert.Equal(4, clients[i].Receive(reply));
                Assert.Equal((round * Clients) + i, BitConverter.ToInt32(reply));
            }
        }

        using Process process = Process.GetProcessById(server.Id);
        Assert.True(await process.RestsAsync(), "it spins while nothing happens");
        Array.ForEach(clients, client => client.Dispose());
        await server.InterruptAsync();
        await drained;
    }

    [Fact]
    public async Task SelectSaysThatADescriptorIsBeyondIt()
    {
        // What the shell opens stays open in the program, whose own descriptors follow.
        await using ToolProcess server = ToolProcess.StartOther(
        [
            "bash", "-c",
            "ulimit -n 4096 && for ((i = 10; i < 1100; i++)); do eval \"exec $i</dev/null\"; done; exec \"$@\"",
            "bash", .. ToolProcess.Command, "serve", "echo", "tcp://127.0.0.1:0", "--io", "select",
        ]);
        (int exitCode, string error) = await server.ExitAsync();
        Assert.True(exitCode == 3, $"{exitCode}: {error}");
        Assert.Contains("no room for descriptors of 1,024 and above; use another", error, StringComparison.Ordinal);
    }

    [UnprivilegedFact]
    public async Task APrivilegedPortWithoutPrivilegeSaysWhichOneIsNeeded()
    {
        string[] drop = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--bounding-set=-all"]
            : ["env"];
        await using ToolProcess server = ToolProcess.StartOther(
            [.. drop, .. ToolProcess.Command, "serve", "echo", $"tcp://127.0.0.1:{PrivilegedPort}"]);
        (int exitCode, string error) = await server.ExitAsync();
        Assert.True(exitCode == 5, $"{exitCode}: {error}");
        Assert.Contains("CAP_NET_BIND_SERVICE", error, StringComparison.Ordinal);
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)ToolProcess.TimeOut.TotalMilliseconds,
        };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    [GeneratedRegex("127\\.0\\.0\\.1:([0-9]+)")]
    private static partial Regex Port();

    /// <summary>A test that needs a kernel which keeps port 80 from the unprivileged, and a way to be one of
    /// them.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class UnprivilegedFactAttribute : FactAttribute
    {
        private const string FirstFreePort = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

        public UnprivilegedFactAttribute() => Skip =
            int.Parse(File.ReadAllText(FirstFreePort), CultureInfo.InvariantCulture) <= PrivilegedPort
                ? $"everybody may bind port {PrivilegedPort} here ({FirstFreePort})"
            : Environment.IsPrivilegedProcess && Programs.Find("setpriv") is null
                ? "setpriv is not installed, with which root becomes nobody"
            : Environment.IsPrivilegedProcess && !Programs.OthersMayRead(AppContext.BaseDirectory)
                ? $"nobody may not read {AppContext.BaseDirectory}"
            : null;
    }
}
