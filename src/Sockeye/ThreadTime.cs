using Sockeye.Linux;

namespace Sockeye;

/// <summary>How much processor time the calling thread has used: on an owner, how busy its loop has been.</summary>
/// <example><code>
/// TimeSpan before = ThreadTime.Used;
/// …
/// double share = (ThreadTime.Used - before) / elapsed;  // near 1: the loop has no time to spare
/// </code></example>
public static class ThreadTime
{
    /// <summary>In user mode and in the kernel together (RUSAGE_THREAD, getrusage(2)); zero where the kernel does not
    /// tell.</summary>
    public static TimeSpan Used =>
        Interop.Getrusage(UsageOf.Thread, out ResourceUsage usage).Ok ? usage.User + usage.System : default;
}
