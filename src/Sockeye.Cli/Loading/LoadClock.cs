using System.Diagnostics;

namespace Sockeye.Cli.Loading;

/// <summary>The clock of a load: nanoseconds from an arbitrary moment, which never go back.</summary>
internal static class LoadClock
{
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Now.</summary>
    public static long Now => Stopwatch.Frequency == NanosecondsPerSecond
        ? Stopwatch.GetTimestamp()
        : (long)(Stopwatch.GetTimestamp() * ((double)NanosecondsPerSecond / Stopwatch.Frequency));

    /// <summary>A duration in nanoseconds.</summary>
    public static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>Nanoseconds as a duration.</summary>
    public static TimeSpan Duration(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
