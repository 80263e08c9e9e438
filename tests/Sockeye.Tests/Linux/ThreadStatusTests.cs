using System.Diagnostics;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

/// <summary>What the kernel says of a thread.</summary>
public sealed class ThreadStatusTests
{
    [Theory]
    [InlineData("7 (epoll 0) R 1 2 3 4 5 6 7 8 9 10 11 5 6 7", false, 16)]
    [InlineData("7 (a) R) b) S 1 2 3 4 5 6 7 8 9 10 4 0 6 7", true, 4)]
    [InlineData("7 (x) D 1 2 3 4 5 6 7 8 9 10 0 0", true, 0)]
    [InlineData("", true, 0)]
    [InlineData("7 (x", true, 0)]
    public void LineIsTakenApart(string line, bool isBlocked, long ticks) =>
        Assert.Equal((isBlocked, ticks), ThreadStatus.Parse(System.Text.Encoding.ASCII.GetBytes(line)));

    [Fact]
    public void ThreadsThatRunAndThatWaitAreToldApart()
    {
        using var release = new ManualResetEventSlim();
        int number = 0;
        var waiting = new Thread(() =>
        {
            Volatile.Write(ref number, Interop.Gettid());
            release.Wait();
        });
        waiting.Start();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref number) != 0, 20_000));
        using var other = new ThreadStatus(number);
        Assert.True(SpinWait.SpinUntil(() => other.Read().IsBlocked, 20_000));
        using var own = new ThreadStatus(Interop.Gettid());
        long before = own.Read().Ticks;
        var clock = Stopwatch.StartNew();
        while (own.Read().Ticks < before + 2 && clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            Assert.False(own.Read().IsBlocked);
        }

        Assert.True(own.Read().Ticks >= before + 2);
        release.Set();
        waiting.Join();

        // It has ended for the runtime; the kernel may be a moment behind.
        Assert.True(SpinWait.SpinUntil(() => other.Read().IsBlocked, 20_000));
    }
}
