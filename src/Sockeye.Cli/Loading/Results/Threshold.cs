using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// What must not come to pass, as <c>--fail-if</c> takes it: <c>p99&gt;5ms</c>, <c>errors&gt;0.1%</c>,
/// <c>rps&lt;10000</c>. Percentiles and the longest latency are those of all requests: what was not answered in time is
/// slower than any limit.
/// </summary>
internal sealed partial class Threshold
{
    private static readonly string[] s_names =
        ["mean", "min", "max", "p50", "p99", "p99.9", "errors", "unanswered", "not-made", "rps"];

    private readonly Func<LoadResult, double?> _figure;
    private readonly Func<double, string> _inWords;
    private readonly string _comparison;
    private readonly double _limit;
    private readonly string _name;

    private Threshold(
        string text, Match parts, double limit, Func<LoadResult, double?> figure, Func<double, string> inWords)
    {
        Written = text;
        _name = parts.Groups["name"].Value;
        _comparison = parts.Groups["comparison"].Value;
        _limit = limit;
        _figure = figure;
        _inWords = inWords;
    }

    /// <summary>As it was typed.</summary>
    public string Written { get; }

    /// <summary>For an option's parser.</summary>
    public static Threshold[] Parse(ArgumentResult result)
    {
        List<Threshold> all = [];
        foreach (Token token in result.Tokens)
        {
            if (TryParse(token.Value, out Threshold? threshold, out string? error))
            {
                all.Add(threshold);
            }
            else
            {
                result.AddError(error);
                return [];
            }
        }

        return [.. all];
    }

    /// <summary>Reads one; what is wrong with it is a sentence with the remedy.</summary>
    public static bool TryParse(
        string text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Threshold? threshold,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        threshold = null;
        Match parts = Form().Match(text.Replace(" ", "", StringComparison.Ordinal));
        if (!parts.Success)
        {
            error = ResultText.ThresholdForm.With(text);
            return false;
        }

        string value = parts.Groups["value"].Value;
        (threshold, error) = parts.Groups["name"].Value switch
        {
            "rps" => Of(text, parts, Amount(value), ResultText.ThresholdRate, result => result.RequestsPerSecond),
            "errors" when value.EndsWith('%') =>
                Of(text, parts, Amount(value[..^1]) / 100, ResultText.ThresholdErrors, ErrorShare, Quantity.Percent),
            "errors" => Count(result => result.ErrorCount),
            "unanswered" => Count(result => result.Unanswered),
            "not-made" => Count(result => result.NotMade),
            "mean" => Latency(result => result.Latency.Count == 0 ? null : result.Latency.Mean),
            "min" => Latency(result => result.Latency.Count == 0 ? null : result.Latency.Min),
            "max" => Latency(result => result.PercentileOfAll(100)),
            _ when Percent(parts) is { } percent => Latency(result => result.PercentileOfAll(percent)),
            var name => (null, NoFigure(name)),
        };
        return threshold is not null;

        (Threshold?, string?) Count(Func<LoadResult, double?> figure) => Of(
            text, parts, Amount(value) is { } count && double.IsInteger(count) ? count : null,
            ResultText.ThresholdErrors, figure, count => Quantity.Count((long)count));

        (Threshold?, string?) Latency(Func<LoadResult, double?> figure) => Of(
            text, parts, Nanoseconds(value), ResultText.ThresholdDuration, figure,
            figure => double.IsFinite(figure) ? Quantity.Duration(figure) : ResultText.Endless);
    }

    /// <summary>What ends the command with <see cref="ExitCode.Threshold"/> when any of them is broken, and says which;
    /// else null.</summary>
    public static ToolException? Check(IEnumerable<Threshold> thresholds, LoadResult result)
    {
        string[] broken = [.. thresholds.Select(one => one.WhyBroken(result)).OfType<string>()];
        return broken.Length > 0 ? new ToolException(ExitCode.Threshold, string.Join("; ", broken)) : null;
    }

    /// <summary>Why a result breaks it, as a sentence; null when it does not.</summary>
    public string? WhyBroken(LoadResult result)
    {
        // A peer that answers nothing would pass every limit of latency.
        if (_figure(result) is not { } figure)
        {
            return ResultText.ThresholdUnknown.With(Written);
        }

        bool isBroken = _comparison switch
        {
            ">" => figure > _limit,
            ">=" => figure >= _limit,
            "<" => figure < _limit,
            _ => figure <= _limit,
        };
        return isBroken ? ResultText.ThresholdBroken.With(Written, _name, _inWords(figure)) : null;
    }

    private static (Threshold?, string?) Of(
        string text,
        Match parts,
        double? limit,
        string wrongValue,
        Func<LoadResult, double?> figure,
        Func<double, string>? inWords = null)
    {
        if (limit is not { } number)
        {
            string name = parts.Groups["name"].Value + parts.Groups["comparison"].Value;
            return (null, wrongValue.With(parts.Groups["value"].Value, name));
        }

        return (new Threshold(text, parts, number, figure, inWords ?? Quantity.Number), null);
    }

    private static double? ErrorShare(LoadResult result) =>
        result.Requests + result.ErrorCount == 0 ? null : result.ErrorShare;

    private static string NoFigure(string name)
    {
        string remedy = Suggestion.Closest(name, s_names) is { } near
            ? Text.UsageDidYouMean.With(near)
            : Text.UsageValueOneOf.With(string.Join(", ", s_names));
        return ResultText.ThresholdNoFigure.With(name, remedy);
    }

    private static double? Percent(Match parts) =>
        parts.Groups["percent"] is { Success: true, Value: var text }
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
        && percent <= 100
            ? percent
            : null;

    private static double? Nanoseconds(string text) =>
        Scaled(text, ["ns", "us", "µs", "ms", "s"], [1, 1e3, 1e3, 1e6, 1e9]);

    // A bare number, or thousands and millions.
    private static double? Amount(string text) => Scaled(text, ["k", "m", "M", ""], [1e3, 1e6, 1e6, 1]);

    private static double? Scaled(string text, string[] units, double[] sizes)
    {
        int unit = Array.FindIndex(units, one => text.EndsWith(one, StringComparison.Ordinal));
        return unit >= 0 && double.TryParse(
            text[..^units[unit].Length],
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out double number) && double.IsFinite(number)
            ? number * sizes[unit]
            : null;
    }

    [GeneratedRegex(@"^\s*(?<name>p(?<percent>[0-9.]+)|[\w-]+)\s*(?<comparison>[<>]=?)\s*(?<value>\S+)\s*$")]
    private static partial Regex Form();
}
