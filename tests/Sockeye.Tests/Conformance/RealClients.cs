using System.Diagnostics;
using System.Reflection;
using System.Text;
using Xunit.Sdk;

namespace Sockeye.Tests.Conformance;

/// <summary>A program that some test runs.</summary>
internal static class Programs
{
    /// <summary>Where it is; null when it is not installed.</summary>
    public static string? Find(string program) => program[0] == '/'
        ? (File.Exists(program) ? program : null)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>Whether everybody may go into a folder, such as that of the built tool.</summary>
    public static bool OthersMayRead(string path)
    {
        const UnixFileMode Needed = UnixFileMode.OtherExecute;
        for (var at = new DirectoryInfo(path); at is not null; at = at.Parent)
        {
            if ((at.UnixFileMode & Needed) != Needed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Runs it with an input and gives its output, in bounded time.</summary>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string input, TimeSpan time)
    {
        using var process = Process.Start(new ProcessStartInfo(Find(program)!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(time);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
            return await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {time.TotalSeconds} s.");
        }
    }
}

/// <summary>A theory over the models that needs a program; skipped, with the reason, where it is not
/// installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsAttribute : TheoryAttribute
{
    public NeedsAttribute(string program)
    {
        if (Programs.Find(program) is null)
        {
            Skip = $"{program} is not installed";
        }
    }
}

/// <summary>The models that can run here: one row each. The conformance areas tell the reason of the others.</summary>
[DataDiscoverer("Xunit.Sdk.DataDiscoverer", "xunit.core")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class ModelsAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => new object[] { model.Name });
}

/// <summary>Clients that nobody here wrote talk to a greeting server on every model.</summary>
public sealed class RealClients
{
    private static readonly TimeSpan s_time = Patience.Time;

    [Needs("ncat")]
    [Models]
    public Task NcatIsGreeted(string model) => IsGreetedAsync(
        model, port => Programs.RunAsync("ncat", ["127.0.0.1", $"{port}"], "Ada\n", s_time));

    [Needs("socat")]
    [Models]
    public Task SocatIsGreeted(string model) => IsGreetedAsync(
        model, port => Programs.RunAsync("socat", ["-t10", "-", $"TCP:127.0.0.1:{port}"], "Ada\n", s_time));

    [Needs("/usr/bin/python3")]
    [Models]
    public Task PythonIsGreeted(string model) => IsGreetedAsync(
        model,
        port => Programs.RunAsync(
            "/usr/bin/python3",
            [
                "-c",
                """
                import socket, sys
                s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
                s.sendall(sys.stdin.read().encode())
                s.shutdown(socket.SHUT_WR)
                while data := s.recv(4096):
                    sys.stdout.write(data.decode())
                """,
                $"{port}",
            ],
            "Ada\n",
            s_time));

    [Needs("/usr/bin/python3")]
    [Models]
    public async Task DescriptorsThatPythonPassesDoNotDisturb(string model)
    {
        // A receive stops at each of them (unix(7), SCM_RIGHTS). A connection elsewhere says that all was sent.
        const string Client = """
            import socket, sys
            def connect(path):
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(20)
                s.connect(path)
                return s
            s = connect(sys.argv[1])
            for part in b"abc", b"def":
                socket.send_fds(s, [part], [0])
            sent = connect(sys.argv[2])
            sys.stdout.write(s.recv(100).decode())
            """;
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "read");
        string sentPath = Path.Combine(directory.Path, "sent");
        await using var network = Network.Open(IoModel.Parse(model));
        await using Listener reader = await network.ListenAsync(Endpoint.Parse($"unix:{path}"), async c =>
        {
            await sent.Task;
            c.Write(await Handlers.ReadExactlyAsync(c, 6));
        });
        await using Listener told = await network.ListenAsync(Endpoint.Parse($"unix:{sentPath}"), (Connection _) =>
        {
            sent.SetResult();
            return default;
        });
        Assert.Equal(
            "abcdef", await Programs.RunAsync("/usr/bin/python3", ["-c", Client, path, sentPath], "", s_time));
    }

    [Needs("node")]
    [Models]
    public Task NodeIsGreeted(string model) => IsGreetedAsync(
        model,
        port => Programs.RunAsync(
            "node",
            [
                "-e",
                """
                const s = require('net').connect(Number(process.argv[1]), '127.0.0.1');
                process.stdin.pipe(s);
                s.pipe(process.stdout);
                """,
                $"{port}",
            ],
            "Ada\n",
            s_time));

    private static async Task IsGreetedAsync(string model, Func<int, Task<string>> client)
    {
        await using var network = Network.Open(IoModel.Parse(model));
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Greet);
        Assert.Equal("Welcome!Hello, Ada!\n", await client(listener.Endpoint.Port));
    }

    private static async ValueTask Greet(Connection c)
    {
        c.Write("Welcome!"u8);
        await c.FlushAsync();
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            string name = Encoding.UTF8.GetString(received.Span);
            c.Consume(received.Length);
            c.Write(Encoding.UTF8.GetBytes($"Hello, {name.TrimEnd('\n')}!{(name.EndsWith('\n') ? "\n" : "")}"));
            await c.FlushAsync();
        }
    }
}
