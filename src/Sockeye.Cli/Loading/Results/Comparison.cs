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

/// <summary>What says how far two sides differ by chance.</summary>
internal enum ComparisonSample
{
    /// <summary>The whole seconds of a side, and what is known of how much runs of one thing differ.</summary>
    Seconds,

    /// <summary>The runs of a side, a value each.</summary>
    Runs,
}

/// <summary>A figure of two sides.</summary>
/// <param name="Figure">Which one: a key of JSON, and what <c>--fail-if</c> calls it too.</param>
/// <param name="Base">The geometric mean of the base's runs.</param>
/// <param name="New">The geometric mean of the new side's runs.</param>
/// <param name="Ratio">New by base.</param>
/// <param name="Least">The lower end of the ratio's interval, which holds the truth in 95 of 100 cases.</param>
/// <param name="Most">The upper end.</param>
/// <param name="Verdict">What follows.</param>
internal sealed record ComparedFigure(
    string Figure, double Base, double New, double Ratio, double Least, double Most, ComparisonVerdict Verdict);

/// <summary>
/// Two sides compared, each of one run or several. A run is not one number: the interval of each ratio says what chance
/// can do. Of three runs a side and more it is Welch's for logarithms: ratios are symmetric there, and tails short.
/// </summary>
internal sealed class Comparison
{
    /// <summary>So many runs on each side, and they say themselves how much they differ.</summary>
    public const int RunsMin = 3;

    /// <summary>Of fewer seconds an interval means nothing.</summary>
    public const int SecondsMin = 5;

    /// <summary>Failures that are more than this share of all requests above the base's are worse.</summary>
    public const double ErrorShareMore = 0.001;

    /// <summary>How much two runs of one thing differ, whatever each one's seconds say: the standard deviation of
    /// throughput and the median, as a share (2026-11, on virtual machines with neighbours). With fewer than
    /// <see cref="RunsMin"/> runs nothing else is known of it.</summary>
    public const double RunDeviation = 0.05;

    /// <summary>The same of what is slower than 99 %.</summary>
    public const double TailRunDeviation = 0.15;

    private const double NormalQuantile = 1.959964; // 2.5 % are above.

    private readonly IReadOnlyList<LoadResult> _before;
    private readonly IReadOnlyList<LoadResult> _after;
    private readonly double _tolerance;

