namespace Sockeye.Cli.Loading.Results;

/// <summary>A histogram drawn together into a few bins, each a fixed factor wider than the one before.</summary>
internal static class LatencyBins
{
    // Of latencies within 2 % of each other a finer cut would only show where the buckets lie.
    private const double FactorMin = 1.02;

    /// <summary>Bins from the least value to the greatest, the empty ones between them too.</summary>
    public static IReadOnlyList<HistogramBucket> Of(LatencyHistogram latency, int binsMax)
    {
        double least = latency.Min;
        double factor = Math.Max(FactorMin, Math.Pow((latency.Max + 1) / least, 1.0 / binsMax));
        int bins = Math.Clamp((int)(Math.Log(latency.Max / least) / Math.Log(factor)) + 1, 1, binsMax);
        long[] counts = new long[bins];
        foreach (HistogramBucket bucket in latency.Buckets)
        {
            double middle = Math.Clamp(bucket.Middle, least, latency.Max);
            counts[Math.Clamp((int)(Math.Log(middle / least) / Math.Log(factor)), 0, bins - 1)] += bucket.Count;
        }

        return
        [
            .. counts.Select((count, at) => new HistogramBucket(
                (long)(least * Math.Pow(factor, at)),
                at == bins - 1 ? latency.Max : (long)(least * Math.Pow(factor, at + 1)),
                count)),
        ];
    }
}
