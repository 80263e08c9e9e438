using System.CommandLine;
using System.Text;
using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class LoadCompareTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compare").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SlowerRunIsARegression()
    {
        Save("old.json", SampleResult.Of());
        Save("new.json", SampleResult.Of(seed: 2, factor: 1.2));
        CapturedOutput result = await RunAsync("old.json new.json");
        Assert.Equal(ExitCode.Negative, result.ExitCode);
        Assert.StartsWith("a single run tells nothing of how much runs differ; save 3 or more of each ", result.Error);
        Golden.Verify("Load.Compare", result.Out);
    }

    [Fact]
    public async Task FasterRunIsBetter()
    {
        Save("old.json", SampleResult.Of(factor: 1.2));
        Save("new.json", SampleResult.Of(seed: 2));
        CapturedOutput result = await RunAsync("old.json new.json");
        Assert.Equal(ExitCode.Done, result.ExitCode);
        Assert.Contains("better", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("worse", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyLuckierRunIsNoDifference()
    {
        Save("old.json", SampleResult.Of(seconds: 20));
        Save("new.json", SampleResult.Of(seconds: 20, seed: 7, factor: 1.01));
        CapturedOutput result = await RunAsync("old.json new.json");
        Assert.Equal(ExitCode.Done, result.ExitCode);
        Assert.Equal(4, result.Out.Split('\n').Take(5).Count(line => line.EndsWith("no difference")));

        // Nobody can see one per cent in one run, whatever is asked for.
        result = await RunAsync("old.json new.json --tolerance 0.1%");
        Assert.Equal(ExitCode.Done, result.ExitCode);
    }

    [Fact]
    public async Task ServerThatAnswersNothingIsARegression()
    {
        Save("old.json", SampleResult.Of());
        Save("dead.json", SampleResult.Unanswered());
        CapturedOutput result = await RunAsync("old.json dead.json");
        Assert.Equal(ExitCode.Negative, result.ExitCode);
        Assert.Matches(@"(?m)^rps +993 +0\.00 +−100\.0 % .* worse$", result.Out);
        result = await RunAsync("dead.json old.json");
        Assert.Equal(ExitCode.Done, result.ExitCode);
        Assert.Contains("better", result.Out);
    }

    [Fact]
    public async Task SeveralRunsOfEachSideAreComparedAsRuns()
    {
        for (int at = 1; at <= 3; at++)
        {
            Save($"old{at}.json", SampleResult.Of(2, seed: at));
            Save($"new{at}.json", Busy(SampleResult.Of(2, seed: at + 10, factor: 1.3)));
        }

        CapturedOutput result = await RunAsync(
            "new1.json new2.json new3.json --against old1.json old2.json old3.json --json");
        Assert.Equal((ExitCode.Negative, ""), (result.ExitCode, result.Error));
        JsonElement root = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal(("load_comparison", "runs"), (Word(root, "type"), Word(root, "sample")));
        Assert.Equal(3, root.GetProperty("base_files").GetArrayLength());
        Assert.Equal(3, root.GetProperty("new_files").GetArrayLength());
        Assert.Equal(
            ["processor", "processor", "processor"],
            root.GetProperty("new_generator_limits").EnumerateArray().Select(one => one.GetString()));
        Assert.True(root.GetProperty("regression").GetBoolean());
        JsonElement[] figures = [.. root.GetProperty("figures").EnumerateArray()];
        Assert.Equal(["rps", "mean", "p50", "p90", "p99", "p99.9"], figures.Select(one => Word(one, "figure")));
        Assert.Equal("worse", Word(figures[2], "verdict"));
        Assert.All(figures, figure => Assert.InRange(
            figure.GetProperty("ratio").GetDouble(),
            figure.GetProperty("ratio_95_least").GetDouble(),
            figure.GetProperty("ratio_95_most").GetDouble()));
        Assert.InRange(figures[2].GetProperty("ratio").GetDouble(), 1.29, 1.31);

        static LoadResult Busy(LoadResult result) =>
            result with { Generator = result.Generator with { Limit = GeneratorLimit.Processor } };
    }

    [Fact]
    public async Task DifferenceInWhatWasRunIsAWarning()
    {
        LoadResult other = SampleResult.Of(seed: 2);
        Save("old.json", SampleResult.Of());
        Save("new.json", other with
        {
            Settings = other.Settings with { Connections = 128, RatePerSecond = 500 },
            Machine = other.Machine with { Processors = 8 },
            Generator = other.Generator with { Limit = GeneratorLimit.Processor },
        });
        CapturedOutput result = await RunAsync("old.json new.json");
        Assert.Equal(
            """
            the runs differ in connections: 64 and 128
            the runs differ in rate_per_second: – and 500
            the runs differ in processors: 2 and 8
            a single run tells nothing of how much runs differ; save 3 or more of each side, alternating
            in new.json the generator was the bottleneck: its figures are the generator's, not the peer's

            """,
            result.Error);
        JsonElement root = JsonDocument.Parse((await RunAsync("old.json new.json --json")).Out).RootElement;
        Assert.Equal(3, root.GetProperty("differences").GetArrayLength());
    }

    [Fact]
    public async Task MoreErrorsAreARegressionHoweverFast()
    {
        LoadResult other = SampleResult.Of();
        Save("old.json", SampleResult.Of());
        Save("new.json", other with { Errors = new Dictionary<LoadErrorKind, long> { [LoadErrorKind.Reset] = 500 } });
        CapturedOutput result = await RunAsync("old.json new.json");
        Assert.Equal(ExitCode.Negative, result.ExitCode);
        Assert.Equal(1, result.Out.Split("worse").Length - 1);
    }

    // The 95 % interval of two samples of one thing misses "no change" in one of twenty pairs, however few runs. By the
    // binomial distribution 1,000 pairs have 28 to 73 such ones in 998 of 1,000 cases, and the seed is fixed.
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void IntervalHoldsTheTruthAsOftenAsItSays(int runs)
    {
        const int Pairs = 1_000;
        var random = new Random(runs);
        LoadResult sample = SampleResult.Of(1);
        int missed = Enumerable.Range(0, Pairs).Count(_ =>
        {
            ComparedFigure rate = Comparison.Of(Side(), Side(), tolerance: 0).Figures[0];
            return rate.Least > 1 || rate.Most < 1;
        });
        Assert.InRange(missed, 20, 73); // Welch's errs on the careful side for few.

        LoadResult[] Side() => [.. Enumerable.Range(0, runs).Select(_ =>
            sample with { AnsweredInTime = (long)(1e6 * Math.Exp(Normal() * 0.1)) })];

        double Normal() => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
    }

    [Theory]
    [InlineData("old.json", "a comparison needs two sides and got 1 files: ")]
    [InlineData("old.json old.json old.json", "a comparison needs two sides and got 3 files: ")]
    [InlineData("old.json none.json", "there is no file 'none.json'; ")]
    [InlineData("old.json short.json", "there is too little in short.json to compare: answers in at least 5 whole ")]
    [InlineData("failed.json failed.json", "there is too little in failed.json to compare: ")]
    [InlineData("old.json bad.json", "'bad.json' is not a whole result of load; ")]
    public async Task MistakeIsOneSentenceWithItsRemedy(string line, string sentence)
    {
        Save("old.json", SampleResult.Of());
        Save("short.json", SampleResult.Of(2));
        Save("failed.json", SampleResult.Unanswered());
        File.WriteAllText(Path.Combine(_folder, "bad.json"), "{");
        var failure = await Assert.ThrowsAsync<ToolException>(() => RunAsync(line));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.StartsWith(sentence, failure.Message.Replace(_folder + "/", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--tolerance -1", "'-1' is no tolerance; write per cent from 0 to 100, such as 5%")]
    [InlineData("--tolerance much", "'much' is no tolerance; ")]
    [InlineData("--tolerance NaN", "'NaN' is no tolerance; ")]
    [InlineData("--tolerance 101%", "'101%' is no tolerance; ")]
    public void ToleranceThatIsNoneIsRefused(string options, string sentence) =>
        Assert.StartsWith(sentence, Parse("old.json new.json " + options).Errors.Single().Message);

    [Fact]
    public void EveryExampleParses() => Assert.All(new LoadCompareCommand().Examples, example =>
        Assert.Empty(Parse(example.Line["sockeye load compare ".Length..]).Errors));

    private static string? Word(JsonElement element, string key) => element.GetProperty(key).GetString();

    // As the tool's own, which has the option --json for all commands.
    private static ParseResult Parse(string line)
    {
        var root = new RootCommand { new LoadCompareCommand() };
        root.Options.Add(new Option<bool>("--json") { Recursive = true });
        return root.Parse("compare " + line, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    private void Save(string name, LoadResult result) => LoadFiles.Save(Path.Combine(_folder, name), result);

    private async Task<CapturedOutput> RunAsync(string line)
    {
        ParseResult parsed = Parse(string.Join(' ', line.Split(' ').Select(word =>
            word.EndsWith(".json", StringComparison.Ordinal) ? Path.Combine(_folder, word) : word)));
        Assert.Empty(parsed.Errors);
        using var data = new MemoryStream();
        using var notes = new MemoryStream();
        using var output = new Output(data, notes, name => name == "COLUMNS" ? "100" : null)
        {
            Json = line.Contains("--json", StringComparison.Ordinal),
        };
        var command = (LoadCompareCommand)parsed.CommandResult.Command;
        int code = await command.RunAsync(parsed, output, CancellationToken.None);
        output.Flush();
        string told = TextOf(notes).Replace(_folder + "/", "", StringComparison.Ordinal);
        return new CapturedOutput(code, TextOf(data), told);
    }

    private static string TextOf(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
