namespace Sockeye.Cli.Loading;

/// <summary>How far a load has come, for who watches it.</summary>
/// <param name="Elapsed">Since it began to be measured.</param>
/// <param name="IsWarmingUp">Nothing is counted yet.</param>
/// <param name="Counts">What was counted so far. It goes on changing: to be read before the call returns.</param>
/// <param name="RequestsPerSecond">Since it was told the last time.</param>
internal readonly record struct LoadProgress(
    TimeSpan Elapsed, bool IsWarmingUp, LoadCounts Counts, double RequestsPerSecond);
