using System.Globalization;
using System.Net;
using System.Text;
using Sockeye.Capture.Ladder;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Tracing;

/// <summary>A trace as a page that needs nothing else: waterfall, facts, and the ladder.</summary>
internal static class TracePage
{
    private const string Style =
        """
        <style>
        .waterfall,.facts{margin:16px 24px;max-width:900px}
        .phase{display:flex;align-items:center;height:22px}
        .phase b{width:120px;font-weight:500}.phase i{position:relative;flex:1;height:14px;background:#8b949e22}
        .phase i span{position:absolute;top:0;bottom:0;min-width:2px;background:#0969da}
        .phase u{width:110px;text-align:right;text-decoration:none;font-variant-numeric:tabular-nums}
        .facts pre{font:12px ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        </style>

        """;

    public static string Of(TraceResult result)
    {
        var preface = new StringBuilder(Style);
        WriteWaterfall(result, preface);
        preface.Append($"<section class=\"facts\"><h2>{Escaped(TraceText.PageFacts)}</h2>\n<pre>");
        preface.Append(Escaped(Facts(result))).Append("</pre>\n");
        if (result.Frames is null)
        {
            preface.Append($"<p>{Escaped(TraceText.PageNoFrames)}</p>\n");
        }

        preface.Append("</section>\n");
        return LadderHtml.Write(TraceLadder.Of(result, keepsDetails: true), $"{preface}");
    }

    private static void WriteWaterfall(TraceResult result, StringBuilder page)
    {
        TimedPhase[] phases = result.Phases;
        decimal total = phases.Sum(one => one.Milliseconds);
        page.Append("<section class=\"waterfall\">\n");
        foreach (IGrouping<string, TimedPhase> row in Waterfall.Rows(phases))
        {
            string pieces = string.Concat(row.Select(piece => "<span style=\"left:"
                + $"{Percent(piece.StartMilliseconds, total)};width:{Percent(piece.Milliseconds, total)}\"></span>"));
            page.Append(CultureInfo.InvariantCulture,
                $"<div class=\"phase\"><b>{Escaped(row.First().Label)}</b><i>{pieces}"
                + $"</i><u>{row.Sum(one => one.Milliseconds):0.000} ms</u></div>\n");
        }

        page.Append(CultureInfo.InvariantCulture,
            $"<div class=\"phase\"><b>{Escaped(FetchText.PhaseTotal)}</b><i></i><u>{total:0.000} ms</u></div>\n");
        page.Append("</section>\n");
    }

    private static string Percent(decimal part, decimal total) =>
        (total == 0 ? 0 : 100 * part / total).ToString("0.###", CultureInfo.InvariantCulture) + "%";

    /// <summary>What the terminal is told, without waterfall and ladder.</summary>
    private static string Facts(TraceResult result)
    {
        using var text = new MemoryStream();
        using (var output = new Output(text, Stream.Null, static _ => null))
        {
            new TraceStory(result, output).WriteFacts();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
