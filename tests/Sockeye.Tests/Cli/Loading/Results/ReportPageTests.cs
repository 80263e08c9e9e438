using System.Text.RegularExpressions;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class ReportPageTests : IDisposable
{
    private static readonly TimeSpan s_patience = Patience.Time;
    private static readonly string[] s_plots =
        ["latency-by-percentile", "requests-per-second", "latency-over-time", "latency-histogram"];

    private readonly string _folder = Directory.CreateTempSubdirectory("page").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void PageHasItsFourPlotsAndNothingFromElsewhere()
    {
        string page = LoadReport.Of(SampleResult.Of());
        Assert.Equal(s_plots, Regex.Matches(page, "<figure id=\"([^\"]+)\">").Select(match => match.Groups[1].Value));
        Assert.DoesNotMatch(@"<script|<img|<link (?!rel=""icon"" href=""data:,"")|@import|url\(|src=", page);
        Assert.DoesNotContain("NaN", page);
        Assert.DoesNotContain("∞", page);
    }

    [Fact]
    public void TextCannotBecomeMarkup()
    {
        LoadResult result = SampleResult.Of(1);
        string page = LoadReport.Of(result with
        {
            Settings = result.Settings with { Target = "http://x/?q=<script>alert(1)</script>&\"'" },
            Machine = result.Machine with { Kernel = "<b>Linux</b>" },
        });
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<b>Linux", page);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;", page);
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(1)]
    [InlineData(3_000)]
    public void PageOfAnyLengthOfRunIsDrawn(double seconds)
    {
        LoadResult result = SampleResult.Of(Math.Min(seconds, 3));
        LoadResult stretched = result with
        {
            Elapsed = TimeSpan.FromSeconds(seconds),
            Seconds = seconds < 10 ? result.Seconds : [.. Enumerable.Repeat(result.Seconds[0], (int)seconds)],
        };
        string page = LoadReport.Of(stretched);
        Assert.All(Regex.Matches(page, "points=\"([^\"]*)\""), line => Assert.Matches(
            @"^\d+(\.\d+)?,\d+(\.\d+)?( \d+(\.\d+)?,\d+(\.\d+)?)+$", line.Groups[1].Value));
        Assert.InRange(Regex.Matches(page, "class=\"tick\"").Count, 12, 60);
    }

    [Fact]
    public void PageOfAPeerThatAnswersNothingIsDrawn()
    {
        string page = LoadReport.Of(SampleResult.Unanswered());
        Assert.Contains("connect refused", page);
        Assert.Contains("<b>100 %</b>", page);
        Assert.DoesNotContain("NaN", page);
    }

    [ChromiumTheory]
    [InlineData(1280, "light")]
    [InlineData(360, "dark")]
    public async Task PageOpensInChromiumWithoutAComplaint(int width, string scheme)
    {
        using var patience = new CancellationTokenSource(s_patience);
        string load = Write("load.html", LoadReport.Of(SampleResult.Of()));
        string models = Write("models.html", ModelsReportTests.Sample.Page());
        await using Chromium browser = await Chromium.StartAsync(patience.Token);
        await browser.LookAsync(width, 800, scheme, patience.Token);
        await browser.OpenAsync(load, patience.Token);

        // Each plot is seen, and something in it is drawn: a line, or bars.
        string drawn = await browser.EvaluateAsync(
            "[...document.querySelectorAll('figure')].filter(f => f.querySelector('svg').clientHeight > 100 && "
            + "[...f.querySelectorAll('.line,.bar')].some(m => m.getBBox().width > 0)).map(f => f.id).join()",
            patience.Token);
        Assert.Equal(string.Join(',', s_plots), drawn);

        // A phone reads it without moving it sideways, and the letters are not tiny.
        string wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        Assert.Equal("False", await browser.EvaluateAsync(wide, patience.Token));
        string letters = await browser.EvaluateAsync(
            "Math.min(...[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height))",
            patience.Token);
        Assert.InRange(double.Parse(letters), 12, 40);
        Assert.Equal("0", await browser.EvaluateAsync(Overlaps, patience.Token));
        string paper = await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor", patience.Token);
        Assert.Equal(scheme == "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)", paper);

        await browser.OpenAsync(models, patience.Token);
        Assert.Equal("False", await browser.EvaluateAsync(wide, patience.Token));
        Assert.Equal(
            "13", await browser.EvaluateAsync("document.querySelectorAll('.meters').length", patience.Token));
        Assert.Empty(browser.Complaints);
    }

    // How many texts of a plot lie over another of the same plot.
    private const string Overlaps = """
        [...document.querySelectorAll('svg')].reduce((sum, svg) => {
            const boxes = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect());
            return sum + boxes.filter((a, i) => boxes.some((b, j) => j > i && a.left < b.right - 1
                && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)).length;
        }, 0)
        """;

    private string Write(string name, string page)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, page);
        return new Uri(path).AbsoluteUri;
    }
}
