using System.Diagnostics;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

public sealed class StopSignalTests
{
    [Fact]
    public async Task FirstSignalCancelsInsteadOfKilling()
    {
        using var signal = new StopSignal();
        Assert.False(signal.Token.IsCancellationRequested);

        using var kill = Process.Start("kill", ["-TERM", $"{Environment.ProcessId}"]);
        var cancelled = new TaskCompletionSource();
        using var registration = signal.Token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
