using System.Diagnostics;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Engines;

/// <summary>An alarm rings on its owner, once for each time that it is set, and never before its time.</summary>
public sealed class AlarmTests
{
    private static readonly TimeSpan s_limit = Patience.Time;

    [Theory]
    [Models]
    public async Task ItRingsOnItsOwnerWhenItsTimeHasCome(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            Owner owner = Owner.Current!;
            foreach (int milliseconds in (int[])[20, 9, 5, 2, 1, 0])
            {
                var rung = new TaskCompletionSource<bool>();
                using Alarm alarm = network.CreateAlarm(() => rung.SetResult(owner.IsCurrent));
                long set = Stopwatch.GetTimestamp();
                alarm.Set(TimeSpan.FromMilliseconds(milliseconds));
                Assert.True(await rung.Task.WaitAsync(s_limit));
                Assert.True(Stopwatch.GetElapsedTime(set).TotalMilliseconds >= milliseconds);
            }
        }).WaitAsync(s_limit);
    }

    [Fact]
    public async Task SettingItAgainReplacesTheTimeBefore()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            int rings = 0;
            var rung = new TaskCompletionSource();
            using Alarm never = network.CreateAlarm(() => rings++);
            using Alarm alarm = network.CreateAlarm(rung.SetResult);
            never.Set(TimeSpan.FromMilliseconds(10));
            never.Set(TimeSpan.FromHours(1));
            alarm.Set(TimeSpan.FromHours(1));
            alarm.Set(TimeSpan.FromMilliseconds(50));
            await rung.Task.WaitAsync(s_limit);
            Assert.Equal(0, rings);
        }).WaitAsync(s_limit);
    }

    [Fact]
    public async Task OneThatIsDisposedDoesNotRing()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await network.RunAsync(async () =>
        {
            int rings = 0;
            var rung = new TaskCompletionSource();
            Alarm disposed = network.CreateAlarm(() => rings++);
            disposed.Set(TimeSpan.FromMilliseconds(5));
            disposed.Dispose();
            disposed.Set(TimeSpan.Zero);
            disposed.Dispose();
            using Alarm alarm = network.CreateAlarm(rung.SetResult);
            alarm.Set(TimeSpan.FromMilliseconds(30));
            await rung.Task.WaitAsync(s_limit);
            Assert.Equal(0, rings);
        }).WaitAsync(s_limit);
    }

    [Fact]
    public async Task ItBelongsToAnOwner()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        Assert.Throws<InvalidOperationException>(() => network.CreateAlarm(() => { }));
    }

    [Fact]
    public void AThreadThatWorksUsesItsTime()
    {
        TimeSpan before = ThreadTime.Used;
        long began = Stopwatch.GetTimestamp();
        while (ThreadTime.Used - before < TimeSpan.FromMilliseconds(20))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_limit);
        }
    }
}
