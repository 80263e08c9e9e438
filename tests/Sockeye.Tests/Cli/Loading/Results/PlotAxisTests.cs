using FsCheck;
using FsCheck.Fluent;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class PlotAxisTests
{
    [Theory]
    [InlineData(300_000, 530_000, "200 µs, 500 µs, 1 ms")]
    [InlineData(1, 1, "1 ns, 2 ns")]
    [InlineData(500_000, 500_000, "500 µs, 1 ms")]
    [InlineData(999, 1_001, "500 ns, 1 µs, 2 µs")]
    [InlineData(20_000, 900_000_000, "100 µs, 1 ms, 10 ms, 100 ms, 1 s")]
    [InlineData(0, 0, "1 ns, 2 ns")]
    public void DurationsAreMarkedFromOneToAnother(double least, double most, string ticks) =>
        Assert.Equal(ticks, TicksOf(PlotAxis.Durations("", least, most)));

    [Theory]
    [InlineData(0, "0, 0.2, 0.4, 0.6, 0.8, 1")]
    [InlineData(993, "0, 200, 400, 600, 800, 1000")]
    [InlineData(1_001, "0, 500, 1000, 1500")]
    [InlineData(0.07, "0, 0.02, 0.04, 0.06, 0.08")]
    public void NumbersAreMarkedInRoundSteps(double most, string ticks) =>
        Assert.Equal(ticks, TicksOf(PlotAxis.Linear("", most, value => $"{value:0.##}")));

    [Fact]
    public void EachNineIsAsFarFromTheNext()
    {
        PlotAxis axis = PlotAxis.Nines("", 99.99);
        Assert.Equal("0 %, 90 %, 99 %, 99.9 %, 99.99 %", TicksOf(axis));
        Assert.All(axis.Ticks.Index(), tick => Assert.Equal(tick.Index / 4.0, axis.Place(tick.Item.Value), 6));
    }

    [Fact]
    public void WhateverIsMeasuredLiesOnTheAxis() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, int.MaxValue).ToArbitrary(), Gen.Choose(1, 1_000).ToArbitrary(), (least, factor) =>
        {
            double most = Math.Min((double)least * factor, LatencyHistogram.NanosecondsMax);
            PlotAxis axis = PlotAxis.Durations("", least, most);
            return axis.Place(least) >= -1e-9 && axis.Place(most) <= 1 + 1e-9 && axis.Place(most) >= axis.Place(least)
                && axis.Ticks.Count is >= 2 and <= 6;
        }));

    private static string TicksOf(PlotAxis axis) => string.Join(", ", axis.Ticks.Select(tick => tick.Text));
}
