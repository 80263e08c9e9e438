using System.Text;

namespace Sockeye.Capture.Ladder;

/// <summary>How a cell is shown on a terminal with colours.</summary>
internal enum CellStyle : byte
{
    Plain = 0,
    Bold,
    Dim,
    Green,
    Cyan,
    Yellow,
    Red,
    Magenta,
    Italic,
}

/// <summary>A line of a terminal, on which text is put at places, the later over the earlier.</summary>
internal sealed class TextCanvas(int width)
{
    private readonly string?[] _cells = new string?[width];
    private readonly CellStyle[] _styles = new CellStyle[width];

    public void Clear()
    {
        Array.Fill(_cells, " ");
        Array.Clear(_styles);
    }

    /// <summary>Puts a text, as far as there is room.</summary>
    public void Put(int at, string text, CellStyle style)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            int cells = TextCells.Of(rune);
            if (cells == 0 || at < 0 || at + cells > _cells.Length)
            {
                at += cells;
                continue;
            }

            _cells[at] = rune.ToString();
            _styles[at] = style;
            if (cells > 1)
            {
                _cells[at + 1] = null;
            }

            at += cells;
        }
    }

    public void PutCentred(int centre, string text, CellStyle style)
    {
        int cells = TextCells.Of(text);
        int at = Math.Clamp(centre - (cells / 2), 0, Math.Max(0, _cells.Length - cells));
        Put(at, text, style);
    }

    public string Row(bool hasColor)
    {
        var row = new StringBuilder();
        int length = Array.FindLastIndex(_cells, cell => cell is not (" " or null)) + 1;
        CellStyle style = CellStyle.Plain;
        for (int i = 0; i < length; i++)
        {
            CellStyle next = _cells[i] == " " ? style : _styles[i];
            if (hasColor && next != style)
            {
                row.Append(Sequence(next));
                style = next;
            }

            row.Append(_cells[i]);
        }

        return row.Append(hasColor && style != CellStyle.Plain ? "\e[0m" : "").ToString();
    }

    private static string Sequence(CellStyle style) => style switch
    {
        CellStyle.Bold => "\e[0;1m",
        CellStyle.Dim => "\e[0;2m",
        CellStyle.Green => "\e[0;32m",
        CellStyle.Cyan => "\e[0;36m",
        CellStyle.Yellow => "\e[0;33m",
        CellStyle.Red => "\e[0;1;31m",
        CellStyle.Magenta => "\e[0;35m",
        CellStyle.Italic => "\e[0;3m",
        _ => "\e[0m",
    };
}
