using System.Runtime.CompilerServices;

namespace Sockeye.Tests;

/// <summary>
/// Peers are plain blocking sockets and occupy threads of the pool, which adds only one or two a second beyond the
/// number of processors: on two of them the tests would wait for threads instead of for what they test.
/// </summary>
internal static class ThreadPoolSize
{
    private const int Threads = 128;

    [ModuleInitializer]
    internal static void Set() => ThreadPool.SetMinThreads(Threads, Threads);
}
