namespace Sockeye.Tests.Http.Client;

/// <summary>Waits for what happens on another thread, in bounded time.</summary>
internal static class Eventually
{
    public static async Task Async(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(FetchScene.TimeOut);
        while (!holds())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
