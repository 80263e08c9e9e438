using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>A result as a page with plots.</summary>
internal static class LoadReport
{
    private const int BarsMax = 40;
    private const int PointsPerNine = 40;

    private static (string Label, string Value)[] NoRow => [];

    /// <summary>The whole page.</summary>
    public static string Of(LoadResult result)
    {
        LatencyHistogram latency = result.Latency;
        var page = new ReportPage(ReportText.Title.With(result.Settings.Target));
        page.AddParagraph(LoadWords.Sentence(result));
        page.AddParagraph(LoadWords.Machine(result), "faint");
        foreach (string? sentence in (string?[])[LoadWords.CutShort(result), LoadWords.Bottleneck(result)])
        {
            if (sentence is not null)
            {
                page.AddParagraph(sentence, "warning");
            }
        }

        page.Add("<div class=\"tiles\">\n");
        page.AddTile(ReportText.RequestsPerSecond, Quantity.Number(result.RequestsPerSecond));
        page.AddTile(ReportText.Half, Shown(latency.Percentile(50)));
        page.AddTile(ReportText.NinetyNine, Shown(latency.Percentile(99)));
        page.AddTile(ResultText.Errors, Quantity.Percent(result.ErrorShare), isBad: result.ErrorCount > 0);
        page.Add("</div>\n<div class=\"plots\">\n");
        page.Add(ByPercentile(latency));
        page.Add(Throughput(result));
        page.Add(OverTime(result));
        page.Add(Distribution(latency));
        page.Add("</div>\n");
        foreach (string meaning in LoadWords.Meaning(result))
        {
            page.AddParagraph(meaning, "faint");
        }

        page.Add("<div class=\"plots\">\n");
        page.AddTable(ResultText.Latency, LatencyRows(latency));
        page.AddTable(ReportText.Totals, TotalRows(result));
        page.AddTable(ResultText.ErrorsByKind, Counted(LoadWords.Errors(result)));
        page.AddTable(ResultText.StatusCodes, Counted(LoadWords.StatusCodes(result)));
        page.Add("</div>\n");
        return page.End();

        string Shown(long nanoseconds) => latency.Count == 0 ? "–" : Quantity.Duration(nanoseconds);
    }

    private static Plot ByPercentile(LatencyHistogram latency)
    {
        // As many nines as there are values to tell them apart by.
        double nines = Math.Max(1, Math.Log10(Math.Max(1, latency.Count)));
        var plot = new Plot(
            "latency-by-percentile",
            ReportText.ByPercentile,
            PlotAxis.Nines(ReportText.Percentile, PlotAxis.PercentOf(nines)),
            DurationAxis(latency));
        if (latency.Count > 0)
        {
            int points = (int)(nines * PointsPerNine);
            plot.AddLine(
                Enumerable.Range(0, points + 1).Select(at => PlotAxis.PercentOf(nines * at / points))
                    .Select(percent => (percent, (double)latency.Percentile(percent))),
                1,
                "");
        }

        return plot;
    }

    private static Plot Throughput(LoadResult result)
    {
        // Of a run shorter than a second there is only that part.
        LoadSecond[] seconds = [.. result.WholeSeconds.Any() ? result.WholeSeconds : result.Seconds];
        double length = Math.Clamp(result.Elapsed.TotalSeconds, 0.001, 1);
        double most = seconds.Select(second => Math.Max(second.Requests, second.Errors) / length)
            .DefaultIfEmpty().Max();
        var plot = new Plot(
            "requests-per-second",
            ReportText.Throughput,
            TimeAxis(result),
            PlotAxis.Linear(ReportText.RequestsPerSecond, most, ShortNumber));
        plot.AddLine(Points(second => second.Requests), 1, ReportText.Answered);
        if (result.ErrorCount > 0)
        {
            plot.AddLine(Points(second => second.Errors), 2, ResultText.Errors);
        }

        return plot;

        IEnumerable<(double X, double Y)> Points(Func<LoadSecond, long> figure) =>
            seconds.Select((second, at) => (at + 0.5, figure(second) / length));
    }

