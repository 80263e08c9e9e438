using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary>The kinds of option that several commands take, and how their values are read.</summary>
internal static class OptionKinds
{
    /// <summary>An I/O model: <c>--io</c>.</summary>
    public static Option<IoModel> Model() => new("--io")
    {
        Description = Text.OptionIo,
        HelpName = "model",
        CustomParser = Values.Model,
        DefaultValueFactory = _ => IoModel.Auto,
    };

    /// <summary>A duration.</summary>
    public static Option<TimeSpan> Duration(string name, string description, TimeSpan standard) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = Values.Duration,
        DefaultValueFactory = _ => standard,
    };

    /// <summary>A size in bytes.</summary>
    public static Option<long> Size(string name, string description, long standard) => new(name)
    {
        Description = description,
        HelpName = "size",
        CustomParser = Values.Size,
        DefaultValueFactory = _ => standard,
    };

    /// <summary>A number of seconds, which may have a fraction.</summary>
    public static Option<TimeSpan> Seconds(string name, string description, TimeSpan standard) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = Values.Seconds,
        DefaultValueFactory = _ => standard,
    };

    /// <summary>The name of a file; null when it is not given.</summary>
    public static Option<string?> File(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "file",
    };

    /// <summary>A whole number; <see cref="Between"/> checks it.</summary>
    public static Option<int> Number(
        string name, string description, int standard, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "n",
        CustomParser = Number,
        DefaultValueFactory = _ => standard,
    };

    /// <summary>The value of a duration that must not be 0.</summary>
    public static TimeSpan Positive(this ParseResult arguments, Option<TimeSpan> option)
    {
        TimeSpan value = arguments.GetValue(option);
        return value != TimeSpan.Zero
            ? value
            : throw new ToolException(ExitCode.Usage, Text.OptionDurationZero.With(option.Name));
    }

    /// <summary>Whether an option was written on the command line.</summary>
    public static bool IsGiven(this ParseResult arguments, Option option) =>
        arguments.GetResult(option) is { Implicit: false };

    /// <summary>The value of a number that has bounds.</summary>
    public static int Between(this ParseResult arguments, Option<int> option, int least, int most)
    {
        int value = arguments.GetValue(option);
        string written = arguments.GetResult(option) is { Tokens: [.., var token] } ? token.Value : $"{value}";
        return value >= least && value <= most
            ? value
            : throw new ToolException(ExitCode.Usage, Text.OptionOutOfRange.With(option.Name, least, most, written));
    }

    // One that is too large for the type is out of the range, which says what is.
    private static int Number(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (BigInteger.TryParse(
            text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number))
        {
            return (int)BigInteger.Clamp(number, int.MinValue, int.MaxValue);
        }

        // UsageError words it, as it does when the library reads the number.
        result.AddError($"'{typeof(int)}'");
        return 0;
    }
}
