using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>One connect(2) under way on a loop: it is over when the socket becomes writable.</summary>
internal sealed class ReadinessConnect : IWatched
{
    private readonly TaskCompletionSource<Result> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Loop _loop;
    private readonly int _descriptor;
    private int _slot = -1;

    private ReadinessConnect(Loop loop, int descriptor)
    {
        _loop = loop;
        _descriptor = descriptor;
    }

    /// <summary>Connects; on the loop.</summary>
    public static async Task<Result> RunAsync(
        Loop loop, int descriptor, SocketAddress address, CancellationToken cancellationToken)
    {
        Result begun = Interop.Connect(descriptor, address);
        if (begun.Ok || begun.Error != Errno.EINPROGRESS)
        {
            return begun;
        }

        var connect = new ReadinessConnect(loop, descriptor);
        Result watched = loop.Watch(connect, descriptor, Readiness.Writable, out connect._slot);
        if (!watched.Ok)
        {
            return watched;
        }

        CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(
            static state => ((ReadinessConnect)state!)._loop.Post(
                static c => ((ReadinessConnect)c!).Finish(Result.Failure(Errno.ECANCELED)), state),
            connect);
        Result outcome = await connect._outcome.Task;

        // Without waiting for a callback that runs meanwhile: what it posts finds this finished.
        cancellation.Unregister();
        return outcome;
    }

    void IWatched.OnReady(Readiness readiness)
    {
        // connect(2): "use getsockopt(2) to read the SO_ERROR option […] to determine whether connect() completed".
        Interop.Getsockopt(_descriptor, SocketOption.Error, out int error);
        if (error == 0 && Interop.Getpeername(_descriptor, out _).Error == Errno.ENOTCONN)
        {
            return; // A poller that does not know but tries: it is still under way.
        }

        Finish(error == 0 ? Result.Success() : Result.Failure((Errno)error));
    }

    void IWatched.OnLoopEnd() => Finish(Result.Failure(Errno.ECANCELED));

    private void Finish(Result outcome)
    {
        if (_slot >= 0)
        {
            _loop.Unwatch(_slot);
            _slot = -1;
            _outcome.SetResult(outcome);
        }
    }
}
