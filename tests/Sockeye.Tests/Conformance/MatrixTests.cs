namespace Sockeye.Tests.Conformance;

/// <summary>The suite itself: how much there is, and that its page is up to date.</summary>
public sealed class MatrixTests
{
    private const string Begin = "<!-- matrix: written by the tests; GOLDEN_UPDATE=1 ./test MatrixTests -->\n";
    private const string End = "<!-- end of matrix -->\n";

    [Fact]
    public void ThereAreAtLeastSixtyBehaviours() => Assert.InRange(Behaviour.All.Count, 60, int.MaxValue);

    [Fact]
    public void NoTwoBehavioursHaveOneName() =>
        Assert.Equal(Behaviour.All.Count, Behaviour.All.Select(behaviour => behaviour.Name).Distinct().Count());

    [Fact]
    public void ThePageShowsEveryBehaviourAndModel()
    {
        string file = Repository.PathOf("docs/conformance.md");
        string page = File.ReadAllText(file);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, "docs/conformance.md has lost its markers");
        string expected = page[..begin] + Matrix.Expected() + page[end..];
        if (Environment.GetEnvironmentVariable("GOLDEN_UPDATE") == "1")
        {
            File.WriteAllText(file, expected);
        }
        else
        {
            Assert.True(page == expected, "docs/conformance.md is out of date: run GOLDEN_UPDATE=1 ./test MatrixTests");
        }
    }
}
