using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class PercentileTextTests
{
    [Fact]
    public void PercentilesAreWrittenAsHdrHistogramPrintsThem() =>
        Golden.Verify("Load.Percentiles", PercentileText.Of(SampleResult.Of().Latency));

    // These values, and what is expected of them, are those of a test of HdrHistogram's own, where they have no unit.
    [Fact]
    public void RowsAndFiguresAreHdrHistograms()
    {
        (long Value, long Count)[] values =
        [
            (1, 7_604_459), (383, 2_395_524), (453, 2), (511, 2), (537, 3), (672, 1), (777, 1), (18_143, 1),
            (208_127, 1), (224_639, 1), (229_759, 1), (230_271, 1), (258_943, 1), (275_711, 1), (282_111, 1),
        ];
        LatencyHistogram histogram = LatencyHistogram.Restore(
            [.. values.Select(one => (Lowest(one.Value), one.Count))], 1, 282_111, 0)!;
        Assert.Equal(("92.682", "262.259"), ($"{histogram.Mean:F3}", $"{histogram.StandardDeviation:F3}"));
        string[] rows = PercentileText.Of(histogram).Split('\n');
        Assert.Equal("       Value     Percentile TotalCount 1/(1-Percentile)", rows[0]);
        Assert.Equal("       0.000 0.000000000000    7604459           1.00", rows[2]);
        Assert.Equal("       0.000 0.775000000000    9999983           4.44", rows[13]);
        Assert.Contains("       0.208 0.999999332428    9999994     1497965.71", rows);
        Assert.Equal(
            [
                "       0.282 0.999999904633   10000000    10485760.00",
                "       0.282 1.000000000000   10000000",
                "#[Mean    =        0.000, StdDeviation   =        0.000]",
                "#[Max     =        0.282, Total count    =     10000000]",
                "#[Buckets =           32, SubBuckets     =         2048]",
                "",
            ],
            rows[^6..]);
    }

    [Fact]
    public void EmptyHistogramHasNoRows() =>
        Assert.Equal(6, PercentileText.Of(new LatencyHistogram()).Split('\n').Length);

    private static long Lowest(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        return histogram.Buckets.First().Lowest;
    }
}
