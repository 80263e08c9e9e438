using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>One loop's share of a listener.</summary>
internal interface IAcceptor
{
    /// <summary>Accepts no more and closes the listening socket; on the loop. May be called twice.</summary>
    void Stop();
}

/// <summary>What the errors of accept(2) mean for a server that must never stop by itself.</summary>
internal static class AcceptFailures
{
    /// <summary>How long accepting pauses when the system is out of descriptors or memory, in milliseconds. The waiting
    /// connections stay in the backlog; trying again at once would only spin, since the listener stays
    /// readable.</summary>
    public const int PauseMilliseconds = 100;

    /// <summary>
    /// Out of descriptors or memory; or the listening socket is not one any more, which is somebody's bug and must
    /// neither spin nor be silent. Every other error concerns the one connection that was being accepted: accept(2),
    /// "Linux accept() passes already-pending network errors on the new socket as an error code from accept()", and
    /// "for reliable operation the application should detect [them] and treat them like EAGAIN by retrying".
    /// </summary>
    public static bool MustPause(Errno errno) =>
        errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM
            or Errno.EBADF or Errno.EINVAL or Errno.ENOTSOCK;
}
