namespace Sockeye.Cli;

/// <summary>Waiting for a stop signal.</summary>
internal static class CancellationExtensions
{
    /// <summary>Completes when the token fires.</summary>
    public static async Task UntilCancelledAsync(this CancellationToken token) =>
        await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
