using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace Sockeye.Tests.Conformance;

/// <summary>What needs a process of its own, with less than a process usually has: the tool, run by a shell or by
/// Python, which take away what this process must keep.</summary>
[Collection(Alone.Name)]
public sealed class Constrained
{
    /// <summary>Enough for the runtime itself and some connections.</summary>
    private const int DescriptorsMax = 160;

    private const int PeersCount = 200;

    /// <summary>Installs a seccomp filter, which outlives the exec: io_uring_setup, 425 on every machine, gets EPERM
    /// (seccomp(2); the four instructions load the number, compare it, refuse, allow).</summary>
    private const string RefuseIoUring = """
        import ctypes, os, struct, sys
        libc = ctypes.CDLL(None, use_errno=True)
        code = ctypes.create_string_buffer(
            struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, 425)
            + struct.pack("HBBI", 0x06, 0, 0, 0x00050001) + struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000))
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(code)))
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(program)), 0, 0):
            sys.exit("no filter: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    private static string Tool => Path.Combine(AppContext.BaseDirectory, "Sockeye.Cli.dll");

    [Needs("sh")]
    [Models]
    public async Task OutOfDescriptorsAServerNeitherStopsNorSpinsAndRecovers(string model)
    {
        // The runtime ends the process when its own thread pool wants a thread and the system gives it none, which
        // takes descriptors. That is beyond an engine: the model that runs on the pool is tried with its threads there.
        string pool = IoModel.Parse(model).Family == "runtime"
            ? "export DOTNET_ThreadPool_ForceMaxWorkerThreads=3 DOTNET_ThreadPool_ForceMinWorkerThreads=3; "
            : "";
        using var server = new Child(
            "sh",
            "-c",
            $"{pool}ulimit -n {DescriptorsMax}; exec dotnet '{Tool}' serve echo tcp://127.0.0.1:0 --io {model} --json");
        string listening = await server.LineAsync(line => line.Contains("\"listening\"", StringComparison.Ordinal));
        var endpoint = Endpoint.Parse(JsonDocument.Parse(listening).RootElement.GetProperty("endpoint").GetString()!);
        List<Peer> peers = [];
        try
        {
            // One first: a runtime that has never served anyone would have to load code, and needs descriptors for
            // that.
            peers.Add(Peer.To(endpoint));
            peers[0].Send("first");
            Assert.Equal("first", peers[0].ReceiveText(5));

            // They all connect: the backlog takes those that the server cannot.
            for (int i = 1; i < PeersCount; i++)
            {
                peers.Add(Peer.To(endpoint));
            }

            // A thread for each connection needs descriptors too: there it may be the thread that cannot be had.
            string told = await server.LineAsync(line =>
                line.Contains("\"accept_paused\"", StringComparison.Ordinal)
                || line.Contains("\"refused\"", StringComparison.Ordinal));
            Assert.Matches("EMFILE|no thread could be", told);
            Assert.True(await server.RestsAsync(), $"{model} spins while it has no descriptors");
            peers[0].Send("still served");
            Assert.Equal("still served", peers[0].ReceiveText(12));
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }

        for (int i = 0; !IsServed(endpoint); i++)
        {
            // Where a thread is what is missing, newcomers are reset until those that left have been seen off.
            Assert.InRange(i, 0, 500);
            await Task.Delay(20);
        }
    }

    [Needs("/usr/bin/python3")]
    [InlineData("models", "--json")]
    public async Task WhereIoUringIsRefusedAutoChoosesEpollAndSaysWhy(params string[] arguments)
    {
        string output = await Programs.RunAsync(
            "/usr/bin/python3", ["-c", RefuseIoUring, "dotnet", Tool, .. arguments], "", TimeSpan.FromSeconds(30));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement uring = lines.Select(line => JsonDocument.Parse(line).RootElement)
            .First(line => line.TryGetProperty("name", out JsonElement name) && name.GetString() == "uring");
        Assert.False(uring.GetProperty("available").GetBoolean());
        Assert.Contains("io_uring_setup: EPERM", uring.GetProperty("reason").GetString(), StringComparison.Ordinal);
        JsonElement auto = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.Equal("epoll", auto.GetProperty("chosen").GetString());
        Assert.Contains("uring cannot run here (io_uring_setup: EPERM", auto.GetProperty("why").GetString()!,
            StringComparison.Ordinal);
    }

    private static bool IsServed(Endpoint endpoint)
    {
        using var late = Peer.To(endpoint);
        try
        {
            late.Send("served again");
            return late.ReceiveText(12) == "served again";
        }
        catch (SocketException exception) when (
            exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return false;
        }
    }

    /// <summary>A server in a process of its own, killed at the end.</summary>
    private sealed class Child : IDisposable
    {
        private static readonly TimeSpan s_time = Patience.Time;

        private readonly Process _process;
        private readonly ConcurrentQueue<string> _lines = new();

        public Child(string program, params string[] arguments)
        {
            _process = Process.Start(new ProcessStartInfo(Programs.Find(program)!, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        /// <summary>Waits for a line of its output.</summary>
        public async Task<string> LineAsync(Func<string, bool> isIt)
        {
            using var limit = new CancellationTokenSource(s_time);
            while (true)
            {
                if (_lines.FirstOrDefault(isIt) is { } line)
                {
                    return line;
                }

                if (limit.IsCancellationRequested || _process.HasExited)
                {
                    throw new TimeoutException(
                        $"The line never came. What did: {string.Join('\n', _lines.TakeLast(30))}");
                }

                await Task.Delay(5);
            }
        }

        /// <summary>Whether it leaves the processor alone.</summary>
        public Task<bool> RestsAsync() => _process.RestsAsync();

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
