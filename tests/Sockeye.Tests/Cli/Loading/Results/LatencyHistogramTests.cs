using FsCheck;
using FsCheck.Fluent;
using Sockeye.Cli.Loading.Results;

namespace Sockeye.Tests.Cli.Loading.Results;

public sealed class LatencyHistogramTests
{
    private const double ErrorMax = 0.001;

    // As many small values as large ones: the power is drawn, then what is below it.
    private static readonly Gen<long> s_latency =
        from bits in Gen.Choose(1, 41)
        from low in Gen.Choose(0, int.MaxValue)
        from high in Gen.Choose(0, int.MaxValue)
        select Math.Clamp((((long)high << 31) | (uint)low) & ((1L << bits) - 1), 1, LatencyHistogram.NanosecondsMax);

    private static readonly Arbitrary<long[]> s_latencies = s_latency.NonEmptyListOf()
        .Select(list => list.ToArray()).ToArbitrary();

    [Fact]
    public void EveryPercentileIsWithinOneThousandthOfTheTrueOne() =>
        Check.QuickThrowOnFailure(Prop.ForAll(s_latencies, Gen.Choose(0, 10_000).ToArbitrary(), (values, hundredths) =>
        {
            double percent = hundredths / 100.0;
            long[] sorted = [.. values.Order()];
            long rank = Math.Max(1, (long)Math.Ceiling((decimal)hundredths * sorted.Length / 10_000));
            long exact = sorted[rank - 1];
            long found = Of(values).Percentile(percent);
            return found >= exact && found - exact <= exact * ErrorMax;
        }));

    [Fact]
    public void LeastAndGreatestAreExactAndTheMeanIsNear() =>
        Check.QuickThrowOnFailure(Prop.ForAll(s_latencies, values =>
        {
            LatencyHistogram histogram = Of(values);
            double mean = values.Average(value => (double)value);
            return histogram.Min == values.Min() && histogram.Max == values.Max()
                && Math.Abs(histogram.Mean - mean) <= mean * ErrorMax;
        }));

    [Fact]
    public void AddingUpIsTheSameAsRecordingAll() =>
        Check.QuickThrowOnFailure(Prop.ForAll(s_latencies, s_latencies, (one, other) =>
        {
            LatencyHistogram sum = Of(one);
            sum.Add(Of(other));
            return AreEqual(sum, Of([.. one, .. other]));
        }));

    [Fact]
    public void WhatIsWrittenIsReadBack() => Check.QuickThrowOnFailure(Prop.ForAll(s_latencies, values =>
    {
        LatencyHistogram histogram = Of(values);
        LatencyHistogram? restored = LatencyHistogram.Restore(
            [.. histogram.Buckets.Select(bucket => (bucket.Lowest, bucket.Count))],
            histogram.Min,
            histogram.Max,
            histogram.Clamped);
        return restored is not null && AreEqual(histogram, restored);
    }));

    [Fact]
    public void BucketsFollowOneAnotherWithoutAGap()
    {
        var histogram = new LatencyHistogram();
        long value = 1;
        while (value < LatencyHistogram.NanosecondsMax)
        {
            histogram.Record(value);
            HistogramBucket last = histogram.Buckets.Last();
            Assert.Equal((value, 1), (last.Lowest, last.Count));
            Assert.True(last.Highest - last.Lowest <= last.Lowest * ErrorMax);
            histogram.Clear();

            // Each bucket up to the second doubling, and later the ends of every doubling.
            value = value < 8_192 || !long.IsPow2(last.Highest + 1) ? Next(last) : last.Highest + 1;
        }

        static long Next(HistogramBucket bucket) =>
            bucket.Lowest < 8_192 || long.IsPow2(bucket.Lowest)
                ? bucket.Highest + 1
                : (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bucket.Lowest);
    }

    [Fact]
    public void ValuesOutOfRangeAreCountedAtItsEnds()
    {
        LatencyHistogram histogram = Of([0, -5, long.MinValue, 7, long.MaxValue]);
        Assert.Equal((5, 4), (histogram.Count, histogram.Clamped));
        Assert.Equal((1, LatencyHistogram.NanosecondsMax), (histogram.Min, histogram.Max));
        Assert.Equal(3, histogram.Buckets.First().Count);
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        var histogram = new LatencyHistogram();
        Allocations.AssertAtMost(0, () =>
        {
            for (long value = 1; value < LatencyHistogram.NanosecondsMax; value *= 3)
            {
                histogram.Record(value);
            }
        });
    }

    [Fact]
    public void EmptyHistogramHasNoFigures()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal((0L, 0L, 0L, 0.0, 0.0), (
            histogram.Min, histogram.Max, histogram.Percentile(99), histogram.Mean, histogram.StandardDeviation));
        Assert.Empty(histogram.Buckets);
        Assert.True(AreEqual(histogram, LatencyHistogram.Restore([], 0, 0, 0)!));
        LatencyHistogram cleared = Of([1, 2, 3]);
        cleared.Clear();
        Assert.True(AreEqual(histogram, cleared));
    }

    [Theory]
    [InlineData(0, 1, 0, 0)] // No such value.
    [InlineData(2_049, 1, 2_049, 2_049)] // Not where a bucket begins.
    [InlineData(100, 0, 100, 100)] // Nothing in it.
    [InlineData(100, 1, 99, 100)] // A least value that is elsewhere.
    [InlineData(4_000_000_000_000, 1, 4_000_000_000_000, 4_000_000_000_000)] // More than an hour.
    public void ImpossibleNumbersAreNoHistogram(long lowest, long count, long min, long max) =>
        Assert.Null(LatencyHistogram.Restore([(lowest, count)], min, max, 0));

    private static LatencyHistogram Of(IEnumerable<long> values)
    {
        var histogram = new LatencyHistogram();
        foreach (long value in values)
        {
            histogram.Record(value);
        }

        return histogram;
    }

    private static bool AreEqual(LatencyHistogram one, LatencyHistogram other) =>
        one.Buckets.SequenceEqual(other.Buckets)
        && (one.Count, one.Clamped, one.Min, one.Max) == (other.Count, other.Clamped, other.Min, other.Max);
}
