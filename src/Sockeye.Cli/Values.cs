using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>Reads the values that people type: durations, sizes and endpoints, each wrong one with a sentence of its
/// own.</summary>
internal static class Values
{
    private static readonly (string Unit, double Milliseconds)[] s_units =
        [("ms", 1), ("us", 0.001), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Unit, long Bytes)[] s_sizes =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1), ("", 1),
    ];

    /// <summary>49 days: the runtime's timers take no more than 2^32 milliseconds.</summary>
    private static readonly TimeSpan s_durationMax = TimeSpan.FromHours(49 * 24);

    /// <summary>A duration such as <c>200ms</c>, <c>1s</c>, <c>1.5m</c> or <c>0</c>; <c>off</c> is without
    /// limit.</summary>
    public static TimeSpan Duration(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (TryParseDuration(text, out TimeSpan duration))
        {
            return duration;
        }

        bool isNumber = TryParseMilliseconds(text, NumberStyles.AllowLeadingSign, out double milliseconds);
        string wrong = !isNumber ? Text.ValueNoDuration
            : milliseconds < 0 ? Text.ValueDurationNegative
            : Text.ValueDurationTooLong;
        result.AddError(wrong.With(text));
        return default;
    }

    /// <summary>A number of seconds above 0, such as <c>10</c> or <c>0.5</c>.</summary>
    public static TimeSpan Seconds(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (TryParseMilliseconds(text + "s", NumberStyles.None, out double milliseconds)
            && milliseconds >= 1 && milliseconds <= s_durationMax.TotalMilliseconds)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        result.AddError(Text.ValueNoSeconds.With(text));
        return default;
    }

    /// <summary>A size in bytes such as <c>30MB</c>, <c>1.5GiB</c> or <c>4096</c>; <c>off</c> is without
    /// limit.</summary>
    public static long Size(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (text == "off")
        {
            return long.MaxValue;
        }

        (string unit, long one) = s_sizes.First(row => text.EndsWith(row.Unit, StringComparison.OrdinalIgnoreCase));
        if (decimal.TryParse(
                text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            && number < long.MaxValue / one && decimal.IsInteger(number * one))
        {
            return (long)(number * one);
        }

        result.AddError(Text.ValueNoSize.With(text));
        return 0;
    }

    /// <summary>Endpoints.</summary>
    public static Endpoint[]? Endpoints(ArgumentResult result)
    {
        var endpoints = new List<Endpoint>();
        foreach (Token token in result.Tokens)
        {
            if (!Sockeye.Endpoint.TryParse(token.Value, out Endpoint? endpoint, out string? error))
            {
                result.AddError(error);
                return null;
            }

            endpoints.Add(endpoint);
        }

        return [.. endpoints];
    }

    /// <summary>One endpoint.</summary>
    public static Endpoint? Endpoint(ArgumentResult result) => Endpoints(result) is [var endpoint] ? endpoint : null;

    /// <summary>An I/O model by its name.</summary>
    public static IoModel? Model(ArgumentResult result) => Model(result, result.Tokens[^1].Value);

    /// <summary>I/O models by their names, with commas between them.</summary>
    public static IoModel[]? Models(ArgumentResult result)
    {
        var models = new List<IoModel>();
        foreach (string name in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (Model(result, name.Trim()) is not { } model)
            {
                return null;
            }

            models.Add(model == IoModel.Auto ? IoModel.Chosen : model);
        }

        return [.. models.Distinct()];
    }

    private static IoModel? Model(ArgumentResult result, string name)
    {
        if (IoModel.TryParse(name, out IoModel? model))
        {
            return model;
        }

        string[] names = [IoModel.Auto.Name, .. IoModel.All.Select(one => one.Name)];
        result.AddError(Suggestion.Closest(name, names) is { } near
            ? Text.ValueNoModelNear.With(name, near)
            : Text.ValueNoModel.With(name, string.Join(", ", names)));
        return null;
    }

    private static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "off")
        {
            duration = Timeout.InfiniteTimeSpan;
            return true;
        }

        if (text == "0")
        {
            return true;
        }

        if (TryParseMilliseconds(text, NumberStyles.None, out double milliseconds)
            && milliseconds <= s_durationMax.TotalMilliseconds)
        {
            duration = TimeSpan.FromMilliseconds(milliseconds);
            return true;
        }

        return false;
    }

    private static bool TryParseMilliseconds(string text, NumberStyles sign, out double milliseconds)
    {
        foreach ((string unit, double one) in s_units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(
                    text[..^unit.Length],
                    NumberStyles.AllowDecimalPoint | sign,
                    CultureInfo.InvariantCulture,
                    out double number))
            {
                milliseconds = number * one;
                return true;
            }
        }

        milliseconds = 0;
        return false;
    }
}
