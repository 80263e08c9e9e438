using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye load compare</c>: whether one run was faster than another, or only luckier.</summary>
internal sealed class LoadCompareCommand : ToolCommand
{
    private const int FilesMax = 1_000;
    private const double StandardTolerance = 0.05;

    private readonly Argument<string[]> _files = new("file")
    {
        Description = CompareText.ArgumentFiles,
        Arity = new ArgumentArity(1, FilesMax),
    };

    private readonly Option<string[]> _against = new("--against")
    {
        Description = CompareText.OptionAgainst,
        HelpName = "file",
        Arity = new ArgumentArity(1, FilesMax),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<double> _tolerance = new("--tolerance")
    {
        Description = CompareText.OptionTolerance,
        HelpName = "percent",
        CustomParser = ReadTolerance,
        DefaultValueFactory = _ => StandardTolerance,
    };

    public LoadCompareCommand()
        : base("compare", CompareText.Summary)
    {
        Arguments.Add(_files);
        Options.Add(_against);
        Options.Add(_tolerance);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye load compare new1.json new2.json new3.json --against old1.json old2.json old3.json",
            CompareText.ExampleSeveral),
        new("sockeye load compare new*.json --against old*.json --tolerance 2% --json", CompareText.ExampleTolerance),
        new("sockeye load compare before.json after.json", CompareText.ExampleTwo),
    ];

    public override Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        (string[] before, string[] after) = Sides(arguments);
        LoadResult[] old = [.. before.Select(LoadFiles.Read)];
        LoadResult[] now = [.. after.Select(LoadFiles.Read)];
        double tolerance = arguments.GetValue(_tolerance);
        Check(before, old, after, now);
        var comparison = Comparison.Of(old, now, tolerance);
        if (output.Json)
        {
            output.JsonLine("load_comparison", (comparison, before.Zip(old), after.Zip(now), tolerance),
                static (json, all) =>
                {
                    WriteFiles(json, "base", all.Item2);
                    WriteFiles(json, "new", all.Item3);
                    json.WriteNumber("tolerance_percent", all.tolerance * 100);
                    ComparisonText.Write(json, all.comparison);
                });
        }
        else
        {
            string madeOf = comparison.Sample == ComparisonSample.Runs
                ? CompareText.OfRuns.With(old.Length, now.Length)
                : CompareText.OfSeconds.With(WholeSeconds(old), WholeSeconds(now), Comparison.RunDeviation * 100);
            ComparisonText.Write(output, comparison, CompareText.Meaning.With(madeOf, tolerance * 100));
            if (comparison.Sample == ComparisonSample.Seconds)
            {
                output.Note(CompareText.FewRuns.With(Comparison.RunsMin));
            }

            WarnOfBottleneck(output, before.Zip(old).Concat(after.Zip(now)));
        }

        return Task.FromResult(comparison.IsRegression ? ExitCode.Negative : ExitCode.Done);
    }

    /// <summary>Two files are the old and the new; with <c>--against</c> all of them are new.</summary>
    private (string[] Before, string[] After) Sides(ParseResult arguments)
    {
        string[] files = arguments.GetValue(_files)!;
        return (arguments.GetValue(_against), files) switch
        {
            ({ Length: > 0 } against, _) => (against, files),
            (_, [var before, var after]) => ([before], [after]),
            _ => throw new ToolException(ExitCode.Usage, CompareText.NeedsTwo.With(files.Length)),
        };
    }

    private static int WholeSeconds(LoadResult[] side) => side.Sum(run => run.WholeSeconds.Count());

    private static void Check(string[] before, LoadResult[] old, string[] after, LoadResult[] now)
    {
        bool isOldAnswered = Comparison.IsAnswered(old);
        bool isNewAnswered = Comparison.IsAnswered(now);
        if (Comparison.SampleOf(old, now) == ComparisonSample.Runs || isOldAnswered != isNewAnswered)
        {
            return; // That only one of them was answered is the comparison.
        }

        foreach ((string[] files, LoadResult[] side) in ((string[], LoadResult[])[])[(before, old), (after, now)])
        {
            if (!Comparison.IsEnough(side))
            {
                throw new ToolException(ExitCode.Usage, CompareText.TooShort.With(
                    string.Join(", ", files), Comparison.SecondsMin, Comparison.RunsMin));
            }
        }
    }

    /// <summary>The files of a side, and of each what of the generator held it back.</summary>
    private static void WriteFiles(
        Utf8JsonWriter json, string side, IEnumerable<(string File, LoadResult Result)> runs)
    {
        json.WriteStartArray($"{side}_files");
        foreach ((string file, _) in runs)
        {
            json.WriteStringValue(file);
        }

        json.WriteEndArray();
        json.WriteStartArray($"{side}_generator_limits");
        foreach ((_, LoadResult run) in runs)
        {
            json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName($"{run.Generator.Limit}"));
        }

        json.WriteEndArray();
    }

    private static void WarnOfBottleneck(Output output, IEnumerable<(string File, LoadResult Result)> runs)
    {
        foreach ((string file, LoadResult result) in runs)
        {
            if (result.Generator.Limit != GeneratorLimit.None)
            {
                output.Note(CompareText.Bottleneck.With(file));
            }
        }
    }

    private static double ReadTolerance(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(
                text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            && percent <= 100)
        {
            return percent / 100;
        }

        result.AddError(CompareText.ToleranceWrong.With(text));
        return 0;
    }
}
