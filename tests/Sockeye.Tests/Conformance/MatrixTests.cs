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
    public void EveryAreaOfConnectionsRunsOverTlsOrSaysWhyNot() => Assert.All(
        Behaviour.All.GroupBy(behaviour => behaviour.Area)
            .Where(area => area.Any(one => (one.Attribute.On & Transports.Streams) != 0)),
        area => Assert.True(
            area.Any(one => one.Transports.HasFlag(Transports.Tls)
                || one.AreaExceptTransports.Any(except => except.Transports.HasFlag(Transports.Tls))),
            area.Key));

    [Fact]
    public void EveryTransportCarriesSomething() => Assert.Equal(
        Transports.Streams | Transports.Datagrams,
        Behaviour.All.Aggregate(default(Transports), (all, one) => all | one.Transports));

    [Fact]
    public void EveryBehaviourRunsSomewhere() =>
        Assert.All(Behaviour.All, behaviour => Assert.NotEqual(default, behaviour.Transports));

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
