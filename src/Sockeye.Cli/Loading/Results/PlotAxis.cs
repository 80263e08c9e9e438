using System.Globalization;

namespace Sockeye.Cli.Loading.Results;

/// <summary>An axis of a plot: where a value lies on it, and which values are written beside it.</summary>
internal sealed class PlotAxis
{
    private const int TicksMax = 6;

    private static readonly int[] s_steps = [1, 2, 5];

    private readonly Func<double, double> _scale;
    private readonly double _least;
    private readonly double _most;

    private PlotAxis(
        string label, double least, double most, IEnumerable<(double, string)> ticks, Func<double, double> scale)
    {
        Label = label;
        _least = scale(least);
        _most = scale(most);
        _scale = scale;
        Ticks = [.. ticks.Where(tick => Place(tick.Item1) is >= -0.001 and <= 1.001)];
    }

    /// <summary>What it measures.</summary>
    public string Label { get; }

    /// <summary>The values that are marked, and what is written there.</summary>
    public IReadOnlyList<(double Value, string Text)> Ticks { get; }

    /// <summary>Equal steps from 0.</summary>
    public static PlotAxis Linear(string label, double most, Func<double, string> text)
    {
        most = most > 0 ? most : 1;
        double step = StepFor(most / (TicksMax - 1));
        double end = Math.Ceiling((most / step) - 0.001) * step;
        var ticks = Enumerable.Range(0, (int)Math.Round(end / step) + 1).Select(at => (at * step, text(at * step)));
        return new PlotAxis(label, 0, end, ticks, value => value);
    }

    /// <summary>Equal factors, for latencies: a microsecond and a second are seen on one axis.</summary>
    public static PlotAxis Durations(string label, double least, double most)
    {
        // From a mark to a mark: latencies that are all alike would otherwise lie between two, and none be seen.
        least = Math.Max(least, 1);
        most = Math.Max(most, least);
        double end = DecadeOf(most) * 10;
        most = Decades(DecadeOf(most), end, s_steps).Select(tick => tick.Item1)
            .FirstOrDefault(tick => tick > most, end);
        least = Decades(DecadeOf(least), least, s_steps).Last().Item1;
        List<(double, string)> ticks = [.. Decades(least, most, s_steps)];
        if (ticks.Count > TicksMax)
        {
            ticks = [.. Decades(least, most, [1])];
        }

        int every = (ticks.Count + TicksMax - 1) / TicksMax;
        return new PlotAxis(label, least, most, ticks.Where((_, at) => at % Math.Max(1, every) == 0), Math.Log10);
    }

    /// <summary>
    /// Per cent by the number of nines: 90, 99 and 99.9 are equally far apart, as HdrHistogram's plots have it.
    /// </summary>
    public static PlotAxis Nines(string label, double most)
    {
        double nines = NinesOf(most);
        var ticks = Enumerable.Range(0, (int)(nines + 0.001) + 1).Select(count => (PercentOf(count), TextOf(count)));
        int every = ((int)nines / TicksMax) + 1;
        return new PlotAxis(label, 0, PercentOf(nines), ticks.Where((_, at) => at % every == 0), NinesOf);

        static string TextOf(int count) =>
            count == 0 ? "0 %" : PercentOf(count).ToString("0.######", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>The per cent that has so many nines; 1 is 90.</summary>
    public static double PercentOf(double nines) => 100 - (100 * Math.Pow(10, -nines));

    /// <summary>Where a value lies: 0 is the beginning, 1 the end.</summary>
    public double Place(double value) => (_scale(value) - _least) / (_most - _least);

    private static double NinesOf(double percent) => -Math.Log10(1 - (percent / 100));

    private static IEnumerable<(double, string)> Decades(double least, double most, int[] steps)
    {
        for (double decade = DecadeOf(least); decade <= most; decade *= 10)
        {
            foreach (int step in steps)
            {
                if (decade * step >= least && decade * step <= most)
                {
                    yield return (decade * step, DurationText(decade * step));
                }
            }
        }
    }

    private static double DecadeOf(double value) => Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1))));

    // 1, 2 or 5 and zeros.
    private static double StepFor(double rough)
    {
        double decade = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return decade * (rough / decade) switch { <= 1.001 => 1, <= 2.001 => 2, <= 5.001 => 5, _ => 10 };
    }

    private static string DurationText(double nanoseconds)
    {
        var unit = Quantity.DurationUnit.For(nanoseconds);
        return (nanoseconds / unit.Nanoseconds).ToString("0.##", CultureInfo.InvariantCulture) + " " + unit.Name;
    }
}
