namespace Sockeye.Cli.Loading.Results;

/// <summary>What a comparison says of a figure.</summary>
internal enum ComparisonVerdict
{
    /// <summary>The interval holds "no change", or the change is within the tolerance.</summary>
    NoDifference,

    /// <summary>It has improved by more than the tolerance, and not by chance.</summary>
    Better,

    /// <summary>It is worse by more than the tolerance, and not by chance.</summary>
    Worse,
}

/// <summary>What the values that are drawn from are.</summary>
internal enum ComparisonSample
{
    /// <summary>The whole seconds of all runs of a side.</summary>
    Seconds,

    /// <summary>The runs of a side, a value each.</summary>
    Runs,
}

/// <summary>A figure of two sides.</summary>
/// <param name="Figure">Which one: a key of JSON, and what <c>--fail-if</c> calls it too.</param>
/// <param name="Base">The mean of the base's values.</param>
/// <param name="New">The mean of the new side's values.</param>
/// <param name="Ratio">New by base.</param>
/// <param name="Least">The lower end of the ratio's interval: 2.5 % of the draws are below.</param>
/// <param name="Most">The upper end.</param>
/// <param name="Verdict">What follows.</param>
internal sealed record ComparedFigure(
    string Figure, double Base, double New, double Ratio, double Least, double Most, ComparisonVerdict Verdict);

/// <summary>
/// Two sides compared, each of one run or several. A run is not one number: it is drawn again and again, with
/// replacement, from what was measured, and the interval that holds 95 % of the ratios says what chance can do.
/// </summary>
internal sealed class Comparison
{
    /// <summary>Draws for each figure.</summary>
    public const int Draws = 10_000;

    /// <summary>So many runs on each side, and runs are what is drawn; with fewer it is their seconds.</summary>
    public const int RunsMin = 3;

    /// <summary>Of fewer seconds an interval means nothing.</summary>
    public const int SecondsMin = 5;

    /// <summary>Failures that are more than this share of all requests above the base's are worse.</summary>
    public const double ErrorShareMore = 0.001;

    private const double Tail = 0.025;
    private const double ValueMin = 1e-6;

    private readonly Random _random;
    private readonly double _tolerance;

    private Comparison(IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after, double tolerance, int seed)
    {
        _random = new Random(seed);
        _tolerance = tolerance;
        Sample = SampleOf(before, after);
        Figures = Sample == ComparisonSample.Runs
            ?
            [
                Compare("rps", before, after, run => run.RequestsPerSecond, isMoreBetter: true),
                Compare("mean", before, after, run => run.Latency.Mean),
                Compare("p50", before, after, run => run.Latency.Percentile(50)),
                Compare("p90", before, after, run => run.Latency.Percentile(90)),
                Compare("p99", before, after, run => run.Latency.Percentile(99)),
                Compare("p99.9", before, after, run => run.Latency.Percentile(99.9)),
            ]
            :
            [
                Compare("rps", Seconds(before), Seconds(after), second => second.Requests, isMoreBetter: true),
                Compare("p50", Answered(before), Answered(after), second => second.P50Nanoseconds),
                Compare("p99", Answered(before), Answered(after), second => second.P99Nanoseconds),
            ];
        BaseErrorShare = ErrorShare(before);
        NewErrorShare = ErrorShare(after);
        LoadResult one = before[0];
        Differences =
        [
            .. before.Concat(after).SelectMany(run => LoadResultJson.Conditions(one)
                    .Zip(LoadResultJson.Conditions(run)))
                .Where(pair => pair.First.Value != pair.Second.Value)
                .Select(pair => (pair.First.Name, pair.First.Value, pair.Second.Value))
                .Distinct(),
        ];
    }

    /// <summary>What was drawn from.</summary>
    public ComparisonSample Sample { get; }

    /// <summary>The figures, throughput first.</summary>
    public IReadOnlyList<ComparedFigure> Figures { get; }

    /// <summary>Failures of the base, from 0 to 1.</summary>
    public double BaseErrorShare { get; }

