using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

/// <summary>A test of the io_uring engine; where that cannot run it is skipped, and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UringFactAttribute : FactAttribute
{
    private const int TimeoutMilliseconds = 60_000;

    public UringFactAttribute()
    {
        Skip = UringProbe.WhyUnavailable();
        Timeout = TimeoutMilliseconds;
    }
}
