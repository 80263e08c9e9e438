using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>I/O models side by side: for each number of connections and style a table, the best marked, and bars.
/// </summary>
/// <param name="models">What was measured, in the order in which it is shown.</param>
internal sealed class ModelsReport(IReadOnlyList<ModelResult> models)
{
    /// <summary>The style in which each request has a connection of its own.</summary>
    public const string CloseStyle = "close";

    private const int MarkdownColumns = 80;
    private const char BestMark = '*';
    private const string Missing = "–";

    /// <summary>What was run, when and where: above everything else; empty for nothing.</summary>
    public string Introduction { get; init; } = "";

    /// <summary>What to know in order to read the figures, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    private IEnumerable<(string Heading, ModelResult[] Models)> Groups => models
        .GroupBy(one => (one.Connections, one.Style))
        .Select(group => (Heading(group.Key.Connections, group.Key.Style), group.ToArray()));

    /// <summary>What a load is called.</summary>
    public static string Heading(int connections, string style) => ModelsText.ReportGroup.With(
        TextFormat.Count(connections, Text.CountConnection, Text.CountConnections),
        style == CloseStyle ? ModelsText.ReportClose : style);

    /// <summary>Writes it on a terminal, as data.</summary>
    public void Write(Output output)
    {
        if (Introduction.Length > 0)
        {
            output.Line(Introduction);
            output.Line();
        }

        foreach ((string heading, ModelResult[] group) in Groups)
        {
            output.Line(Fetching.Screen.In("1", heading, output.OutHasColor));
            foreach (string line in Table(group).Lines(output.Width, output.OutHasColor))
            {
                output.Line(line);
            }

            List<Bar> bars = Bars(ModelFigure.Cpu, group);
            if (bars.Count > 0)
            {
                output.Line();
                output.Line(ModelFigure.Cpu.Label);
                foreach (string line in BarChart.Lines(bars, output.Width, output.OutHasColor))
                {
                    output.Line(line);
                }
            }

            output.Line();
        }

        output.Line(ModelsText.ReportBest);
        foreach (string note in Notes)
        {
            output.Line(note);
        }
    }

    /// <summary>Writes the properties of it into an object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("models");
        foreach (ModelResult one in models)
        {
            json.WriteStartObject();
            json.WriteString("model", one.Model);
            json.WriteNumber("connections", one.Connections);
            json.WriteString("style", one.Style);
            foreach (ModelFigure figure in ModelFigure.All)
            {
                if (figure.Of(one) is { } spread)
                {
                    json.WriteNumber(figure.Key, spread.Median);
                    json.WriteNumber($"min_{figure.Key}", spread.Least);
                    json.WriteNumber($"max_{figure.Key}", spread.Most);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
    }

    /// <summary>The whole of it as Markdown: tables, and bars as text.</summary>
    public string Markdown()
    {
        var text = new System.Text.StringBuilder();
        if (Introduction.Length > 0)
        {
            text.Append($"{Introduction}\n\n");
        }

        foreach ((string heading, ModelResult[] group) in Groups)
        {
            ModelFigure[] columns = [.. Columns(group)];
            text.Append($"**{heading}**\n\n| |{string.Concat(columns.Select(one => $" {one.Label} |"))}\n");
            text.Append($"|---|{string.Concat(columns.Select(_ => "---:|"))}\n");
            foreach (ModelResult one in group)
            {
                text.Append($"| {one.Model} |");
                text.AppendJoin("", columns.Select(figure => IsBest(figure, one, group)
                    ? $" **{Shown(figure, one)}** |"
                    : $" {Shown(figure, one)} |"));
                text.Append('\n');
            }

            text.Append('\n');
            if (Bars(ModelFigure.Cpu, group) is { Count: > 0 } bars)
            {
                string lines = string.Join('\n', BarChart.Lines(bars, MarkdownColumns));
                text.Append($"```text\n{ModelFigure.Cpu.Label}\n{lines}\n```\n\n");
            }
        }

        text.Append($"{ModelsText.ReportBestBold}\n\n");
        return text.AppendJoin("", Notes.Select(note => $"- {note}\n")).ToString();
    }

    /// <summary>The whole of it as a page.</summary>
    public string Page()
    {
        var page = new ReportPage(ModelsText.ReportTitle);
        page.AddParagraph(Introduction, "faint");
        foreach ((string heading, ModelResult[] group) in Groups)
        {
            page.Add($"<h2>{ReportPage.Escaped(heading)}</h2>\n<section class=\"panel\"><table><thead><tr><th></th>");
            page.Add(string.Concat(Columns(group).Select(one => $"<th>{ReportPage.Escaped(one.Label)}</th>")));
            page.Add("</tr></thead>\n");
            foreach (ModelResult one in group)
            {
                page.Add($"<tr><th>{ReportPage.Escaped(one.Model)}</th>");
                page.Add(string.Concat(Columns(group).Select(figure => Cell(figure, one, group))) + "</tr>\n");
            }

            page.Add("</table></section>\n<div class=\"plots\">\n");
            foreach (ModelFigure figure in Columns(group))
            {
                page.AddBars(figure.Label, Bars(figure, group));
            }

            page.Add("</div>\n");
        }

        page.AddParagraph(ModelsText.ReportBest, "faint");
        foreach (string note in Notes)
        {
            page.AddParagraph(note, "faint");
        }

        return page.End();
    }

    // What nobody measured needs no column.
    private static IEnumerable<ModelFigure> Columns(ModelResult[] group) =>
        ModelFigure.All.Where(figure => group.Any(one => figure.Of(one) is not null));

    private static TextTable Table(ModelResult[] group)
    {
        var table = new TextTable();
        table.Add(["", .. Columns(group).Select(figure => figure.Label + " ")]);
        foreach (ModelResult one in group)
        {
            table.Add(
            [
                new TextTable.TableCell(one.Model),
                .. Columns(group).Select(figure => new TextTable.TableCell(
                    Shown(figure, one) + (IsBest(figure, one, group) ? BestMark : ' '), IsBest(figure, one, group))),
            ]);
        }

        return table;
    }

    private static string Cell(ModelFigure figure, ModelResult one, ModelResult[] group) => string.Create(
        CultureInfo.InvariantCulture,
        $"<td{(IsBest(figure, one, group) ? " class=\"best\"" : "")}>{ReportPage.Escaped(Shown(figure, one))}</td>");

    private static List<Bar> Bars(ModelFigure figure, ModelResult[] group) =>
    [
        .. group.Where(one => figure.Of(one) is not null).Select(one => new Bar(
            one.Model, Math.Max(0, figure.Of(one)!.Value.Median), Shown(figure, one), IsBest(figure, one, group))),
    ];

    /// <summary>The median, and how far the rounds were apart.</summary>
    private static string Shown(ModelFigure figure, ModelResult one) => figure.Of(one) switch
    {
        null => Missing,
        { Rounds: > 1, Median: not 0 } spread =>
            $"{figure.Words(spread.Median)} ±{spread.Share.ToString("0 %", CultureInfo.InvariantCulture)}",
        { } spread => figure.Words(spread.Median),
    };

    private static bool IsBest(ModelFigure figure, ModelResult one, ModelResult[] group) =>
        figure.Best(group).Contains(one);
}
