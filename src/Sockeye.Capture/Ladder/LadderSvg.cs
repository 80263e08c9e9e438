using System.Globalization;
using System.Net;
using System.Text;
using Sockeye.Capture.Streams;

namespace Sockeye.Capture.Ladder;

/// <summary>Draws a ladder as an SVG image, light or dark as its reader is.</summary>
public static class LadderSvg
{
    private const int Gutter = 132;
    private const int ColumnGap = 460;
    private const int ColumnGapMany = 300;
    private const int Margin = 130;
    private const int HeadHeight = 66;
    private const int ArrowHeight = 40;
    private const int LineHeight = 17;
    private const int StateHeight = 28;
    private const int Slant = 12;
    private const int CharacterWidth = 7;
    private const int StateWidth = 116;
    private const int WordCharactersMin = 38;

    /// <summary>Draws the ladder.</summary>
    public static string Draw(LadderDiagram diagram)
    {
        ArgumentNullException.ThrowIfNull(diagram);
        var image = new StringBuilder();
        Draw(diagram, image);
        return image.ToString();
    }

    internal static void Draw(LadderDiagram diagram, StringBuilder image)
    {
        int gap = diagram.Columns.Count > 2 ? ColumnGapMany : ColumnGap;
        int[] columns = [.. diagram.Columns.Select((_, i) => Gutter + Margin + (i * gap))];
        int width = (columns.Length == 0 ? Gutter : columns[^1]) + Margin;
        var body = new StringBuilder();
        int y = HeadHeight;
        for (int i = 0; i < diagram.Rows.Count; i++)
        {
            y = DrawRow(body, diagram.Rows[i], i, columns, width, y);
        }

        int height = y + 24;
        image.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" ");
        image.Append(CultureInfo.InvariantCulture, $"height=\"{height}\" role=\"img\">\n");
        image.Append($"<title>{Escaped(diagram.Title)}</title>\n<style>{Style}</style>\n");
        image.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n");
        DrawHeads(image, diagram.Columns, columns, height);
        image.Append(body).Append("</svg>\n");
    }

    // Colours that stay apart for those who do not tell red from green, and on either background.
    private const string Style =
        """

        .paper{fill:#fff}text{font:13px system-ui,sans-serif;fill:#24292f}
        .mono{font:12px ui-monospace,Menlo,Consolas,monospace}.dim{fill:#6e7781}.head{font-weight:600;font-size:14px}
        .life{stroke:#d0d7de;stroke-width:1.5}.arrow{stroke-width:1.6;fill:none}.label{font-weight:600}
        .halo{paint-order:stroke;stroke:#fff;stroke-width:5px;stroke-linejoin:round}
        .state{fill:#f6f8fa;stroke:#d0d7de}.name{font:11px ui-monospace,Menlo,Consolas,monospace}
        .k-open{stroke:#1a7f37;color:#1a7f37}.k-data{stroke:#0969da;color:#0969da}
        .k-acknowledge{stroke:#8c959f;color:#8c959f}.k-close{stroke:#9a6700;color:#9a6700}
        .k-trouble{stroke:#cf222e;color:#cf222e}.k-control{stroke:#8250df;color:#8250df}
        .k-folded{stroke:#8c959f;color:#8c959f;stroke-dasharray:4 4}.tip{fill:currentColor;stroke:none}
        .row:hover .hit{fill:#0969da;fill-opacity:.07}.hit{fill:transparent}
        @media(prefers-color-scheme:dark){.paper{fill:#0d1117}text{fill:#e6edf3}.dim{fill:#8b949e}
        .life{stroke:#30363d}.halo{stroke:#0d1117}.state{fill:#161b22;stroke:#30363d}
        .k-open{stroke:#3fb950;color:#3fb950}.k-data{stroke:#58a6ff;color:#58a6ff}
        .k-close{stroke:#d29922;color:#d29922}.k-trouble{stroke:#ff7b72;color:#ff7b72}
        .k-control{stroke:#bc8cff;color:#bc8cff}}

        """;

    private static void DrawHeads(
        StringBuilder image, IReadOnlyList<LadderColumn> heads, int[] columns, int height)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            LadderColumn head = heads[i];
            Line(image, "life", columns[i], HeadHeight - 16, columns[i], height - 8);
            Text(image, "head", "middle", columns[i], 20, head.Name);
            Text(image, "dim", "middle", columns[i], 37, head.Role);
            if (head.State is { } state)
            {
                DrawState(image, columns[i], HeadHeight - 16, state);
            }
        }
    }

    private static int DrawRow(StringBuilder image, LadderRow row, int index, int[] columns, int width, int y)
    {
        bool isRemark = row.Kind == LadderKind.Remark || columns.Length == 0;
        int from = isRemark ? Gutter : columns[row.From];
        int to = isRemark ? width - Margin : columns[row.To];
        (int left, int right) = (Math.Min(from, to), Math.Max(from, to));
        int room = Math.Max(WordCharactersMin, (right - left - 24) / CharacterWidth);
        string[] words = [.. TextCells.Wrap(isRemark ? row.Label : row.Words, room)];
        bool hasState = row.FromState is not null || row.ToState is not null;
        int wordsAt = y + (isRemark ? 0 : ArrowHeight) + 13;
        int end = wordsAt - 13 + (words.Length * LineHeight) + (hasState ? StateHeight : 0) + 8;
        image.Append(CultureInfo.InvariantCulture, $"<g class=\"row\" data-row=\"{index}\">");
        image.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"hit\" x=\"0\" y=\"{y}\" width=\"{width}\" height=\"{end - y}\"/>");
        Text(image, "mono dim", "end", 76, y + 24, row.TimeText);
        Text(image, "mono", "end", Gutter - 6, y + 24, row.FrameText);
        if (!isRemark)
        {
            DrawArrow(image, row, from, to, y + 28);
        }

        for (int i = 0; i < words.Length; i++)
        {
            Text(image, "dim halo", "start", left + 12, wordsAt + (i * LineHeight) + 4, words[i]);
        }

        DrawStates(image, row, columns, end - StateHeight + 4);
        image.Append("</g>\n");
        return end;
    }

    private static void DrawStates(StringBuilder image, LadderRow row, int[] columns, int y)
    {
        if (row.FromState is { } ofSender)
        {
            DrawState(image, columns[row.From], y, ofSender);
        }

        if (row.ToState is { } ofReceiver)
        {
            DrawState(image, columns[row.To], y, ofReceiver);
        }
    }

    // Time passes while a packet is on its way: its arrow comes down a little.
    private static void DrawArrow(StringBuilder image, LadderRow row, int from, int to, int y)
    {
        string kind = $"k-{row.Kind.ToString().ToLowerInvariant()}";
        int labelAt = (from + to) / 2;
        if (from == to)
        {
            Text(image, $"label halo {kind} tip", "start", from + 10, y, row.Label);
            return;
        }

        int step = to > from ? -1 : 1;
        image.Append($"<g class=\"{kind}\">");
        Line(image, "arrow", from, y, to + (step * 8), y + Slant);
        image.Append(CultureInfo.InvariantCulture,
            $"<path class=\"tip\" d=\"M{to + step} {y + Slant}l{step * 11} -5.5v10z\"/></g>");
        int room = Math.Max(WordCharactersMin, (Math.Abs(to - from) - 20) / (CharacterWidth + 1));
        Text(image, $"label halo {kind} tip", "middle", labelAt, y - 2, TextCells.Fit(row.Label, room));
    }

    private static void DrawState(StringBuilder image, int x, int y, TcpState state)
    {
        image.Append(CultureInfo.InvariantCulture,
            $"<rect class=\"state\" x=\"{x - (StateWidth / 2)}\" y=\"{y}\" width=\"{StateWidth}\" ");
        image.Append("height=\"20\" rx=\"10\"/>");
        Text(image, "name", "middle", x, y + 14, TcpStates.NameOf(state));
    }

    private static void Line(StringBuilder image, string style, int x1, int y1, int x2, int y2) =>
        image.Append(CultureInfo.InvariantCulture,
            $"<line class=\"{style}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");

    private static void Text(StringBuilder image, string style, string anchor, int x, int y, string text)
    {
        if (text.Length > 0)
        {
            image.Append(CultureInfo.InvariantCulture,
                $"<text class=\"{style}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{Escaped(text)}</text>");
        }
    }

    // A control character is not allowed in XML at all, however it is written.
    internal static string Escaped(string text) => WebUtility.HtmlEncode(
        string.Create(text.Length, text, static (span, from) =>
        {
            for (int i = 0; i < from.Length; i++)
            {
                bool isText = !char.IsControl(from[i]) || from[i] == '\n';
                span[i] = isText && from[i] is not ('\uFFFE' or '\uFFFF') ? from[i] : ' ';
            }
        }));
}
