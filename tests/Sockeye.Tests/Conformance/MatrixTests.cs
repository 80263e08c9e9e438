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
    public void ThePageShowsEveryBehaviourAndModel() => CheckPage("docs/conformance.md", Matrix.Expected());

    [Fact]
    public void TheReadmeShowsEveryAreaAndModel() => CheckPage("README.md", Matrix.Summary());

    private static void CheckPage(string name, string table)
    {
        string file = Repository.PathOf(name);
        string page = File.ReadAllText(file);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, $"{name} has lost its markers");
        string expected = page[..begin] + table + page[end..];
        if (Environment.GetEnvironmentVariable("GOLDEN_UPDATE") == "1")
        {
            File.WriteAllText(file, expected);
        }
        else
        {
            Assert.True(page == expected, $"{name} is out of date: run GOLDEN_UPDATE=1 ./test MatrixTests");
        }
    }
}
