using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>A comparison on a terminal and as JSON.</summary>
internal static class ComparisonText
{
    private const string RateFigure = "rps";
    private const double RatioShownMax = 1e9; // Above it the base was nothing.

    /// <summary>Writes the table as data, and what to beware of as notes.</summary>
    public static void Write(Output output, Comparison comparison, string madeOf)
    {
        var table = new TextTable();
        table.Add(
            "", CompareText.Base, CompareText.New, CompareText.Change, CompareText.Interval, CompareText.Verdict);
        foreach (ComparedFigure one in comparison.Figures)
        {
            table.Add(
                one.Figure,
                Shown(one, one.Base),
                Shown(one, one.New),
                Change(one.Ratio),
                $"{Change(one.Least)} … {Change(one.Most)}",
                Label(one.Verdict));
        }

        table.Add(
            ResultText.Errors,
            Quantity.Percent(comparison.BaseErrorShare),
            Quantity.Percent(comparison.NewErrorShare),
            "",
            "",
            Label(comparison.ErrorVerdict));
        foreach (string line in table.Lines(int.MaxValue))
        {
            output.Line(line);
        }

        output.Line();
        output.Line(madeOf);
        foreach ((string name, string one, string other) in comparison.Differences)
        {
            output.Note(Screen.Safe(CompareText.Differs.With(name, Value(one), Value(other))));
        }
    }

    /// <summary>Writes the properties of a comparison into an object that is open.</summary>
    public static void Write(Utf8JsonWriter json, Comparison comparison)
    {
        json.WriteString("sample", comparison.Sample == ComparisonSample.Runs ? "runs" : "seconds");
        json.WriteBoolean("regression", comparison.IsRegression);
        json.WriteStartArray("figures");
        foreach (ComparedFigure one in comparison.Figures)
        {
            string unit = one.Figure == RateFigure ? "per_second" : "ns";
            json.WriteStartObject();
            json.WriteString("figure", one.Figure);
            json.WriteNumber($"base_{unit}", one.Base);
            json.WriteNumber($"new_{unit}", one.New);
            json.WriteNumber("ratio", one.Ratio);
            json.WriteNumber("ratio_95_least", one.Least);
            json.WriteNumber("ratio_95_most", one.Most);
            json.WriteString("verdict", Word(one.Verdict));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("errors");
        json.WriteNumber("base_share", comparison.BaseErrorShare);
        json.WriteNumber("new_share", comparison.NewErrorShare);
        json.WriteString("verdict", Word(comparison.ErrorVerdict));
        json.WriteEndObject();
        json.WriteStartArray("differences");
        foreach ((string name, string one, string other) in comparison.Differences)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("first", one);
            json.WriteString("other", other);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Shown(ComparedFigure figure, double value) =>
        figure.Figure == RateFigure ? Quantity.Number(value) : Quantity.Duration(value);

    private static string Change(double ratio)
    {
        string change = ((ratio - 1) * 100).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);
        return ratio < 10 ? $"{change} %" : ratio < RatioShownMax ? $"× {Quantity.Number(ratio)}" : "–";
    }

    private static string Value(string value) => value.Length == 0 ? "–" : value;

    private static string Label(ComparisonVerdict verdict) => verdict switch
    {
        ComparisonVerdict.Better => CompareText.Better,
        ComparisonVerdict.Worse => CompareText.Worse,
        _ => CompareText.NoDifference,
    };

    private static string Word(ComparisonVerdict verdict) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString());
}
