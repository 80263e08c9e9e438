using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Demonstration;

/// <summary>
/// <c>sockeye serve greet</c> in a process of its own, so that its processor time and memory are its own too. It ends
/// with this object, or with this process.
/// </summary>
internal sealed class GreetServer : IDisposable
{
    private static readonly TimeSpan s_startTimeMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_stopTimeMax = TimeSpan.FromSeconds(3);

    private readonly Process _process;

    private GreetServer(Process process, Endpoint endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    /// <summary>Where it listens.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>User and system time of all its threads so far, from the scheduler's own accounting (proc(5),
    /// schedstat).</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            long nanoseconds = 0;
            foreach (string task in Directory.EnumerateDirectories($"/proc/{_process.Id}/task"))
            {
                string[] fields = File.ReadAllText($"{task}/schedstat").Split(' ');
                nanoseconds += long.Parse(fields[0], CultureInfo.InvariantCulture);
            }

            return TimeSpan.FromMicroseconds(nanoseconds / 1000.0);
        }
    }

    /// <summary>Bytes of anonymous memory that are in RAM (proc(5), RssAnon).</summary>
    public long MemoryBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status")
                .First(one => one.StartsWith("RssAnon:", StringComparison.Ordinal));
            string kilobytes = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
            return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts it on a free port of the loopback address.</summary>
    public static async Task<GreetServer> StartAsync(IoModel model, TimeSpan delay, CancellationToken stop)
    {
        string milliseconds = delay.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + "ms";
        string[] arguments = ["serve", "greet", "tcp://127.0.0.1:0", "--io", model.Name, "--delay", milliseconds,
            "--loops", "1", "--quiet", "--json", "--until-eof"];
        string host = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] tool = isDotnet ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(host, [.. tool, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(s_startTimeMax, stop);
            if (line is null)
            {
                string reason = await process.StandardError.ReadToEndAsync(stop);
                throw new ToolException(ExitCode.OurBug, Text.DemoServerDied.With(model.Name, reason.Trim()));
            }

            using JsonDocument json = JsonDocument.Parse(line);
            return new GreetServer(process, Endpoint.Parse(json.RootElement.GetProperty("endpoint").GetString()));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(s_stopTimeMax))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
