using System.Diagnostics;
using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

public sealed class StopSignalTests
{
    [Theory]
    [InlineData("-TERM")]
    [InlineData("-HUP")]
    public async Task FirstSignalCancelsInsteadOfKilling(string name)
    {
        using var signal = new StopSignal(TimeProvider.System);
        Assert.False(signal.Token.IsCancellationRequested);

        using var kill = Process.Start("kill", [name, $"{Environment.ProcessId}"]);
        var cancelled = new TaskCompletionSource();
        using var registration = signal.Token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(Patience.Time);
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
}
