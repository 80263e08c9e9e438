namespace Sockeye.Tests.Conformance;

/// <summary>The suite itself: how much there is, and that its page is up to date.</summary>
public sealed class MatrixTests
{
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
    public void ThePageShowsEveryBehaviourAndModel() => Section.Verify(
        "docs/conformance.md", "matrix", "MatrixTests", Matrix.Expected());

    [Fact]
    public void TheReadmeShowsEveryAreaAndModel() => Section.Verify(
        "README.md", "matrix", "MatrixTests", Matrix.Summary());
}
