using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

/// <summary>Results made up from a seed: the same ones on every machine.</summary>
internal static class SampleResult
{
    private const int RequestsPerSecond = 1_000;

    /// <summary>A load over HTTP with a few failures.</summary>
    /// <param name="seconds">How long it took.</param>
    /// <param name="seed">Where the latencies begin.</param>
    /// <param name="factor">How much slower than usual the peer was.</param>
    public static LoadResult Of(double seconds = 10, int seed = 1, double factor = 1)
    {
        var random = new Random(seed);
        var all = new LatencyHistogram();
        var second = new LatencyHistogram();
        List<LoadSecond> series = [];
        for (int at = 0; at < seconds; at++)
        {
            second.Clear();
            int requests = (int)(RequestsPerSecond * Math.Min(1, seconds - at) / factor) - random.Next(20);
            for (int request = 0; request < requests; request++)
            {
                second.Record(Latency(random, factor));
            }

            series.Add(LoadSecond.Of(second, errors: at == 3 ? 12 : 0));
            all.Add(second);
        }

        return new LoadResult
        {
            Settings = Settings,
            BeganAt = new DateTimeOffset(2026, 11, 21, 12, 34, 56, TimeSpan.Zero),
            Machine = new LoadMachine(2, "Linux 6.12", ".NET 10.0.1"),
            Elapsed = TimeSpan.FromSeconds(seconds),
            Requests = all.Count,
            AnsweredInTime = all.Count,
            BytesIn = all.Count * 180,
            BytesOut = all.Count * 63,
            Latency = all,
            ConnectLatency = Connecting(),
            Seconds = series,
            Errors = new Dictionary<LoadErrorKind, long>
            {
                [LoadErrorKind.Reset] = 2,
                [LoadErrorKind.ReplyTimeout] = 10,
            },
            StatusCodes = new Dictionary<int, long> { [200] = all.Count, [503] = 0 },
            Generator = new LoadGenerator(0.42, 3, 2_400_000, GeneratorLimit.None),
        };
    }

    /// <summary>One of which nothing is known but that it failed.</summary>
    public static LoadResult Unanswered() => Of() with
    {
        Requests = 0,
        AnsweredInTime = 0,
        BytesIn = 0,
        Latency = new LatencyHistogram(),
        ConnectLatency = new LatencyHistogram(),
        Seconds = [new LoadSecond(0, 64, 0, 0)],
        Elapsed = TimeSpan.FromSeconds(1.5),
        Errors = new Dictionary<LoadErrorKind, long> { [LoadErrorKind.ConnectRefused] = 64 },
        StatusCodes = new Dictionary<int, long>(),
    };

    private static LoadSettings Settings => new()
    {
        Target = "http://127.0.0.1:8080/",
        Protocol = "http",
        Connections = 64,
        Pipeline = 1,
        Loops = 1,
        IoModel = "epoll",
    };

    // A third of a millisecond and a long tail.
    private static long Latency(Random random, double factor) =>
        (long)(factor * (300_000 + (30_000 * -Math.Log(1 - random.NextDouble()))
            + (random.Next(200) == 0 ? 5_000_000 * random.NextDouble() : 0)));

    private static LatencyHistogram Connecting()
    {
        var histogram = new LatencyHistogram();
        for (int at = 0; at < 64; at++)
        {
            histogram.Record(90_000 + (at * 1_000));
        }

        return histogram;
    }
}
