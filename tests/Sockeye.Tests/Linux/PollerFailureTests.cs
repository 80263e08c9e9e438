using Sockeye.Engines;
using Sockeye.Linux;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Linux;

/// <summary>A wait that can never succeed is told from one that found nothing. Alone, because the number of a closed
/// descriptor could otherwise become that of another test's.</summary>
[Collection(Alone.Name)]
public sealed class PollerFailureTests : IDisposable
{
    private readonly Loopback _loopback = new();

    public void Dispose() => _loopback.Dispose();

    [Fact]
    public void EpollWithoutItsDescriptorFails()
    {
        EpollPoller poller = Open<EpollPoller>();
        Assert.Equal(Result.Success(), poller.Wait(new Ready[4], 0, idle: false));
        poller.Close();
        Assert.Equal(Errno.EBADF, poller.Wait(new Ready[4], -1, idle: false).Error);
    }

    [Fact]
    public void PollWithoutItsWakeEventFails()
    {
        PollPoller poller = Open<PollPoller>();
        Assert.Equal(Result.Success(), poller.Wait(new Ready[4], 0, idle: false));
        poller.Close();
        Assert.Equal(Errno.EBADF, poller.Wait(new Ready[4], -1, idle: false).Error);
    }

    [Fact]
    public void SelectOfAClosedDescriptorFails()
    {
        SelectPoller poller = Open<SelectPoller>();
        (int client, _) = _loopback.Connect();
        Assert.True(poller.Add(client, 7, Readiness.Readable).Ok);
        Assert.Equal(Result.Success(), poller.Wait(new Ready[4], 0, idle: false));
        _loopback.Close(client);
        Assert.Equal(Errno.EBADF, poller.Wait(new Ready[4], -1, idle: false).Error);
        poller.Close();
    }

    [Fact]
    public void SelectRefusesADescriptorThatItsSetsCannotHold()
    {
        SelectPoller poller = Open<SelectPoller>();
        Result refused = poller.Add(DescriptorSet.DescriptorsMax, 7, Readiness.Readable);
        Assert.Equal(Errno.ERANGE, refused.Error);
        Assert.Contains("1,024", refused.Error.Explain(), StringComparison.Ordinal);
        poller.Close();
    }

    [Fact]
    public void PollReportsAClosedDescriptorToItsOwnerAlone()
    {
        PollPoller poller = Open<PollPoller>();
        (int client, _) = _loopback.Connect();
        Assert.True(poller.Add(client, 7, Readiness.Readable).Ok);
        _loopback.Close(client);
        var ready = new Ready[4];
        Assert.Equal(Result.Success(1), poller.Wait(ready, -1, idle: false));
        Assert.Equal(new Ready(7, Readiness.HungUp), ready[0]);
        poller.Close();
    }

    [Fact]
    public void AWakeUpIsNoFailureHoweverOftenItIsTaken()
    {
        Assert.True(WakeEvent.Open(out WakeEvent wake).Ok);
        wake.Set();
        Assert.True(wake.Take().Ok);
        Assert.True(wake.Take().Ok);
        wake.Close();
        Assert.Equal(Errno.EBADF, wake.Take().Error);
    }

    [Theory]
    [InlineData(Errno.EINTR, true)]
    [InlineData(Errno.ETIME, true)]
    [InlineData(Errno.EAGAIN, true)]
    [InlineData(Errno.EBUSY, true)]
    [InlineData(Errno.EBADF, false)]
    [InlineData(Errno.EINVAL, false)]
    [InlineData(Errno.EFAULT, false)]
    internal void ARingGoesOnAfterWhatPasses(Errno error, bool passes) =>
        Assert.Equal(passes, UringLoop.IsPassing(Result.Failure(error)));

    [Theory]
    [InlineData(Errno.EMFILE, true)]
    [InlineData(Errno.ENOMEM, true)]
    [InlineData(Errno.EBADF, true)]
    [InlineData(Errno.ENOTSOCK, true)]
    [InlineData(Errno.ECONNABORTED, false)]
    [InlineData(Errno.EPERM, false)]
    internal void AcceptingPausesWhenTryingAgainAtOnceWouldSpin(Errno error, bool pauses) =>
        Assert.Equal(pauses, AcceptFailures.MustPause(error));

    private static TPoller Open<TPoller>()
        where TPoller : struct, IPoller
    {
        TPoller poller = default;
        Assert.True(poller.Open().Ok);
        return poller;
    }
}
