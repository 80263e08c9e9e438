using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>The built tool in a process of its own, its standard streams in our hands.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    /// <summary>No test waits longer; one that would has failed.</summary>
    public static readonly TimeSpan TimeOut = Patience.Time;

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly TaskCompletionSource<string> _firstNote = new();

    private ToolProcess(Process process)
    {
        _process = process;
        _error = ReadErrorAsync(process.StandardError);
    }

    /// <summary>How the built tool is started: the words before its own arguments.</summary>
    public static string[] Command { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Sockeye.Cli.dll")];

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts it.</summary>
    public static ToolProcess Start(params string[] arguments) => StartOther([.. Command, .. arguments]);

    /// <summary>Starts another program in the same way. A signal that this process ignores, as in the background of a
    /// shell, is not ignored by it.</summary>
    public static ToolProcess StartOther(string[] command)
    {
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ToolProcess(Process.Start(start)!);
    }

    /// <summary>The first line of standard error, as soon as it is there; empty when it ends without one.</summary>
    public Task<string> FirstNoteAsync() => _firstNote.Task.WaitAsync(TimeOut);

    /// <summary>Types a line.</summary>
    public async Task WriteAsync(string text)
    {
        await Input.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(TimeOut);
        await Input.FlushAsync().WaitAsync(TimeOut);
    }

    /// <summary>The port at which <c>serve --json</c> says that it listens.</summary>
    public async Task<int> PortAsync()
    {
        string line = await ExpectAsync("\n");
        using JsonDocument json = JsonDocument.Parse(line.Split('\n')[0]);
        return Endpoint.Parse(json.RootElement.GetProperty("endpoint").GetString()).Port;
    }

    /// <summary>Ctrl-C, which is to end it well; what it wrote to standard error.</summary>
    public async Task<string> StopAsync()
    {
        await InterruptAsync();
        (int code, string error) = await ExitAsync();
        Assert.Equal(ExitCode.Done, code);
        return error;
    }

    /// <summary>Writes all of this to standard input, and ends it.</summary>
    public async Task FeedAsync(byte[] bytes)
    {
        await Input.WriteAsync(bytes);
        Input.Close();
    }

    /// <summary>Writes to standard input until nobody takes it any more.</summary>
    /// <param name="onChunk">Told of every chunk that was taken.</param>
    public async Task FeedUntilItBreaksAsync(Action? onChunk = null)
    {
        byte[] chunk = new byte[65_536];
        chunk.AsSpan().Fill((byte)'y');
        try
        {
            while (true)
            {
                await Input.WriteAsync(chunk);
                await Input.FlushAsync();
                onChunk?.Invoke();
            }
        }
        catch (IOException)
        {
            // The process has ended.
        }
    }

    /// <summary>Reads standard output until it has given this text; all that it read.</summary>
    public async Task<string> ExpectAsync(string text)
    {
        byte[] chunk = new byte[1_024];
        string seen = "";
        while (!seen.Contains(text, StringComparison.Ordinal))
        {
            int count = await Output.ReadAsync(chunk).AsTask().WaitAsync(TimeOut);
            string error = count == 0 ? await _error.WaitAsync(TimeOut) : "";
            Assert.True(count > 0, $"'{text}' does not come after '{seen}' ({error})");
            seen += Encoding.UTF8.GetString(chunk, 0, count);
        }

        return seen;
    }

    /// <summary>Everything that still comes on standard output.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        await Output.CopyToAsync(all).WaitAsync(TimeOut);
        return all.ToArray();
    }

    /// <summary>The same as text.</summary>
    public async Task<string> ReadTextAsync() => Encoding.UTF8.GetString(await ReadToEndAsync());

    /// <summary>Waits for its end: its exit code, and what it wrote to standard error.</summary>
    public async Task<(int ExitCode, string Error)> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeOut);
        return (_process.ExitCode, await _error.WaitAsync(TimeOut));
    }

    /// <summary>Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using Process kill = Process.Start("kill", ["-INT", $"{Id}"]);
        await kill.WaitForExitAsync().WaitAsync(TimeOut);
    }

    /// <summary>Ends it and what it started at once, without a chance to clean up.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    private async Task<string> ReadErrorAsync(StreamReader error)
    {
        string? first = await error.ReadLineAsync();
        _firstNote.SetResult(first ?? "");
        return first is null ? "" : first + "\n" + await error.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

/// <summary>A test that needs a program which not every machine has.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(string program)
    {
        Program = program;
        Skip = WhySkip(program);
    }

    public string Program { get; }

    /// <summary>Why a test that needs this program cannot run; null when it can.</summary>
    public static string? WhySkip(string program)
    {
        string[] folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        return folders.Any(one => File.Exists(Path.Combine(one, program))) ? null : $"{program} is not installed";
    }
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(string program)
    {
        Program = program;
        Skip = NeedsFactAttribute.WhySkip(program);
    }

    public string Program { get; }
}
