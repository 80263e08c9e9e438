using System.Text;
using System.Text.Json;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class ModelsReportTests
{
    internal static ModelsReport Sample { get; } = new(
    [
        new("epoll", 64, "keep-alive", Rounds(
            new()
            {
                RequestsPerSecond = 123_456, CpuNanosecondsPerRequest = 5_100, P50Nanoseconds = 410_000,
                P99Nanoseconds = 900_000, P999Nanoseconds = 2_400_000, SystemCallsPerRequest = 2.01,
                ContextSwitchesPerRequest = 0.015, AllocatedBytesPerRequest = 0, IdleConnectionBytes = 412,
            },
            0.03)),
        new("uring", 64, "keep-alive", Rounds(
            new()
            {
                RequestsPerSecond = 131_072, CpuNanosecondsPerRequest = 4_900, P50Nanoseconds = 402_000,
                P99Nanoseconds = 910_000, P999Nanoseconds = 2_100_000, SystemCallsPerRequest = 0.07,
                ContextSwitchesPerRequest = 0.02, AllocatedBytesPerRequest = 0.3, IdleConnectionBytes = 480,
            },
            0.02)),
        new("threads", 64, "keep-alive", Rounds(
            new()
            {
                RequestsPerSecond = 61_000, CpuNanosecondsPerRequest = 14_200, P50Nanoseconds = 1_020_000,
                P99Nanoseconds = 4_500_000, P999Nanoseconds = 9_800_000, ContextSwitchesPerRequest = 1.9,
                AllocatedBytesPerRequest = 24, IdleConnectionBytes = 71_000,
            },
            0.4)),
        new("epoll", 1_000, "pipelined", [new() { RequestsPerSecond = 612_000, CpuNanosecondsPerRequest = 1_500 }]),
        new("uring", 1_000, "pipelined", []),
        new("threads", 1_000, "close", [new() { RequestsPerSecond = 9_000, CpuNanosecondsPerRequest = 90_000 }]),
    ])
    {
        Introduction = "sockeye load models, 2026-11-21, 2 processors.",
        Notes = ["Server on processor 1, generator on processor 0.", "uring, 1,000 connections: not measured."],
    };

    /// <summary>Three rounds: the CPU time is so much less in one and more in another.</summary>
    private static ModelFigures[] Rounds(ModelFigures middle, double apart) =>
    [
        middle with { CpuNanosecondsPerRequest = middle.CpuNanosecondsPerRequest * (1 - apart) },
        middle with { CpuNanosecondsPerRequest = middle.CpuNanosecondsPerRequest * (1 + apart) },
        middle,
    ];

    [Fact]
    public void TableAndBarsReadAsApproved() =>
        Golden.Verify("Load.Models", LoadSummaryTests.Written(Sample.Write));

    [Fact]
    public void FiguresThatWereNotMeasuredAreAbsentFromJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Sample.Write(json);
            json.WriteEndObject();
        }

        JsonElement[] models =
        [
            .. JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement.GetProperty("models")
                .EnumerateArray(),
        ];
        Assert.Equal(6, models.Length);
        Assert.Equal(3 + (3 * 9), models[0].EnumerateObject().Count());
        Assert.Equal(5_100 * 0.97, models[0].GetProperty("min_cpu_ns_per_request").GetDouble(), 6);
        Assert.Equal(5_100, models[0].GetProperty("cpu_ns_per_request").GetDouble());
        Assert.Equal(5_100 * 1.03, models[0].GetProperty("max_cpu_ns_per_request").GetDouble(), 6);
        Assert.False(models[2].TryGetProperty("system_calls_per_request", out _));
        Assert.Equal(3, models[4].EnumerateObject().Count());
    }

    [Fact]
    public void MarkdownReadsAsApproved() => Golden.Verify("Load.ModelsMarkdown", Sample.Markdown());

    [Fact]
    public void BestOfEachColumnIsMarkedInThePage()
    {
        string page = Sample.Page();
        Assert.Contains("<td class=\"best\">131,072 &#177;0 %</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"best\">4.90 &#181;s &#177;2 %</td>", page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"best\"><th>uring</th><td><span class=\"meter\" style=\"width:100%\">", page,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyWhatTheRoundsTellApartIsBest()
    {
        ModelResult[] models = [Of("near", 100, 110), Of("best", 95, 105), Of("far", 120, 130)];
        Assert.Equal(["near", "best"], ModelFigure.Cpu.Best(models).Select(one => one.Model));
        Assert.Equal(["best"], ModelFigure.Cpu.Best([Of("best", 90, 92), models[2]]).Select(one => one.Model));
        Assert.Empty(ModelFigure.Cpu.Best(models[..2])); // Nobody knows which one it is.
        Assert.Empty(ModelFigure.Cpu.Best(models[..1]));

        static ModelResult Of(string model, params double[] cpu) => new(
            model, 1, "close", [.. cpu.Select(one => new ModelFigures { CpuNanosecondsPerRequest = one })]);
    }

    [Theory]
    [InlineData(0, "a            0")]
    [InlineData(1, "a ▏          1")]
    [InlineData(50, "a ████      50")]
    [InlineData(55, "a ████▍     55")]
    public void BarIsAnEighthOfAColumnExact(double value, string line)
    {
        Bar[] bars = [new("a", value, $"{value}"), new("b", 100, "100")];
        Assert.Equal([line, "b ████████ 100"], BarChart.Lines(bars, width: 0));
    }

    [Fact]
    public void TableWithoutRoomGoesOnBelow()
    {
        var table = new TextTable();
        table.Add("", "one", "two", "three");
        table.Add("name", "1", "2", "3");
        Assert.Equal(["      one  two", "name    1    2", "", "      three", "name      3"], table.Lines(16));
        Assert.Equal(["      one  two  three", "name    1    2      3"], table.Lines(80));
    }
}
