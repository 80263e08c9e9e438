using Sockeye.Cli;

namespace Sockeye.Tests.Cli;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("serve", "serve", 0)]
    [InlineData("Serve", "serve", 0)]
    [InlineData("sevre", "serve", 1)]
    [InlineData("serv", "serve", 1)]
    [InlineData("sserve", "serve", 1)]
    [InlineData("surve", "serve", 1)]
    [InlineData("", "serve", 5)]
    public void DistanceCountsTheSmallestChanges(string left, string right, int distance) =>
        Assert.Equal(distance, Suggestion.Distance(left, right));

    [Theory]
    [InlineData("conect", "connect")]
    [InlineData("dsn", "dns")]
    [InlineData("con", "connect")]
    [InlineData("xyz", null)]
    [InlineData("se", null)]
    public void OnlyANearWordIsOffered(string word, string? expected) =>
        Assert.Equal(expected, Suggestion.Closest(word, ["serve", "connect", "dns"]));
}
