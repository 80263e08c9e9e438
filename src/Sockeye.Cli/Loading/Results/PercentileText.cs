using System.Globalization;
using System.Text;

namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// A histogram as the text that HdrHistogram prints, usually a file that ends in <c>.hgrm</c>: what plots of latency by
/// percentile are drawn from. Values are in milliseconds, as other load generators write them.
/// </summary>
internal static class PercentileText
{
    // HdrHistogram's own default: so many rows on each halving of what is left to 100 %.
    private const int RowsPerHalving = 5;
    private const double NanosecondsPerMillisecond = 1_000_000;

    /// <summary>The whole text.</summary>
    public static string Of(LatencyHistogram histogram)
    {
        var text = new StringBuilder();
        Append(text, $"{"Value",12} {"Percentile",14} {"TotalCount",10} {"1/(1-Percentile)",14}\n\n");
        AppendRows(text, histogram);
        double max = histogram.Count == 0 ? 0 : Scaled(histogram.Buckets.Last().Highest);
        Append(text, $"#[Mean    = {Scaled(histogram.Mean),12:F3}, ");
        Append(text, $"StdDeviation   = {Scaled(histogram.StandardDeviation),12:F3}]\n");
        Append(text, $"#[Max     = {max,12:F3}, Total count    = {histogram.Count,12}]\n");
        Append(text, $"#[Buckets = {LatencyHistogram.Doublings,12}, SubBuckets     = ");
        Append(text, $"{LatencyHistogram.SubBuckets,12}]\n");
        return text.ToString();
    }

    // As HdrHistogram does it: each row is a level that the values up to here reach, and the level moves on by a fifth
    // of half of what is left. After the last value one more row says 100 %.
    private static void AppendRows(StringBuilder text, LatencyHistogram histogram)
    {
        double level = 0;
        long seen = 0;
        foreach (HistogramBucket bucket in histogram.Buckets)
        {
            seen += bucket.Count;
            double reached = 100.0 * seen / histogram.Count;
            bool isLast = seen == histogram.Count;
            while (reached >= level)
            {
                double share = level / 100;
                Append(text, $"{Scaled(bucket.Highest),12:F3} {share,2:F12} {seen,10} {1 / (1 - share),14:F2}\n");
                long halvings = (long)Math.Log2(100 / (100 - level)) + 1;
                level += 100 / (RowsPerHalving * Math.Pow(2, halvings));
                if (isLast)
                {
                    Append(text, $"{Scaled(bucket.Highest),12:F3} {1.0,2:F12} {seen,10}\n");
                    return;
                }
            }
        }
    }

    private static double Scaled(double nanoseconds) => nanoseconds / NanosecondsPerMillisecond;

    private static void Append(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture));
}
