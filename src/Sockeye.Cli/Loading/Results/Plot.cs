using System.Globalization;
using System.Net;
using System.Text;

namespace Sockeye.Cli.Loading.Results;

/// <summary>A plot as a drawing (SVG) in a page. Its colours are the page's, which knows light from dark.</summary>
/// <param name="id">Its name in the page.</param>
/// <param name="title">What is written above it.</param>
/// <param name="x">The axis below.</param>
/// <param name="y">The axis at the left.</param>
internal sealed class Plot(string id, string title, PlotAxis x, PlotAxis y)
{
    // Narrow, so that the letters are still read when the drawing shrinks to a phone.
    private const int Width = 520;
    private const int Height = 320;
    private const int Left = 78;
    private const int Right = 22;
    private const int Top = 34;
    private const int Bottom = 54;

    private readonly StringBuilder _marks = new();
    private readonly StringBuilder _legend = new();
    private double _legendAt = Left;

    /// <summary>Adds a line through points, in the page's n-th colour.</summary>
    public void AddLine(IEnumerable<(double X, double Y)> points, int color, string label)
    {
        string[] places = [.. points.Select(point => $"{Number(AtX(point.X))},{Number(AtY(point.Y))}")];

        // A line of one point would not be seen; from there to there it is a dot.
        string path = string.Join(' ', places.Length == 1 ? [places[0], places[0]] : places);
        _marks.Append(Invariant($"<polyline class=\"line c{color}\" points=\"{path}\"/>\n"));
        AddLegend(color, label);
    }

    /// <summary>Adds a bar from the axis up, with a sentence for who points at it.</summary>
    public void AddBar(double from, double to, double value, string sentence)
    {
        double width = Math.Max(1, AtX(to) - AtX(from) - 1);
        double top = Math.Min(AtY(value), Height - Bottom - (value > 0 ? 1 : 0));
        _marks.Append(Invariant($"<rect class=\"bar\" x=\"{Number(AtX(from))}\" y=\"{Number(top)}\" "));
        _marks.Append(Invariant($"width=\"{Number(width)}\" height=\"{Number(Height - Bottom - top)}\">"));
        _marks.Append(Invariant($"<title>{Escaped(sentence)}</title></rect>\n"));
    }

    /// <summary>Writes it as a figure with a caption.</summary>
    public void AppendTo(StringBuilder page)
    {
        page.Append(Invariant($"<figure id=\"{Escaped(id)}\">\n<figcaption>{Escaped(title)}</figcaption>\n"));
        page.Append(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" "));
        page.Append(Invariant($"aria-label=\"{Escaped(title)}\">\n"));
        foreach ((double value, string text) in y.Ticks)
        {
            page.Append(Invariant($"<path class=\"grid\" d=\"M{Left} {Number(AtY(value))}H{Width - Right}\"/>"));
            AppendText(page, Left - 8, AtY(value) + 5, "end", text);
        }

        foreach ((double value, string text) in x.Ticks)
        {
            page.Append(Invariant($"<path class=\"grid\" d=\"M{Number(AtX(value))} {Top}V{Height - Bottom}\"/>"));
            AppendText(page, AtX(value), Height - Bottom + 20, "middle", text);
        }

        AppendText(page, (Left + Width - Right) / 2.0, Height - 8, "middle", x.Label, "label");
        page.Append(_marks).Append(_legend);
        AppendText(page, Width - Right, Top - 12, "end", y.Label, "label");
        page.Append("</svg>\n</figure>\n");
    }

    private static void AppendText(
        StringBuilder page, double atX, double atY, string anchor, string text, string kind = "tick")
    {
        page.Append(Invariant($"<text class=\"{kind}\" x=\"{Number(atX)}\" y=\"{Number(atY)}\" "));
        page.Append(Invariant($"text-anchor=\"{anchor}\">{Escaped(text)}</text>\n"));
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void AddLegend(int color, string label)
    {
        const double LetterWidth = 9.5;
        if (label.Length > 0)
        {
            _legend.Append(Invariant($"<rect class=\"c{color} key\" x=\"{Number(_legendAt)}\" y=\"{Top - 20}\" "));
            _legend.Append("width=\"12\" height=\"4\"/>");
            AppendText(_legend, _legendAt + 18, Top - 12, "start", label);
            _legendAt += 34 + (label.Length * LetterWidth);
        }
    }

    private double AtX(double value) => Left + (Math.Clamp(x.Place(value), 0, 1) * (Width - Left - Right));

    private double AtY(double value) => Height - Bottom - (Math.Clamp(y.Place(value), 0, 1) * (Height - Top - Bottom));
}
