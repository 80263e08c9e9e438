using System.Diagnostics;
using System.Globalization;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

/// <summary>A test that sends this process a SIGHUP; skipped where whoever started it had that ignored.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HangUpFactAttribute : FactAttribute
{
    public HangUpFactAttribute()
    {
        string line = File.ReadLines("/proc/self/status")
            .First(one => one.StartsWith("SigIgn:", StringComparison.Ordinal));
        ulong ignored = ulong.Parse(line.AsSpan()["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, null);
        Skip = (ignored & 1) != 0 ? "SIGHUP is ignored here, as after nohup" : null; // The lowest bit is signal 1.
    }
}

public sealed class StopSignalTests
{
    [Fact]
    public Task TheFirstSignalCancelsInsteadOfKilling() => CancelsAsync("-TERM");

    [HangUpFact]
    public Task AHangUpDoesTheSame() => CancelsAsync("-HUP");

    [Fact]
    public async Task AnInterruptThatAScriptHasIgnoredIsHeeded()
    {
        await using ToolProcess tool = ToolProcess.StartOther(
            ["env", "--ignore-signal=INT", .. ToolProcess.Command, "serve", "greet", "127.0.0.1:0", "--json"]);
        _ = await tool.PortAsync();
        _ = await tool.StopAsync();
    }

    [Fact]
    public void SignalsOfOneMomentAreOneWishAndALaterOneEndsAtOnce()
    {
        var clock = new ManualClock();
        using var signal = new StopSignal(clock);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.True(signal.Take());
        Assert.True(signal.Token.IsCancellationRequested);
        clock.Advance(StopSignal.SameWithin - TimeSpan.FromMilliseconds(1));
        Assert.True(signal.Take());
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(signal.Take());
    }

    private static async Task CancelsAsync(string name)
    {
        using var signal = new StopSignal(TimeProvider.System);
        Assert.False(signal.Token.IsCancellationRequested);

        using var kill = Process.Start("kill", [name, $"{Environment.ProcessId}"]);
        var cancelled = new TaskCompletionSource();
        using var registration = signal.Token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(Patience.Time);
    }
}
