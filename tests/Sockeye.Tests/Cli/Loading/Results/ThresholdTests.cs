using Sockeye.Cli;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("p99>5ms")]
    [InlineData("p99.8 >= 1s")]
    [InlineData("mean>400us")]
    [InlineData("mean<300µs")]
    [InlineData("min<100000ns")]
    [InlineData("errors>1%")]
    [InlineData("errors>12")]
    [InlineData("rps<500")]
    [InlineData("rps<0.5k")]
    [InlineData("p99.5 > 1 s")]
    [InlineData("unanswered>0")]
    [InlineData("not-made>0")]
    public void ResultWithinTheLimitBreaksNothing(string text) =>
        Assert.Null(Threshold.Check([Of(text)], SampleResult.Of()));

    [Theory]
    [InlineData("p50>1000s", null)]
    [InlineData("p99.9>1000s", "--fail-if p99.9>1000s: p99.9 was no answer in time")]
    [InlineData("max>1000s", "--fail-if max>1000s: max was no answer in time")]
    [InlineData("unanswered>5", "--fail-if unanswered>5: unanswered was 100")]
    [InlineData("not-made>=7", "--fail-if not-made>=7: not-made was 7")]
    public void WhatWasNotAnsweredInTimeExceedsEveryLatency(string text, string? sentence) => Assert.Equal(
        sentence, Of(text).WhyBroken(SampleResult.Of() with { Unanswered = 100, NotMade = 7 }));

    [Theory]
    [InlineData("p50>100us", "--fail-if p50>100us: p50 was 32")]
    [InlineData("p99<=1s", "--fail-if p99<=1s: p99 was ")]
    [InlineData("errors>=12", "--fail-if errors>=12: errors was 12")]
    [InlineData("errors>0.1%", "--fail-if errors>0.1%: errors was 0.121 %")]
    [InlineData("rps<10k", "--fail-if rps<10k: rps was 99")]
    public void BrokenOneSaysWhatTheFigureWas(string text, string sentence)
    {
        ToolException failure = Assert.IsType<ToolException>(
            Threshold.Check([Of("mean>1s"), Of(text)], SampleResult.Of()));
        Assert.Equal(ExitCode.Threshold, failure.ExitCode);
        Assert.StartsWith(sentence, failure.Message);
    }

    [Fact]
    public void AllThatAreBrokenAreNamed()
    {
        ToolException failure = Assert.IsType<ToolException>(
            Threshold.Check([Of("rps<10k"), Of("mean>1s"), Of("p50>1ns")], SampleResult.Of()));
        Assert.Contains("rps<10k", failure.Message);
        Assert.Contains("; --fail-if p50>1ns", failure.Message);
        Assert.DoesNotContain("mean>1s", failure.Message);
    }

    [Theory]
    [InlineData("p99>5ms")]
    [InlineData("mean<1s")]
    public void PeerThatAnswersNothingPassesNoLimitOfLatency(string text) => Assert.Equal(
        $"--fail-if {text}: nothing was answered, so nobody can know",
        Of(text).WhyBroken(SampleResult.Unanswered()));

    [Theory]
    [InlineData("p99", "'p99' is no threshold; write a figure, < or >, and a value, in quotes: 'p99>5ms', ")]
    [InlineData("", "'' is no threshold; ")]
    [InlineData("p99=5ms", "'p99=5ms' is no threshold; ")]
    [InlineData("p99>", "'p99>' is no threshold; ")]
    [InlineData("p99>5", "'5' is no duration; write one such as p99>5ms, with ns, us, ms or s")]
    [InlineData("p99>-5ms", "'-5ms' is no duration; ")]
    [InlineData("mean>1%", "'1%' is no duration; write one such as mean>5ms, ")]
    [InlineData("errors>5ms", "'5ms' is no amount; write a whole number such as errors>10, or for errors a share ")]
    [InlineData("errors>0.5", "'0.5' is no amount; ")]
    [InlineData("errors>NaN%", "'NaN%' is no amount; ")]
    [InlineData("p99>NaNms", "'NaNms' is no duration; ")]
    [InlineData("rps<Infinity", "'Infinity' is no rate; ")]
    [InlineData("rps<fast", "'fast' is no rate; write requests a second, such as rps<10000 or rps<10k")]
    [InlineData("p101>5ms", "there is no figure 'p101'; ")]
    [InlineData("p9.9.9>5ms", "there is no figure 'p9.9.9'; ")]
    [InlineData("error>1%", "there is no figure 'error'; did you mean 'errors'?")]
    [InlineData("colour>1%", "there is no figure 'colour'; it takes one of mean, min, max, p50, p99, p99.9, errors, ")]
    public void MistakeIsASentenceWithItsRemedy(string text, string sentence)
    {
        Assert.False(Threshold.TryParse(text, out _, out string? error));
        Assert.StartsWith(sentence, error);
    }

    private static Threshold Of(string text)
    {
        Assert.True(Threshold.TryParse(text, out Threshold? threshold, out string? error), error);
        return threshold;
    }
}
