using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>What a server in a process of its own has used.</summary>
/// <param name="ProcessorTime">In user mode and in the kernel together.</param>
/// <param name="ContextSwitches">Of all its threads.</param>
/// <param name="AllocatedBytes">Managed memory that was allocated.</param>
internal readonly record struct ServerUsage(TimeSpan ProcessorTime, long ContextSwitches, long AllocatedBytes)
{
    public static ServerUsage operator +(ServerUsage one, ServerUsage other) => new(
        one.ProcessorTime + other.ProcessorTime,
        one.ContextSwitches + other.ContextSwitches,
        one.AllocatedBytes + other.AllocatedBytes);

    public static ServerUsage operator -(ServerUsage one, ServerUsage other) => new(
        one.ProcessorTime - other.ProcessorTime,
        one.ContextSwitches - other.ContextSwitches,
        one.AllocatedBytes - other.AllocatedBytes);
}

/// <summary>What to serve in a process of its own.</summary>
/// <param name="Model">The I/O model.</param>
/// <param name="Arguments">What is served and where, as after <c>sockeye serve</c>.</param>
internal sealed record ServerStart(IoModel Model, params string[] Arguments)
{
    /// <summary>The processor that it has; null is any.</summary>
    public int? Processor { get; init; }

    /// <summary>Whether its system calls are counted, which makes each of them slower.</summary>
    public bool CountsCalls { get; init; }
}

/// <summary>
/// <c>sockeye serve</c> in a process of its own, so that its processor time and memory are its own too. It ends with
/// this object, or with this process.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>A line of standard input that the server answers with what it has used.</summary>
    public const string UsageWord = "usage";

    /// <summary>Of what it says on standard error, the end that is kept.</summary>
    private const int ErrorCharsMax = 16_384;

    private static readonly TimeSpan s_startTimeMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_answerTimeMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_stopTimeMax = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly SystemCallCounter? _calls;
    private readonly ServerStart _start;
    private readonly Task<string> _errors;

    private ServerProcess(ServerStart start)
    {
        _start = start;
        string[] words = ["serve", .. start.Arguments, "--io", start.Model.Name, "--loops", "1", "--quiet", "--json",
            "--until-eof"];
        string host = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] tool = isDotnet ? [Path.Join(AppContext.BaseDirectory, "Sockeye.Cli.dll")] : [];
        var command = new ProcessStartInfo(host, [.. tool, .. words])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _calls = start.CountsCalls ? SystemCallCounter.ForNextProgram() : null;
        try
        {
            _process = Started(command, start.Processor);
        }
        catch
        {
            _calls?.Dispose();
            throw;
        }

        _errors = ReadErrorsAsync(_process.StandardError);
    }

    /// <summary>Where it listens.</summary>
    public Endpoint Endpoint { get; private set; } = null!; // Nobody has the object before it is known.

    /// <summary>How many system calls it made so far, where that was asked for.</summary>
    public long SystemCalls => _calls?.Count ?? 0;

    /// <summary>Bytes of anonymous memory that are in RAM (proc(5), RssAnon).</summary>
    public long MemoryBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status")
                .FirstOrDefault(one => one.StartsWith("RssAnon:", StringComparison.Ordinal))
                ?? throw new IOException(DemoText.ServerDied.With(_start.Model.Name, ""));
            string kilobytes = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
            return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts it; it listens when this returns.</summary>
    public static async Task<ServerProcess> StartAsync(ServerStart start, CancellationToken stop)
    {
        var server = new ServerProcess(start);
        try
        {
            using JsonDocument json = await server.ReadAsync("listening", s_startTimeMax, stop);
            server.Endpoint = Endpoint.Parse(json.RootElement.GetProperty("endpoint").GetString());
            return server;
        }
        catch
        {
            server._process.Kill();
            server.Dispose();
            throw;
        }
    }

    /// <summary>What it has used so far, by its own account.</summary>
    public async Task<ServerUsage> UsageAsync(CancellationToken stop)
    {
        await _process.StandardInput.WriteLineAsync(UsageWord.AsMemory(), stop);
        await _process.StandardInput.FlushAsync(stop);
        using JsonDocument json = await ReadAsync("usage", s_answerTimeMax, stop);
        return new ServerUsage(
            TimeSpan.FromMicroseconds(json.RootElement.GetProperty("cpu_us").GetInt64()),
            json.RootElement.GetProperty("voluntary_switches").GetInt64()
                + json.RootElement.GetProperty("involuntary_switches").GetInt64(),
            json.RootElement.GetProperty("allocated_bytes").GetInt64());
    }

    public void Dispose()
    {
        _calls?.Dispose();
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already, with a word of ours unread.
        }

        if (!_process.WaitForExit(s_stopTimeMax))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>Starts a program on a processor: it inherits that of the thread that starts it.</summary>
    private static Process Started(ProcessStartInfo command, int? processor)
    {
        if (processor is not { } one)
        {
            return Process.Start(command)!;
        }

        IReadOnlyList<int> before = ThreadProcessors.Allowed;
        ThreadProcessors.Use(one);
        try
        {
            return Process.Start(command)!;
        }
        finally
        {
            ThreadProcessors.Use([.. before]);
        }
    }

    /// <summary>Reads until it has ended, so that it never waits for room in the pipe; gives the end of it.</summary>
    private static async Task<string> ReadErrorsAsync(StreamReader errors)
    {
        var kept = new StringBuilder();
        char[] piece = new char[ErrorCharsMax];
        try
        {
            while (await errors.ReadAsync(piece) is > 0 and int count)
            {
                kept.Append(piece, 0, count);
                kept.Remove(0, Math.Max(0, kept.Length - ErrorCharsMax));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException
            or OperationCanceledException)
        {
            // This object was disposed of meanwhile.
        }

        return kept.ToString();
    }

    /// <summary>The next line of JSON that is of this type; the others tell of what happened meanwhile.</summary>
    private async Task<JsonDocument> ReadAsync(string type, TimeSpan timeMax, CancellationToken stop)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(timeMax);
        while (true)
        {
            string? line;
            try
            {
                line = await _process.StandardOutput.ReadLineAsync(late.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw new ToolException(
                    ExitCode.OurBug, Text.ServerSilent.With(_start.Model.Name, timeMax.TotalSeconds));
            }

            if (line is null)
            {
                stop.ThrowIfCancellationRequested(); // Ctrl-C is for the server too.
                string reason = await _errors.WaitAsync(stop);
                throw new ToolException(ExitCode.OurBug, DemoText.ServerDied.With(_start.Model.Name, reason.Trim()));
            }

            JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("type").GetString() == type)
            {
                return json;
            }

            json.Dispose();
        }
    }
}
