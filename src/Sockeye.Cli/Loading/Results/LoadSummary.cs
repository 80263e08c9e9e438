using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>A result on a terminal.</summary>
internal static class LoadSummary
{
    private const int DistributionRowsMax = 10;

    /// <summary>Writes it, as data.</summary>
    public static void Write(Output output, LoadResult result)
    {
        output.Line(Screen.Safe(result.Settings.Target));
        output.Line(LoadWords.Sentence(result));
        output.Line();
        WriteLines(output, Totals(result));
        if (result.Latency.Count > 0)
        {
            WriteHeading(output, ResultText.Latency);
            WriteLines(output, Latency(result.Latency));
            foreach (string meaning in LoadWords.Meaning(result))
            {
                output.Line(meaning);
            }

            WriteHeading(output, ResultText.Distribution);
            WriteLines(output, BarChart.Lines(
                Distribution(result.Latency), output.Width, output.OutHasColor));
        }

        if (result.ConnectLatency.Count > 0)
        {
            output.Line();
            output.Line(Connecting(result.ConnectLatency));
        }

        WriteCounts(output, ResultText.ErrorsByKind, LoadWords.Errors(result));
        WriteCounts(output, ResultText.StatusCodes, LoadWords.StatusCodes(result));
        output.Line();
        if (LoadWords.CutShort(result) is { } early)
        {
            output.Line(Screen.In(Screen.Yellow, early, output.OutHasColor));
        }

        output.Line(LoadWords.Bottleneck(result) is { } sentence
            ? Screen.In(Screen.Yellow, sentence, output.OutHasColor)
            : LoadWords.Generator(result));
    }

    /// <summary>Bars of latency, each so many times as wide as the one before: a distribution is read so.</summary>
    public static IReadOnlyList<Bar> Distribution(LatencyHistogram latency) =>
    [
        .. LatencyBins.Of(latency, DistributionRowsMax).Select(bin => new Bar(
            ResultText.UpTo.With(Quantity.Duration(bin.Highest)),
            bin.Count,
            $"{Quantity.Count(bin.Count)}  {Quantity.Percent((double)bin.Count / latency.Count),7}")),
    ];

    private static IEnumerable<string> Totals(LoadResult result)
    {
        double seconds = result.Elapsed.TotalSeconds;
        var table = new TextTable();
        table.Add(
            ResultText.Requests,
            Quantity.Count(result.Requests),
            ResultText.PerSecond.With(Quantity.Number(result.RequestsPerSecond)));
        table.Add(ResultText.Errors, Quantity.Count(result.ErrorCount), Quantity.Percent(result.ErrorShare));
        if (result.Unanswered > 0)
        {
            table.Add(ResultText.Unanswered, Quantity.Count(result.Unanswered), "");
        }

        if (result.NotMade > 0)
        {
            table.Add(ResultText.NotMade, Quantity.Count(result.NotMade), "");
        }

        table.Add(
            ResultText.Received,
            Quantity.Bytes(result.BytesIn),
            ResultText.PerSecond.With(Quantity.Bytes(result.BytesIn / seconds)));
        table.Add(
            ResultText.Sent,
            Quantity.Bytes(result.BytesOut),
            ResultText.PerSecond.With(Quantity.Bytes(result.BytesOut / seconds)));
        return table.Lines(int.MaxValue);
    }

    private static IEnumerable<string> Latency(LatencyHistogram latency)
    {
        var table = new TextTable();
        Row(ResultText.Min, latency.Min);
        foreach ((string label, double percent) in LoadWords.Percentiles)
        {
            Row(label, latency.Percentile(percent));
        }

        Row(ResultText.Max, latency.Max);
        Row(ResultText.Mean, latency.Mean);
        Row(ResultText.Deviation, latency.StandardDeviation);
        return table.Lines(int.MaxValue);

        void Row(string label, double nanoseconds) => table.Add(label, Quantity.Duration(nanoseconds));
    }

    private static string Connecting(LatencyHistogram latency) => ResultText.Connecting.With(
        TextFormat.Count(latency.Count, Text.CountConnection, Text.CountConnections),
        Quantity.Duration(latency.Percentile(50)),
        Quantity.Duration(latency.Percentile(99)),
        Quantity.Duration(latency.Max));

    private static void WriteCounts(Output output, string heading, IEnumerable<(string Label, long Count)> counts)
    {
        var table = new TextTable();
        bool isEmpty = true;
        foreach ((string label, long count) in counts)
        {
            table.Add(label, Quantity.Count(count));
            isEmpty = false;
        }

        if (!isEmpty)
        {
            WriteHeading(output, heading);
            WriteLines(output, table.Lines(int.MaxValue));
        }
    }

    private static void WriteHeading(Output output, string heading)
    {
        output.Line();
        output.Line(Screen.In("1", heading, output.OutHasColor));
    }

    private static void WriteLines(Output output, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            output.Line(line);
        }
    }
}