    private Comparison(IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after, double tolerance)
    {
        _before = before;
        _after = after;
        _tolerance = tolerance;
        Sample = SampleOf(before, after);
        BaseErrorShare = ErrorShare(before);
        NewErrorShare = ErrorShare(after);
        bool isAnswered = IsAnswered(before) && IsAnswered(after);
        Figures = !isAnswered ? [Rate(_ => 0)]
            : Sample == ComparisonSample.Runs
                ?
                [
                    Rate(figure => OfRuns(figure)),
                    Latency("mean", run => run.Latency.Mean),
                    Latency("p50", run => run.Latency.Percentile(50)),
                    Latency("p90", run => run.Latency.Percentile(90)),
                    Latency("p99", run => run.Latency.Percentile(99)),
                    Latency("p99.9", run => run.Latency.Percentile(99.9)),
                ]
                :
                [
                    Rate(_ => OfSeconds(second => second.Requests, RunDeviation)),
                    Compare("p50", run => run.Latency.Percentile(50),
                        _ => OfSeconds(second => second.P50Nanoseconds, RunDeviation)),
                    Compare("p99", run => run.Latency.Percentile(99),
                        _ => OfSeconds(second => second.P99Nanoseconds, TailRunDeviation)),
                ];
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

    /// <summary>What the intervals are made of.</summary>
    public ComparisonSample Sample { get; }

    /// <summary>The figures, throughput first; that alone when a side was not answered.</summary>
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
    /// <remarks>Ask first whether there <see cref="IsEnough"/> to compare.</remarks>
    public static Comparison Of(
        IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after, double tolerance) =>
        new(before, after, tolerance);

    /// <summary>What the intervals would be made of.</summary>
    public static ComparisonSample SampleOf(IReadOnlyList<LoadResult> before, IReadOnlyList<LoadResult> after) =>
        before.Count >= RunsMin && after.Count >= RunsMin && before.Concat(after).All(run => run.AnsweredInTime > 0)
            ? ComparisonSample.Runs
            : ComparisonSample.Seconds;

    /// <summary>Whether a side has an answer in it.</summary>
    public static bool IsAnswered(IReadOnlyList<LoadResult> side) => side.Any(run => run.AnsweredInTime > 0);

    /// <summary>Whether the seconds of a side in which something was answered are enough for an interval.</summary>
    public static bool IsEnough(IReadOnlyList<LoadResult> side) => Answered(side).Count >= SecondsMin;

    // A second without an answer has no latency; that it had none is seen in the throughput.
    private static List<LoadSecond> Answered(IReadOnlyList<LoadResult> side) =>
        [.. side.SelectMany(run => run.WholeSeconds).Where(second => second.Requests > 0)];

    private static double ErrorShare(IReadOnlyList<LoadResult> side)
    {
        long errors = side.Sum(run => run.ErrorCount);
        long all = errors + side.Sum(run => run.Requests);
        return all > 0 ? (double)errors / all : 0;
    }

    private ComparedFigure Rate(Func<Func<LoadResult, double>, double> width) =>
        Compare("rps", run => run.RequestsPerSecond, width, isMoreBetter: true);

    private ComparedFigure Latency(string name, Func<LoadResult, double> figure) => Compare(name, figure, OfRuns);

    /// <summary>Half the width of a ratio's interval, as a logarithm: Welch's of the runs.</summary>
    private double OfRuns(Func<LoadResult, double> figure)
    {
        double old = Variance(_before.Select(figure)) / _before.Count;
        double now = Variance(_after.Select(figure)) / _after.Count;
        double error = old + now;
        double freedom = (old * old / (_before.Count - 1)) + (now * now / (_after.Count - 1));
        return error == 0 ? 0 : StudentQuantile(error * error / freedom) * Math.Sqrt(error);
    }

    /// <summary>The same of the seconds, with what runs differ by beside.</summary>
    private double OfSeconds(Func<LoadSecond, double> figure, double runDeviation)
    {
        return NormalQuantile * Math.Sqrt(Error(_before) + Error(_after));

        double Error(IReadOnlyList<LoadResult> side)
        {
            List<LoadSecond> seconds = Answered(side);
            return (Variance(seconds.Select(figure)) / seconds.Count) + (runDeviation * runDeviation / side.Count);
        }
    }

    private ComparedFigure Compare(
        string name,
        Func<LoadResult, double> figure,
        Func<Func<LoadResult, double>, double> width,
        bool isMoreBetter = false)
    {
        double old = Mean(_before.Select(figure));
        double now = Mean(_after.Select(figure));
        double ratio = old > 0 ? now / old : now > 0 ? double.MaxValue : 1;
        double factor = Math.Exp(width(figure));
        (double least, double most) = (ratio / factor, ratio * factor);
        ComparisonVerdict verdict = ComparisonVerdict.NoDifference;
        if (least > 1 && ratio > 1 + _tolerance)
        {
            verdict = isMoreBetter ? ComparisonVerdict.Better : ComparisonVerdict.Worse;
        }
        else if (most < 1 && ratio < 1 - _tolerance)
        {
            verdict = isMoreBetter ? ComparisonVerdict.Worse : ComparisonVerdict.Better;
        }

        return new ComparedFigure(name, old, now, ratio, least, most, verdict);
    }

    /// <summary>The geometric mean; nothing where any of them is nothing.</summary>
    private static double Mean(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return all.Min() > 0 ? Math.Exp(all.Average(one => Math.Log(one))) : 0;
    }

    /// <summary>The variance of the logarithms.</summary>
    private static double Variance(IEnumerable<double> values)
    {
        double[] logarithms = [.. values.Select(one => Math.Log(one))];
        double mean = logarithms.Average();
        return logarithms.Sum(one => (one - mean) * (one - mean)) / (logarithms.Length - 1);
    }

    /// <summary>What 2.5 % of Student's distribution are above, to one per cent from two degrees of freedom on: the
    /// expansion of Abramowitz and Stegun 26.7.5.</summary>
    private static double StudentQuantile(double freedom)
    {
        const double Z = NormalQuantile;
        double z2 = Z * Z;
        double first = (z2 + 1) * Z / 4;
        double second = ((((5 * z2) + 16) * z2) + 3) * Z / 96;
        double third = ((((((3 * z2) + 19) * z2) + 17) * z2) - 15) * Z / 384;
        double fourth = ((((((((79 * z2) + 776) * z2) + 1482) * z2) - 1920) * z2) - 945) * Z / 92160;
        return Z + ((first + ((second + ((third + (fourth / freedom)) / freedom)) / freedom)) / freedom);
    }
}
