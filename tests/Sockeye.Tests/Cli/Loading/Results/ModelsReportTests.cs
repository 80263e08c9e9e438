using System.Text;
using System.Text.Json;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class ModelsReportTests
{
    internal static ModelsReport Sample { get; } = new(
    [
        new("epoll", 64, "keep-alive")
        {
            RequestsPerSecond = 123_456, CpuNanosecondsPerRequest = 5_100, P50Nanoseconds = 410_000,
            P99Nanoseconds = 900_000, P999Nanoseconds = 2_400_000, SystemCallsPerRequest = 2.01,
            ContextSwitchesPerRequest = 0.015, AllocatedBytesPerRequest = 0, IdleConnectionBytes = 412,
        },
        new("uring", 64, "keep-alive")
        {
            RequestsPerSecond = 131_072, CpuNanosecondsPerRequest = 4_900, P50Nanoseconds = 402_000,
            P99Nanoseconds = 910_000, P999Nanoseconds = 2_100_000, SystemCallsPerRequest = 0.07,
            ContextSwitchesPerRequest = 0.02, AllocatedBytesPerRequest = 0, IdleConnectionBytes = 480,
        },
        new("threads", 64, "keep-alive")
        {
            RequestsPerSecond = 61_000, CpuNanosecondsPerRequest = 14_200, P50Nanoseconds = 1_020_000,
            P99Nanoseconds = 4_500_000, P999Nanoseconds = 9_800_000, ContextSwitchesPerRequest = 1.9,
            AllocatedBytesPerRequest = 24, IdleConnectionBytes = 71_000,
        },
        new("epoll", 1_000, "pipelined") { RequestsPerSecond = 612_000 },
        new("uring", 1_000, "pipelined"),
        new("threads", 1_000, "close") { RequestsPerSecond = 9_000 },
    ])
    {
        Introduction = "sockeye load models, 2026-11-21, 2 processors.",
        Notes = ["Server on processor 1, generator on processor 0.", "uring, 1,000 connections: not measured."],
    };

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
        Assert.Equal(12, models[0].EnumerateObject().Count());
        Assert.False(models[2].TryGetProperty("system_calls_per_request", out _));
        Assert.Equal(3, models[4].EnumerateObject().Count());
    }

    [Fact]
    public void MarkdownReadsAsApproved() => Golden.Verify("Load.ModelsMarkdown", Sample.Markdown());

    [Fact]
    public void BestOfEachColumnIsMarkedInThePage()
    {
        string page = Sample.Page();
        Assert.Contains("<td class=\"best\">131,072</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"best\">4.90 µs</td>".Replace("µ", "&#181;"), page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"best\"><th>uring</th><td><span class=\"meter\" style=\"width:100%\">", page,
            StringComparison.Ordinal);
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
