using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sockeye.Cli.Loading.Results;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye load compare</c>: whether one run was faster than another, or only luckier.</summary>
internal sealed class LoadCompareCommand : ToolCommand
{
    private const int FilesMax = 1_000;
    private const int StandardSeed = 1;
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

    private readonly Option<int> _seed = OptionKinds.Number("--seed", CompareText.OptionSeed, StandardSeed);

    public LoadCompareCommand()
        : base("compare", CompareText.Summary)
    {
        Arguments.Add(_files);
        Options.Add(_against);
        Options.Add(_tolerance);
        Options.Add(_seed);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye load compare before.json after.json", CompareText.ExampleTwo),
        new("sockeye load compare new1.json new2.json new3.json --against old1.json old2.json old3.json",
            CompareText.ExampleSeveral),
        new("sockeye load compare before.json after.json --tolerance 2% --json", CompareText.ExampleTolerance),
    ];

    public override Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        (string[] before, string[] after) = Sides(arguments);
        LoadResult[] old = [.. before.Select(LoadFiles.Read)];
        LoadResult[] now = [.. after.Select(LoadFiles.Read)];
        double tolerance = arguments.GetValue(_tolerance);
        int seed = arguments.GetValue(_seed);
        if (Comparison.SampleOf(old, now) == ComparisonSample.Seconds)
        {
            CheckSeconds(before, old);
            CheckSeconds(after, now);
        }

        Comparison comparison = Comparison.Of(old, now, tolerance, seed);
        if (output.Json)
        {
            output.JsonLine("load_comparison", (comparison, before, after, tolerance, seed), static (json, all) =>
            {
                json.WriteStartArray("base_files");
                Array.ForEach(all.before, json.WriteStringValue);
                json.WriteEndArray();
                json.WriteStartArray("new_files");
                Array.ForEach(all.after, json.WriteStringValue);
                json.WriteEndArray();
                json.WriteNumber("tolerance_percent", all.tolerance * 100);
                json.WriteNumber("seed", all.seed);
                ComparisonText.Write(json, all.comparison);
            });
        }
        else
        {
            string drawnFrom = comparison.Sample == ComparisonSample.Runs
                ? CompareText.DrawnRuns.With(old.Length, now.Length)
                : CompareText.DrawnSeconds.With(WholeSeconds(old), WholeSeconds(now));
            ComparisonText.Write(output, comparison, CompareText.Drawn.With(
                Quantity.Count(Comparison.Draws), drawnFrom, seed, tolerance * 100));
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

    private static void CheckSeconds(string[] files, LoadResult[] side)
    {
        if (!Comparison.IsEnough(side))
        {
            throw new ToolException(ExitCode.Usage, CompareText.TooShort.With(
                string.Join(", ", files), Comparison.SecondsMin, Comparison.RunsMin));
        }
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
