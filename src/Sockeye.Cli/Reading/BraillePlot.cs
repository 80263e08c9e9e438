using System.Text;
using Sockeye.Cli.Fetching;

namespace Sockeye.Cli.Reading;

/// <summary>
/// A plot in braille characters, whose eight dots make a terminal eight times as fine. A cell has the colour of the
/// series that came to it last.
/// </summary>
internal sealed class BraillePlot
{
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const int FirstPattern = 0x2800;
    private const int AxisCells = 13;
    private const int PointDots = 2;        // In each direction.

    // The bit of each dot, by column and row (Unicode 8.2, "Braille Patterns").
    private static readonly byte[,] s_bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    private readonly byte[,] _dots;
    private readonly string?[,] _colors;
    private readonly int _columns;
    private readonly int _rows;
    private readonly double _xMax;
    private readonly double _yMax;

    public BraillePlot(int width, int height, double xMax, double yMax)
    {
        _columns = Math.Max(1, width - AxisCells - 1);
        _rows = height;
        _xMax = xMax > 0 ? xMax : 1;
        _yMax = yMax > 0 ? yMax : 1;
        _dots = new byte[_columns, _rows];
        _colors = new string?[_columns, _rows];
    }

    /// <summary>How many dots there are from left to right.</summary>
    public int DotColumns => _columns * DotsAcross;

    /// <summary>Draws a point: four dots, for a single one is hard to see.</summary>
    public void Add(double x, double y, string color)
    {
        int columnMax = DotColumns - PointDots;
        int rowMax = (_rows * DotsDown) - PointDots;
        int column = (int)Math.Clamp(x / _xMax * columnMax, 0, columnMax);
        int row = (int)Math.Clamp(y / _yMax * rowMax, 0, rowMax);
        for (int across = 0; across < PointDots; across++)
        {
            for (int up = 0; up < PointDots; up++)
            {
                Set(column + across, row + up, color);
            }
        }
    }

    /// <summary>Fills a column of dots up to a value.</summary>
    public void AddBar(int dotColumn, double y, string color)
    {
        int top = (int)Math.Clamp(Math.Ceiling(y / _yMax * _rows * DotsDown), 0, _rows * DotsDown);
        for (int row = 0; row < top; row++)
        {
            Set(dotColumn, row, color);
        }
    }

    /// <summary>The lines, with axes.</summary>
    /// <param name="yText">Writes a value of the axis at the left.</param>
    /// <param name="xText">Writes a value of the axis below.</param>
    /// <param name="hasColor">Whether to colour it.</param>
    public IEnumerable<string> Lines(Func<double, string> yText, Func<double, string> xText, bool hasColor)
    {
        for (int row = _rows - 1; row >= 0; row--)
        {
            string label = row == _rows - 1 ? yText(_yMax) : row == _rows / 2 ? yText(_yMax / 2) : row == 0 ? yText(0)
                : "";
            yield return $"{label,AxisCells - 1} {(label.Length > 0 ? '┤' : '│')}{Row(row, hasColor)}";
        }

        yield return $"{"",AxisCells}└{new string('─', _columns)}";
        string end = xText(_xMax);
        yield return $"{"",AxisCells} {xText(0).PadRight(Math.Max(0, _columns - end.Length))}{end}";
    }

    private void Set(int column, int row, string color)
    {
        (int cell, int line) = (column / DotsAcross, row / DotsDown);
        _dots[cell, line] |= s_bits[column % DotsAcross, DotsDown - 1 - (row % DotsDown)];
        _colors[cell, line] = color;
    }

    private string Row(int row, bool hasColor)
    {
        var text = new StringBuilder();
        string? before = null;
        for (int column = 0; column < _columns; column++)
        {
            byte dots = _dots[column, row];
            string? color = hasColor && dots != 0 ? _colors[column, row] : before;
            if (color != before)
            {
                text.Append($"\e[{color ?? "0"}m");
                before = color;
            }

            text.Append(dots == 0 ? ' ' : (char)(FirstPattern + dots));
        }

        return text.ToString().TrimEnd() + (before is null ? "" : "\e[0m");
    }

    /// <summary>What a colour stands for.</summary>
    public static string Legend(string color, string words) => $"{Screen.In(color, "⣿", hasColor: true)} {words}";
}