    /// <summary>Failures of the new side.</summary>
    public double NewErrorShare { get; }

    /// <summary>What of failures follows.</summary>
    public ComparisonVerdict ErrorVerdict => (NewErrorShare - BaseErrorShare) switch
    {
        > ErrorShareMore => ComparisonVerdict.Worse,
        < -ErrorShareMore => ComparisonVerdict.Better,
        _ => ComparisonVerdict.NoDifference,
    };

    /// <summary>What was not the same in what was run: name, the first run's value, another's.</summary>
    public IReadOnlyList<(string Name, string One, string Other)> Differences { get; }

    /// <summary>Whether anything is worse.</summary>
    public bool IsRegression => ErrorVerdict == ComparisonVerdict.Worse
        || Figures.Any(figure => figure.Verdict == ComparisonVerdict.Worse);

    /// <summary>Compares.</summary>
    /// <param name="before">The base's runs.</param>
    /// <param name="after">The new side's runs.</param>
    /// <param name="tolerance">A change of this share, 0.05 say, is none.</param>
    /// <param name="seed">Where the draws begin: the same seed gives the same intervals.</param>
    /// <remarks>Ask first whether there <see cref="IsEnough"/> to draw from.</remarks>
    public static Comparison Of(
        IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after, double tolerance, int seed) =>
        new(before, after, tolerance, seed);

    /// <summary>What would be drawn from.</summary>
    public static ComparisonSample SampleOf(IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after) =>
        before.Count >= RunsMin && after.Count >= RunsMin && before.Concat(after).All(run => run.Latency.Count > 0)
            ? ComparisonSample.Runs
            : ComparisonSample.Seconds;

    /// <summary>Whether the seconds of a side in which something was answered are enough to draw from.</summary>
    public static bool IsEnough(IReadOnlyList<LoadResult> side) => Answered(side).Count >= SecondsMin;

    private static List<LoadSecond> Seconds(IReadOnlyList<LoadResult> side) =>
        [.. side.SelectMany(run => run.WholeSeconds)];

    // A second without an answer has no latency; that it had none is seen in the throughput.
    private static List<LoadSecond> Answered(IReadOnlyList<LoadResult> side) =>
        [.. Seconds(side).Where(second => second.Requests > 0)];

    private static double ErrorShare(IReadOnlyList<LoadResult> side)
    {
        long errors = side.Sum(run => run.ErrorCount);
        long all = errors + side.Sum(run => run.Requests);
        return all > 0 ? (double)errors / all : 0;
    }

    private ComparedFigure Compare<TSample>(
        string figure,
        IReadOnlyList<TSample> before,
        IReadOnlyList<TSample> after,
        Func<TSample, double> value,
        bool isMoreBetter = false)
    {
        double[] old = [.. before.Select(value)];
        double[] now = [.. after.Select(value)];
        double[] ratios = new double[Draws];
        for (int at = 0; at < Draws; at++)
        {
            ratios[at] = Drawn(now) / Drawn(old);
        }

        Array.Sort(ratios);
        double ratio = now.Average() / old.Average();
        double least = ratios[(int)(Draws * Tail)];
        double most = ratios[Draws - 1 - (int)(Draws * Tail)];
        ComparisonVerdict verdict = ComparisonVerdict.NoDifference;
        if (least > 1 && ratio > 1 + _tolerance)
        {
            verdict = isMoreBetter ? ComparisonVerdict.Better : ComparisonVerdict.Worse;
        }
        else if (most < 1 && ratio < 1 - _tolerance)
        {
            verdict = isMoreBetter ? ComparisonVerdict.Worse : ComparisonVerdict.Better;
        }

        return new ComparedFigure(figure, old.Average(), now.Average(), ratio, least, most, verdict);
    }

    private double Drawn(double[] values)
    {
        double sum = 0;
        for (int at = 0; at < values.Length; at++)
        {
            sum += values[_random.Next(values.Length)];
        }

        // All that was drawn may be seconds without an answer; a ratio to nothing is no number.
        return sum > 0 ? sum / values.Length : ValueMin;
    }
}
