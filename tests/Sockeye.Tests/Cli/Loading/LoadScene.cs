using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>Runs loads that are short, and looks at what came of them.</summary>
internal static class LoadScene
{
    /// <summary>No test waits longer.</summary>
    public static readonly TimeSpan Limit = Patience.Time;

    /// <summary>So many requests, on one loop, over a few connections.</summary>
    public static LoadPlan PlanOf(ProtocolChoice choice, long requests, int connections = 4) => new()
    {
        Target = choice.Target,
        Protocol = choice.ToProtocol(),
        Connections = connections,
        Requests = requests,
        Duration = Timeout.InfiniteTimeSpan,
        Pipeline = choice.Pipeline,
        Close = choice.Close,
        Timeout = TimeSpan.FromSeconds(30),
        Loops = 1,
    };

    /// <summary>Runs it.</summary>
    public static Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken stop = default) =>
        LoadRun.RunAsync(plan, stop: stop).WaitAsync(Limit, CancellationToken.None);

    /// <summary>So many requests to a target.</summary>
    public static Task<LoadResult> RunAsync(string target, long requests, int connections = 4) =>
        RunAsync(PlanOf(new ProtocolChoice(target), requests, connections));

    /// <summary>So many were answered, and none failed.</summary>
    public static void AssertAnswered(LoadResult result, long requests)
    {
        Assert.Empty(result.Errors);
        Assert.Equal(requests, result.Requests);
        Assert.Equal(requests, result.Latency.Count);
    }

    /// <summary>So many failed in this way, and none in another.</summary>
    public static void AssertFailed(LoadResult result, LoadErrorKind kind, long count) =>
        Assert.Equal([new(kind, count)], result.Errors);
}
