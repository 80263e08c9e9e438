using System.Text;
using Sockeye.Capture.Streams;

namespace Sockeye.Capture.Ladder;

/// <summary>Draws a ladder with the characters of a terminal.</summary>
public static class LadderText
{
    /// <summary>The narrowest ladder, in cells.</summary>
    public const int WidthMin = 60;

    /// <summary>The widest that can still be read, in cells.</summary>
    public const int WidthMax = 400;

    /// <summary>Draws the ladder.</summary>
    /// <param name="diagram">What to draw.</param>
    /// <param name="width">How many cells a line has.</param>
    /// <param name="hasColor">Whether to colour it, for a terminal that understands ANSI sequences.</param>
    /// <returns>Lines, each with its line feed.</returns>
    public static string Draw(LadderDiagram diagram, int width, bool hasColor = false)
    {
        ArgumentNullException.ThrowIfNull(diagram);
        var text = new StringBuilder();
        foreach (string line in Lines(diagram, width, hasColor))
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Draws the ladder line by line.</summary>
    public static IEnumerable<string> Lines(LadderDiagram diagram, int width, bool hasColor = false) =>
        new Drawing(diagram, Math.Clamp(width, WidthMin, WidthMax), hasColor).Lines();

    private static CellStyle StyleOf(LadderKind kind) => kind switch
    {
        LadderKind.Open => CellStyle.Green,
        LadderKind.Data => CellStyle.Cyan,
        LadderKind.Close => CellStyle.Yellow,
        LadderKind.Trouble => CellStyle.Red,
        LadderKind.Control => CellStyle.Magenta,
        LadderKind.Remark => CellStyle.Italic,
        _ => CellStyle.Dim,
    };

    private sealed class Drawing
    {
        private const int ArrowCells = 8;         // What an arrow needs besides its label.
        private const int SpanCellsMin = 44;      // Words stay between two columns that are so far apart.
        private const int StateCells = 12;        // "SYN-RECEIVED"
        private const int ColumnCellsMin = 16;

        private readonly LadderDiagram _diagram;
        private readonly bool _hasColor;
        private readonly TextCanvas _canvas;
        private readonly int _width;
        private readonly int _timeCells;
        private readonly int _gutter;
        private readonly int[] _columns;

        public Drawing(LadderDiagram diagram, int width, bool hasColor)
        {
            _diagram = diagram;
            _hasColor = hasColor;
            _timeCells = Cells(row => row.TimeText);
            int frameCells = Cells(row => row.FrameText);
            _gutter = _timeCells + 1 + frameCells + 1;
            _columns = Place(diagram.Columns, _gutter, width);
            _width = Math.Max(width, _columns.Length > 0 ? _columns[^1] + 2 : 0);
            _canvas = new TextCanvas(_width);
        }

        public IEnumerable<string> Lines()
        {
            if (_diagram.Columns.Count > 0)
            {
                foreach (string line in Heads())
                {
                    yield return line;
                }
            }

            foreach (LadderRow row in _diagram.Rows)
            {
                foreach (string line in row.Kind == LadderKind.Remark ? Remark(row) : Arrow(row))
                {
                    yield return line;
                }
            }
        }

        private int Cells(Func<LadderRow, string> part) =>
            _diagram.Rows.Count == 0 ? 0 : _diagram.Rows.Max(row => TextCells.Of(part(row)));

        // The first and the last as far apart as their heads allow, the others evenly between them.
        private static int[] Place(IReadOnlyList<LadderColumn> columns, int gutter, int width)
        {
            if (columns.Count == 0)
            {
                return [];
            }

            int first = gutter + Half(columns[0]);
            int last = Math.Max(width - 1 - Half(columns[^1]), first + (ColumnCellsMin * (columns.Count - 1)));
            int gaps = Math.Max(1, columns.Count - 1);
            return [.. columns.Select((_, i) => columns.Count == 1 ? first : first + ((last - first) * i / gaps))];
        }

        private static int Half(LadderColumn column) => Math.Min(
            ColumnCellsMin, (Math.Max(TextCells.Of(column.Name), StateCells) + 1) / 2);

        private IEnumerable<string> Heads()
        {
            int room = _columns.Length > 1 ? _columns[1] - _columns[0] - 2 : _width;
            yield return Line(() => ForEach((column, at) =>
                _canvas.PutCentred(at, TextCells.Fit(column.Name, room), CellStyle.Bold)));
            if (_diagram.Columns.Any(column => column.Role.Length > 0))
            {
                yield return Line(() => ForEach((column, at) =>
                    _canvas.PutCentred(at, column.Role, CellStyle.Plain)));
            }

            yield return Line(() => ForEach((column, at) => _canvas.PutCentred(
                at, column.State is { } state ? TcpStates.NameOf(state) : "│",
                column.State is null ? CellStyle.Dim : CellStyle.Bold)));
            yield return Lifelines(() => { });
        }

        private IEnumerable<string> Remark(LadderRow row)
        {
            int left = _columns.Length > 0 ? _columns[0] + 2 : 0;
            foreach (string part in TextCells.Wrap(row.Label, Math.Max(ColumnCellsMin, _width - left - 1)))
            {
                yield return Lifelines(() =>
                {
                    PutTime(row);
                    _canvas.Put(left, part, CellStyle.Italic);
                });
            }
        }

        private IEnumerable<string> Arrow(LadderRow row)
        {
            (int left, int right) = (_columns[Math.Min(row.From, row.To)], _columns[Math.Max(row.From, row.To)]);
            bool isNarrow = right - left < SpanCellsMin;
            int room = isNarrow ? _width - left - 3 : right - left - 3;
            bool isOwn = left == right; // Its label stands at its tip.
            bool isInside = isOwn || TextCells.Of(row.Label) <= right - left - ArrowCells;
            string[] above = isInside ? [] : [.. TextCells.Wrap(row.Label, room)];
            foreach (string part in above)
            {
                yield return Lifelines(() => _canvas.Put(left + 2, part, StyleOf(row.Kind)));
            }

            yield return Lifelines(() =>
            {
                PutTime(row);
                PutArrow(row, left, right, isInside ? row.Label : "");
            });
            foreach (string part in TextCells.Wrap(row.Words, room))
            {
                yield return Lifelines(() => _canvas.Put(left + 2, part, CellStyle.Plain));
            }

            if (row.FromState is not null || row.ToState is not null)
            {
                yield return Lifelines(() =>
                {
                    PutState(row.From, row.FromState);
                    PutState(row.To, row.ToState);
                });
            }

            yield return Lifelines(() => { });
        }

        private void PutTime(LadderRow row)
        {
            _canvas.Put(_timeCells - TextCells.Of(row.TimeText), row.TimeText, CellStyle.Dim);
            _canvas.Put(_gutter - 1 - TextCells.Of(row.FrameText), row.FrameText, CellStyle.Plain);
        }

        private void PutState(int column, TcpState? state)
        {
            if (state is { } one)
            {
                _canvas.PutCentred(_columns[column], TcpStates.NameOf(one), CellStyle.Bold);
            }
        }

        private void PutArrow(LadderRow row, int left, int right, string label)
        {
            CellStyle style = StyleOf(row.Kind);
            if (left == right)
            {
                _canvas.Put(left, $"├◀ {TextCells.Fit(row.Label, _width - left - 4)}", style);
                return;
            }

            string line = row.Kind == LadderKind.Folded ? "╌" : "─";
            for (int at = left + 1; at < right; at++)
            {
                _canvas.Put(at, line, style);
            }

            ForEach((_, at) =>
            {
                if (at > left && at < right)
                {
                    _canvas.Put(at, "┼", style);
                }
            });
            bool goesRight = row.From < row.To;
            _canvas.Put(goesRight ? left : right, goesRight ? "├" : "┤", style);
            _canvas.Put(goesRight ? right - 1 : left + 1, goesRight ? "▶" : "◀", style);
            if (label.Length > 0)
            {
                _canvas.PutCentred((left + right) / 2, $" {label} ", style);
            }
        }

        private string Lifelines(Action put) => Line(() =>
        {
            ForEach((_, at) => _canvas.Put(at, "│", CellStyle.Dim));
            put();
        });

        private string Line(Action put)
        {
            _canvas.Clear();
            put();
            return _canvas.Row(_hasColor);
        }

        private void ForEach(Action<LadderColumn, int> action)
        {
            for (int i = 0; i < _columns.Length; i++)
            {
                action(_diagram.Columns[i], _columns[i]);
            }
        }
    }
}
