using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Results;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>With a rate, requests are due at times that were fixed before, and latency counts from there.</summary>
public sealed class LoadRateTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan s_stall = TimeSpan.FromMilliseconds(600);

    [Fact]
    public async Task AStallIsSeenByEveryRequestThatWasDueMeanwhile()
    {
        await using ScriptedServer server = StallingOnce();
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 400, connections: 1);
        LoadResult result = await LoadScene.RunAsync(plan with { RatePerSecond = 200 });
        LoadScene.AssertAnswered(result, 400);

        // 120 requests were due in the 600 ms; each waited for what was left of them.
        Assert.True(LongerThan(result, s_stall / 2) >= 55, $"{LongerThan(result, s_stall / 2)} waited");
        Assert.True(result.Latency.Max >= s_stall.TotalNanoseconds - 5e6);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(399 / 200.0), $"{result.Elapsed}");
    }

    [Fact]
    public async Task WithoutARateAStallIsSeenByOneRequest()
    {
        await using ScriptedServer server = StallingOnce();
        LoadResult result = await LoadScene.RunAsync(server.Root, 400, connections: 1);
        LoadScene.AssertAnswered(result, 400);
        Assert.True(LongerThan(result, s_stall / 2) >= 1);

        // Each began when the one before had ended: together they took no longer than the run.
        double all = result.Latency.Buckets.Sum(bucket => (double)bucket.Lowest * bucket.Count);
        Assert.InRange(all, s_stall.TotalNanoseconds / 2, result.Elapsed.TotalNanoseconds);
    }

    [Fact]
    public async Task TheRateIsThatOfAllConnectionsTogether()
    {
        await using ScriptedServer server = StallingOnce(stallAt: -1);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 500, connections: 10);
        LoadResult result = await LoadScene.RunAsync(plan with { RatePerSecond = 500 });
        LoadScene.AssertAnswered(result, 500);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(499 / 500.0), $"{result.Elapsed}");
        Assert.Equal(500, result.Settings.RatePerSecond);
    }

    [Fact]
    public async Task WhatWasDueAndCouldNotBeMadeIsTheBacklog()
    {
        await using var server = new ScriptedServer(async (peer, _) =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Good);
            await peer.ReadToEndAsync(); // No second answer.
        });
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 2) with
        {
            Requests = null,
            RatePerSecond = 100,
            Duration = TimeSpan.FromSeconds(1),
            Timeout = TimeSpan.FromSeconds(2),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        Assert.Equal(2, result.Requests);
        LoadScene.AssertFailed(result, LoadErrorKind.ReplyTimeout, 2);
        Assert.Equal(96, result.NotMade); // Of 100 that were due.
    }

    [Fact]
    public async Task WhatWasNotDueYetIsNotMissing()
    {
        await using ScriptedServer server = StallingOnce(stallAt: -1);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 16) with
        {
            Requests = null,
            RatePerSecond = 10,
            Duration = TimeSpan.FromSeconds(0.75),
        };
        LoadResult result = await LoadScene.RunAsync(plan);
        Assert.Empty(result.Errors);

        // At 0, 0.1, … 0.7 s. On a busy machine the last may be too late to be made.
        Assert.Equal(8, result.Requests + result.NotMade);
    }

    [Fact]
    public async Task ARequestThatIsDueAtTheEndIsNotMade()
    {
        await using ScriptedServer server = StallingOnce(stallAt: -1);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root), 1, connections: 1) with
        {
            Requests = null,
            RatePerSecond = 20,
            Duration = TimeSpan.FromSeconds(0.5),
        };

        // On a busy machine the last may be too late to be made, and is counted as such.
        LoadResult result = await LoadScene.RunAsync(plan);
        Assert.Empty(result.Errors);
        Assert.Equal(10, result.Requests + result.NotMade);
    }

    [Fact]
    public async Task APipelineIsPacedToo()
    {
        await using ScriptedServer server = StallingOnce(stallAt: -1);
        LoadPlan plan = LoadScene.PlanOf(new ProtocolChoice(server.Root) { Pipeline = 4 }, 200, connections: 2);
        LoadResult result = await LoadScene.RunAsync(plan with { RatePerSecond = 400 });
        LoadScene.AssertAnswered(result, 200);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(199 / 400.0), $"{result.Elapsed}");
    }

    private static long LongerThan(LoadResult result, TimeSpan time) => result.Latency.Buckets
        .Where(bucket => bucket.Lowest > time.TotalNanoseconds)
        .Sum(bucket => bucket.Count);

    private static ScriptedServer StallingOnce(int stallAt = 100)
    {
        int requests = 0;
        return new ScriptedServer(async (peer, _) =>
        {
            while ((await peer.ReadHeadAsync()).Length > 0)
            {
                if (Interlocked.Increment(ref requests) == stallAt)
                {
                    await Task.Delay(s_stall, peer.End);
                }

                await peer.SendAsync(Good);
            }
        });
    }
}
