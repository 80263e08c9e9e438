using System.ComponentModel;
using System.Diagnostics;
using Sockeye.Capture;
using Sockeye.Cli.Resources;
using Sockeye.Wire;

namespace Sockeye.Cli.Capturing;

/// <summary>The command whose connections are captured: <c>capture -- COMMAND</c>.</summary>
internal sealed class CapturedCommand : IDisposable
{
    private const string Shell = "/bin/sh";

    /// <summary>How long a command may take to end that was asked to: servers that linger over a connection (2 s here)
    /// have done so by then.</summary>
    private static readonly TimeSpan s_endMax = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly CommandTraffic _traffic;

    private CapturedCommand(Process process, CommandTraffic traffic)
    {
        _process = process;
        _traffic = traffic;
    }

    /// <summary>Whether it has ended; what it started may go on.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Whether it and all that it started have ended.</summary>
    public bool IsOver => _process.HasExited && !_traffic.IsRunning;

    /// <summary>What it ended with.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts it.</summary>
    /// <param name="traffic">Watches it.</param>
    /// <param name="line">The command line.</param>
    /// <param name="keepsOutput">Whether standard output is the command's; where it is ours, what the command writes
    /// goes to standard error.</param>
    public static CapturedCommand Start(CommandTraffic traffic, IReadOnlyList<string> line, bool keepsOutput)
    {
        // The shell only passes on.
        string[] words = keepsOutput ? [.. line] : [Shell, "-c", "exec \"$@\" >&2", Shell, .. line];
        try
        {
            return new CapturedCommand(traffic.Start(new ProcessStartInfo(words[0], words.Skip(1))), traffic);
        }
        catch (Win32Exception exception)
        {
            throw new ToolException(Cli.ExitCode.Usage, CaptureText.CommandFailed.With(line[0], exception.Message));
        }
    }

    /// <summary>Whether a frame belongs to it.</summary>
    public bool Owns(in CapturedFrame frame) => _traffic.Owns(frame);

    /// <summary>Waits until it ends by itself, or the wait is given up.</summary>
    public async Task WaitAsync(CancellationToken stop)
    {
        try
        {
            await _process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // Whoever waits looks at what became of it.
        }
    }

    /// <summary>Ends it, kindly at first. What it started and left behind when it ended by itself goes on.</summary>
    public async Task EndAsync()
    {
        if (_process.HasExited)
        {
            return;
        }

        _traffic.Terminate();
        using var patience = new CancellationTokenSource(s_endMax);
        await WaitAsync(patience.Token);
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _process.Dispose();
}
