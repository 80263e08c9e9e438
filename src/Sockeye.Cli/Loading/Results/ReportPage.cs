using System.Globalization;
using System.Net;
using System.Text;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// A page that is one file: no script, no font and no picture from anywhere else, so that it opens years from now and
/// may be sent by mail.
/// </summary>
internal sealed class ReportPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="LANGUAGE">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        <style>
        :root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #656d76; --grid: #d8dee4;
          --panel: #f6f8fa; --c1: #0b6bcb; --c2: #c2410c; --good: #1a7f37; --warn: #9a6700; --bad: #b91c1c; }
        @media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --faint: #9aa4b0;
          --grid: #30363d; --panel: #161b22; --c1: #58a6ff; --c2: #ff9a62; --good: #56d364; --warn: #e3b341;
          --bad: #ff7b72; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
        h2, figcaption { font-size: 1rem; font-weight: 600; margin: 0 0 .5rem; }
        p { margin: .25rem 0; } .faint { color: var(--faint); overflow-wrap: anywhere; }
        .warning { border-left: .25rem solid var(--warn); padding: .5rem 1rem; background: var(--panel); }
        .tiles, .plots { display: grid; gap: 1rem; margin: 1rem 0; }
        .tiles { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
        .plots { grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
        .tile, figure, .panel { background: var(--panel); border-radius: .5rem; padding: .75rem 1rem; margin: 0; }
        .panel { overflow-x: auto; min-width: 0; } figure { min-width: 0; }
        .tile b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
        .bad b { color: var(--bad); }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td, th { padding: .15rem 1rem .15rem 0; text-align: right; font-weight: normal; }
        th:first-child { text-align: left; } thead th { color: var(--faint); } .best { color: var(--good);
          font-weight: 700; }
        td.best { position: relative; } td.best::after { content: "*"; position: absolute; }
        .meter { background: var(--c1); display: block; height: .8rem; border-radius: .2rem; }
        .best .meter { background: var(--good); } .meters { width: 100%; } .meters td:nth-child(2) { width: 100%; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font: 15px system-ui, sans-serif; fill: var(--faint); } .grid { stroke: var(--grid); }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round;
          stroke-linecap: round; } .line.c1 { stroke: var(--c1); }
        .line.c2 { stroke: var(--c2); } .key.c1, .bar { fill: var(--c1); } .key.c2 { fill: var(--c2); }
        @media (max-width: 32rem) { svg text { font-size: 18px; } .tile, figure, .panel { padding: .5rem; } }
        </style>

        """;

    private readonly StringBuilder _text = new(Head.Replace("LANGUAGE", ReportText.Language));

    /// <summary>Begins a page.</summary>
    public ReportPage(string title) =>
        Add($"<title>{Escaped(title)}</title>\n</head>\n<body>\n<h1>{Escaped(title)}</h1>\n");

    /// <summary>Adds what is HTML already.</summary>
    public void Add(string html) => _text.Append(html);

    /// <summary>Adds a paragraph.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="kind">Its class in the page's style: <c>faint</c>, <c>warning</c> or none.</param>
    public void AddParagraph(string text, string kind = "") => Add($"<p class=\"{kind}\">{Escaped(text)}</p>\n");

    /// <summary>Adds one large figure.</summary>
    public void AddTile(string label, string figure, bool isBad = false) => Add(
        $"<div class=\"tile{(isBad ? " bad" : "")}\">{Escaped(label)}<b>{Escaped(figure)}</b></div>\n");

    /// <summary>Adds a plot.</summary>
    public void Add(Plot plot) => plot.AppendTo(_text);

    /// <summary>Adds a table of two columns; none when there is no row.</summary>
    public void AddTable(string heading, IEnumerable<(string Label, string Value)> rows)
    {
        string all = string.Concat(rows.Select(
            row => $"<tr><th>{Escaped(row.Label)}</th><td>{Escaped(row.Value)}</td></tr>\n"));
        if (all.Length > 0)
        {
            Add($"<section class=\"panel\"><h2>{Escaped(heading)}</h2><table>{all}</table></section>\n");
        }
    }

    /// <summary>Adds horizontal bars; none when there is no bar.</summary>
    public void AddBars(string heading, IReadOnlyList<Bar> bars)
    {
        if (bars.Count == 0)
        {
            return;
        }

        double most = bars.Max(bar => bar.Value);
        Add($"<section class=\"panel\"><h2>{Escaped(heading)}</h2><table class=\"meters\">\n");
        foreach (Bar bar in bars)
        {
            string width = (most > 0 ? 100 * bar.Value / most : 0).ToString("0.##", CultureInfo.InvariantCulture);
            Add($"<tr{(bar.IsBest ? " class=\"best\"" : "")}><th>{Escaped(bar.Label)}</th>");
            Add($"<td><span class=\"meter\" style=\"width:{width}%\"></span></td><td>{Escaped(bar.Shown)}</td></tr>\n");
        }

        Add("</table></section>\n");
    }

    /// <summary>The page.</summary>
    public string End() => _text + "</body>\n</html>\n";

    /// <summary>A text that cannot be taken for HTML.</summary>
    public static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
