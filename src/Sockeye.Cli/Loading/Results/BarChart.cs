namespace Sockeye.Cli.Loading.Results;

/// <summary>A bar of a chart.</summary>
/// <param name="Label">What it is of.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Shown">The value in words.</param>
/// <param name="IsBest">Whether it is the one to look at.</param>
internal sealed record Bar(string Label, double Value, string Shown, bool IsBest = false);

/// <summary>Horizontal bars on a terminal, an eighth of a column exact.</summary>
internal static class BarChart
{
    private const int BarColumnsMin = 8;
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>The lines: label, bar, value.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<Bar> bars, int width, bool hasColor = false)
    {
        int labels = bars.Max(bar => bar.Label.Length);
        int values = bars.Max(bar => bar.Shown.Length);
        int columns = Math.Max(BarColumnsMin, width - labels - values - 2);
        double most = bars.Max(bar => bar.Value);
        foreach (Bar bar in bars)
        {
            int eighths = most > 0 ? (int)Math.Round(bar.Value / most * columns * 8) : 0;

            // Something is never drawn as nothing.
            eighths = bar.Value > 0 ? Math.Max(1, eighths) : 0;
            string drawn = new string('█', eighths / 8) + (eighths % 8 > 0 ? Eighths[eighths % 8] : "");
            string room = new(' ', columns - drawn.Length);
            string colored = Fetching.Screen.In(
                bar.IsBest ? Fetching.Screen.Green : Fetching.Screen.Cyan, drawn, hasColor && drawn.Length > 0);
            yield return $"{bar.Label.PadRight(labels)} {colored}{room} {bar.Shown.PadLeft(values)}";
        }
    }
}
