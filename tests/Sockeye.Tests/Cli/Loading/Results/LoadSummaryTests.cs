using System.Text;
using Sockeye.Cli;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class LoadSummaryTests
{
    [Fact]
    public void SummaryReadsAsApproved() => Golden.Verify("Load.Summary", SummaryOf(SampleResult.Of()));

    [Fact]
    public void SummaryOfALoadWithARateReadsAsApproved()
    {
        LoadResult result = SampleResult.Of(2);
        Golden.Verify("Load.SummaryRate", SummaryOf(result with
        {
            Settings = result.Settings with
            {
                Target = "tcp://127.0.0.1:7", Protocol = "echo", RatePerSecond = 1_000, Pipeline = 4, MessageBytes = 64,
            },
            StatusCodes = new Dictionary<int, long>(),
            Generator = new LoadGenerator(0.99, 1_234, 0, GeneratorLimit.Processor),
        }));
    }

    [Fact]
    public void SummaryOfAPeerThatAnswersNothingReadsAsApproved() =>
        Golden.Verify("Load.SummaryUnanswered", SummaryOf(SampleResult.Unanswered()));

    [Theory]
    [InlineData(nameof(GeneratorLimit.LateSends), "this machine was too busy: 3 requests, more than 1 %, left over ")]
    [InlineData(nameof(GeneratorLimit.Ports), "the generator was the bottleneck: it ran out of local ports")]
    public void BottleneckIsSaidLast(string limit, string sentence)
    {
        LoadResult result = SampleResult.Of(1);
        string summary = SummaryOf(result with
        {
            Generator = result.Generator with { Limit = Enum.Parse<GeneratorLimit>(limit) },
        });
        Assert.StartsWith(sentence, summary.TrimEnd('\n').Split('\n')[^1]);
    }

    [Fact]
    public void EveryKindOfErrorHasAName()
    {
        LoadErrorKind[] kinds = Enum.GetValues<LoadErrorKind>();
        Assert.Equal(kinds.Length, kinds.Select(LoadWords.Label).Distinct().Count());
    }

    [Fact]
    public void TargetCannotCommandTheTerminal()
    {
        LoadResult result = SampleResult.Of(1);
        Assert.DoesNotContain('\e', SummaryOf(result with
        {
            Settings = result.Settings with { Target = "http://\e[31mred/" },
        }));
    }

    [Theory]
    [InlineData(0.4, "0.400 ns")]
    [InlineData(999, "999 ns")]
    [InlineData(999.9, "1.00 µs")]
    [InlineData(12_345, "12.3 µs")]
    [InlineData(999_600, "1.00 ms")]
    [InlineData(1_234_567_890, "1.23 s")]
    [InlineData(3_600_000_000_000, "3,600 s")]
    [InlineData(0, "0.00 ns")]
    public void DurationHasThreeDigitsAndAUnit(double nanoseconds, string text) =>
        Assert.Equal(text, Quantity.Duration(nanoseconds));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(12, "12 B")]
    [InlineData(999.6, "1.00 kB")]
    [InlineData(1_500_000, "1.50 MB")]
    [InlineData(2.5e15, "2,500 TB")]
    public void DataHasThreeDigitsAndAUnit(double bytes, string text) => Assert.Equal(text, Quantity.Bytes(bytes));

    private static string SummaryOf(LoadResult result) => Written(output => LoadSummary.Write(output, result));

    internal static string Written(Action<Output> write)
    {
        using var stream = new MemoryStream();
        using var output = new Output(stream, Stream.Null, name => name == "COLUMNS" ? "100" : null);
        write(output);
        output.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
