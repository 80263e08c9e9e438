namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// A table of figures for a terminal: the first column begins at the left, the others end at the right. Columns for
/// which there is no room stand below, after the first column once more.
/// </summary>
internal sealed class TextTable
{
    private const int GapColumns = 2;
    private const string Bold = "1";

    private readonly List<TableCell[]> _rows = [];

    /// <summary>A cell.</summary>
    /// <param name="Text">What is in it.</param>
    /// <param name="IsBest">Whether it is the one to look at.</param>
    internal readonly record struct TableCell(string Text, bool IsBest = false);

    /// <summary>Adds a row; all have the same number of cells. The first one is the heading.</summary>
    public void Add(params TableCell[] cells) => _rows.Add(cells);

    /// <summary>Adds a row of texts.</summary>
    public void Add(params string[] texts) => _rows.Add([.. texts.Select(text => new TableCell(text))]);

    /// <summary>The lines, none wider than the room there is, unless two columns are.</summary>
    public IEnumerable<string> Lines(int width, bool hasColor = false)
    {
        int[] widths = [.. Enumerable.Range(0, _rows[0].Length).Select(at => _rows.Max(row => row[at].Text.Length))];
        int first = 1;
        while (first < widths.Length)
        {
            int next = first + 1;
            int used = widths[0] + GapColumns + widths[first];
            while (next < widths.Length && used + GapColumns + widths[next] <= width)
            {
                used += GapColumns + widths[next++];
            }

            if (first > 1)
            {
                yield return "";
            }

            foreach (TableCell[] row in _rows)
            {
                yield return Line(row, widths, first, next, hasColor);
            }

            first = next;
        }
    }

    private static string Line(TableCell[] row, int[] widths, int first, int next, bool hasColor)
    {
        string line = row[0].Text.PadRight(widths[0]);
        for (int at = first; at < next; at++)
        {
            string text = row[at].IsBest ? Fetching.Screen.In(Bold, row[at].Text, hasColor) : row[at].Text;
            line += new string(' ', GapColumns + widths[at] - row[at].Text.Length) + text;
        }

        return line.TrimEnd();
    }
}