    private static Plot OverTime(LoadResult result)
    {
        var plot = new Plot("latency-over-time", ReportText.OverTime, TimeAxis(result), SecondsAxis(result));

        // A second without an answer has no latency.
        var answered = result.Seconds.Select((second, at) => (Second: second, At: at + 0.5))
            .Where(one => one.Second.P50Nanoseconds > 0).ToList();
        plot.AddLine(answered.Select(one => (one.At, (double)one.Second.P50Nanoseconds)), 1, "50 %");
        plot.AddLine(answered.Select(one => (one.At, (double)one.Second.P99Nanoseconds)), 2, "99 %");
        return plot;
    }

    private static Plot Distribution(LatencyHistogram latency)
    {
        IReadOnlyList<HistogramBucket> bins = latency.Count == 0 ? [] : LatencyBins.Of(latency, BarsMax);
        double most = bins.Select(bin => Share(bin)).DefaultIfEmpty().Max();
        var plot = new Plot(
            "latency-histogram",
            ReportText.Distribution,
            DurationAxis(latency),
            PlotAxis.Linear(ReportText.Share, most, share => Quantity.Digits(share).TrimEnd('0').TrimEnd('.') + " %"));
        foreach (HistogramBucket bin in bins)
        {
            plot.AddBar(bin.Lowest, bin.Highest, Share(bin), ReportText.Bar.With(
                Quantity.Duration(bin.Lowest), Quantity.Duration(bin.Highest), Quantity.Count(bin.Count)));
        }

        return plot;

        double Share(HistogramBucket bin) => 100.0 * bin.Count / latency.Count;
    }

    private static PlotAxis DurationAxis(LatencyHistogram latency) =>
        PlotAxis.Durations(ResultText.Latency, latency.Min, latency.Max);

    private static PlotAxis SecondsAxis(LoadResult result)
    {
        var answered = result.Seconds.Where(second => second.P50Nanoseconds > 0).ToList();
        return PlotAxis.Durations(
            ResultText.Latency,
            answered.Select(second => (double)second.P50Nanoseconds).DefaultIfEmpty(1).Min(),
            answered.Select(second => (double)second.P99Nanoseconds).DefaultIfEmpty(1).Max());
    }

    private static PlotAxis TimeAxis(LoadResult result) =>
        PlotAxis.Linear(ReportText.Time, Math.Max(1, result.Seconds.Count), ShortNumber);

    // 250000 is too long for the margin: 250 k.
    private static string ShortNumber(double number) => number switch
    {
        >= 1e6 => $"{number / 1e6:0.##} M",
        >= 1e3 => $"{number / 1e3:0.##} k",
        _ => $"{number:0.##}",
    };

    private static IEnumerable<(string Label, string Value)> LatencyRows(LatencyHistogram latency) =>
        latency.Count == 0 ? [] :
        [
            (ResultText.Min, Quantity.Duration(latency.Min)),
            .. LoadWords.Percentiles.Select(one => (one.Label, Quantity.Duration(latency.Percentile(one.Percent)))),
            (ResultText.Max, Quantity.Duration(latency.Max)),
            (ResultText.Mean, Quantity.Duration(latency.Mean)),
            (ResultText.Deviation, Quantity.Duration(latency.StandardDeviation)),
        ];

    private static IEnumerable<(string Label, string Value)> TotalRows(LoadResult result) =>
    [
        (ResultText.Requests, Quantity.Count(result.Requests)),
        (ResultText.Errors, Quantity.Count(result.ErrorCount)),
        .. result.Unanswered > 0 ? [(ResultText.Unanswered, Quantity.Count(result.Unanswered))] : NoRow,
        .. result.NotMade > 0 ? [(ResultText.NotMade, Quantity.Count(result.NotMade))] : NoRow,
        (ResultText.Received, Quantity.Bytes(result.BytesIn)),
        (ResultText.Sent, Quantity.Bytes(result.BytesOut)),
        (ReportText.GeneratorCpu, Quantity.Percent(result.Generator.CpuShare)),
        (ReportText.LateSends, Quantity.Count(result.Generator.LateSends)),
        (ReportText.ConnectHalf, Quantity.Duration(result.ConnectLatency.Percentile(50))),
    ];

    private static IEnumerable<(string Label, string Value)> Counted(IEnumerable<(string Label, long Count)> counts) =>
        counts.Select(one => (one.Label, Quantity.Count(one.Count)));
}
