using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore;

/// <summary>Cancels a token that the application has.</summary>
internal static class ApplicationToken
{
    /// <summary>On the thread pool, for what is registered there is the application's and may block. What it throws is
    /// logged: passed on, it would end the process whenever a client leaves.</summary>
    /// <param name="source">The token's source.</param>
    /// <param name="logger">Where an exception goes.</param>
    /// <param name="name">What the application knows the token as.</param>
    public static void Cancel(CancellationTokenSource source, ILogger logger, string name) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static call =>
            {
                try
                {
                    call.source.Cancel();
                }
                catch (AggregateException exception)
                {
                    call.logger.LogError(exception, "What was registered with {Token} threw an exception.", call.name);
                }
            },
            (source, logger, name),
            preferLocal: false);
}
