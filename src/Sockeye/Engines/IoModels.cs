using Sockeye.Engines.Runtime;
using Sockeye.Linux;

namespace Sockeye.Engines;

/// <summary>The I/O models, the best first: one row each.</summary>
internal static class IoModels
{
    /// <summary>The rows.</summary>
    public static IoModel[] Table { get; } =
    [
        // First for its small messages: 0.87 of epoll's processor time for 64 bytes, but 1.18 for 64 KB
        // (bench/compare echo and echo-64k, 2026-11).
        new("uring", "completion",
            "One loop per processor; the kernel does the work itself and reports what has come of it (io_uring).",
            UringProbe.WhyUnavailable,
            options => new EventNetwork("uring", options, (network, thread) => new UringLoop(network, thread))),
        Event<EpollPoller>("epoll", "readiness", EpollPoller.WhyUnavailable,
            "One loop per processor; the kernel keeps the set of sockets and reports those that are ready."),
        Event<PollPoller>("poll", "readiness", OnLinux,
            "One loop per processor; every wait hands the whole array of sockets to the kernel."),
        Event<SelectPoller>("select", "readiness", OnLinux,
            "One loop per processor; three bitmaps of 1,024 descriptors, and no descriptor beyond."),
        Event<SignalPoller>("signal", "readiness", OnLinux,
            "One loop per processor; a real-time signal says which socket changed (F_SETSIG)."),
        Event<NonblockingPoller>("nonblocking", "readiness", OnLinux,
            "One loop per processor; every socket is tried in turn, and backs off when idle."),
        new("threads", "blocking", "A thread for each connection, waiting in blocking system calls.", OnLinux,
            options => new BlockingNetwork("threads", options, isPool: false)),
        new("pool", "blocking", "A fixed number of such threads; further connections wait in a bounded queue.", OnLinux,
            options => new BlockingNetwork("pool", options, isPool: true)),
        new("async", "runtime", "The thread pool and .NET's own async sockets; runs everywhere.", () => null,
            options => new RuntimeNetwork("async", options)),
    ];

    /// <summary>What <c>auto</c> stands for here: the first of these that can run.</summary>
    public static IoModel Choose(out string why)
    {
        IoModel chosen = Table[0];
        why = "";
        foreach (IoModel model in Table)
        {
            if (model.WhyUnavailable() is not { } reason)
            {
                chosen = model;
                why = why.Length == 0 ? "the fastest, and it can run here" : why.TrimEnd(' ', ';');
                break;
            }

            why += $"{model.Name} cannot run here ({reason}); ";
        }

        return chosen;
    }

    private static IoModel Event<TPoller>(string name, string family, Func<string?> probe, string description)
        where TPoller : struct, IPoller =>
        new(
            name,
            family,
            description,
            probe,
            options => new EventNetwork(
                name, options, (network, thread) => new ReadinessLoop<TPoller>(network, thread, default)),
            lends: TPoller.CanChangeThread);

    private static string? OnLinux() => OperatingSystem.IsLinux() ? null : "it needs Linux";
}
