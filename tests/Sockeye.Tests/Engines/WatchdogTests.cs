using Sockeye.Engines;

namespace Sockeye.Tests.Engines;

/// <summary>When a loop counts as held. That the report names the handler is in Conformance/Resilience.</summary>
public sealed class WatchdogTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void WhoHoldsALoopIsReportedOnceForEachTime()
    {
        var hold = new Watchdog.Hold(s_limit);
        Assert.Null(Look(hold, dispatches: 1, now: 0));
        Assert.Null(Look(hold, dispatches: 1, now: 99));
        Assert.Equal(TimeSpan.FromMilliseconds(125), Look(hold, dispatches: 1, now: 125));
        Assert.Null(Look(hold, dispatches: 1, now: 500));
        Assert.Null(Look(hold, dispatches: 2, now: 600));
        Assert.Equal(s_limit, Look(hold, dispatches: 2, now: 700));
    }

    [Fact]
    public void ALoopThatBeginsSomethingOrWaitsIsNotHeld()
    {
        var hold = new Watchdog.Hold(s_limit);
        for (int i = 0; i < 10; i++)
        {
            Assert.Null(Look(hold, dispatches: i, now: i * 90));
        }

        Assert.Null(hold.Look(false, 9, TimeSpan.FromSeconds(5), default));
        Assert.Null(Look(hold, dispatches: 9, now: 5_050));
    }

    [Fact]
    public void CompilingIsNobodysFault()
    {
        var hold = new Watchdog.Hold(s_limit);
        Assert.Null(Look(hold, dispatches: 1, now: 0, compiling: 1_000));
        Assert.Null(Look(hold, dispatches: 1, now: 300, compiling: 1_201));
        Assert.Equal(s_limit, Look(hold, dispatches: 1, now: 301, compiling: 1_201));
    }

    private static TimeSpan? Look(Watchdog.Hold hold, int dispatches, int now, int compiling = 0) => hold.Look(
        true, dispatches, TimeSpan.FromMilliseconds(now), TimeSpan.FromMilliseconds(compiling));
}
