using System.Numerics;

namespace Sockeye.Cli.Loading.Results;

/// <summary>
/// Counts of latencies from a nanosecond to an hour, each known to three significant digits, whatever its size: the
/// layout of HdrHistogram, so that its format and its plots fit. Its size is fixed and recording allocates nothing.
/// </summary>
/// <remarks>
/// One thread at a time may use it. Give each thread one of its own and <see cref="Add"/> them up.
/// The buckets: values below 2,048 have one each; above, every doubling of the value is cut into 1,024 buckets of equal
/// width, which is at most 1/1,024 of what it holds.
/// </remarks>
internal sealed class LatencyHistogram
{
    /// <summary>The least value; whatever is below it is counted as this, and in <see cref="Clamped"/>.</summary>
    public const long NanosecondsMin = 1;

    /// <summary>The greatest value, an hour; whatever is above it is counted as this, and in <see cref="Clamped"/>.
    /// </summary>
    public const long NanosecondsMax = 3_600_000_000_000;

    /// <summary>How many buckets the values below the first doubling have.</summary>
    public const int SubBuckets = 2 * SubBucketsHalf;

    /// <summary>How many doublings reach an hour: 2,048 ns × 2^31 is the first power above it.</summary>
    public const int Doublings = 32;

    private const int SubBucketsHalf = 1 << SubBucketsHalfBits;
    private const int SubBucketsHalfBits = 10;

    private readonly long[] _counts = new long[(Doublings + 1) * SubBucketsHalf];
    private long _min = long.MaxValue;
    private long _max;

    /// <summary>How many values were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them were out of range, and counted as the nearest that is in it.</summary>
    public long Clamped { get; private set; }

    /// <summary>The least value recorded, to the nanosecond; 0 when there is none.</summary>
    public long Min => Count == 0 ? 0 : _min;

    /// <summary>The greatest value recorded, to the nanosecond; 0 when there is none.</summary>
    public long Max => _max;

    /// <summary>The mean, from the middle of each bucket; 0 when there is none.</summary>
    public double Mean
    {
        get
        {
            double sum = 0;
            foreach (HistogramBucket bucket in Buckets)
            {
                sum += (double)bucket.Middle * bucket.Count;
            }

            return Count == 0 ? 0 : sum / Count;
        }
    }

    /// <summary>The standard deviation of all values recorded, from the middle of each bucket.</summary>
    public double StandardDeviation
    {
        get
        {
            double mean = Mean;
            double sum = 0;
            foreach (HistogramBucket bucket in Buckets)
            {
                double deviation = bucket.Middle - mean;
                sum += deviation * deviation * bucket.Count;
            }

            return Count == 0 ? 0 : Math.Sqrt(sum / Count);
        }
    }

    /// <summary>The buckets that hold something, the least values first.</summary>
    public IEnumerable<HistogramBucket> Buckets
    {
        get
        {
            for (int index = 0; index < _counts.Length; index++)
            {
                if (_counts[index] > 0)
                {
                    yield return BucketAt(index);
                }
            }
        }
    }

    /// <summary>Counts a value.</summary>
    public void Record(long nanoseconds)
    {
        long value = Math.Clamp(nanoseconds, NanosecondsMin, NanosecondsMax);
        Clamped += value == nanoseconds ? 0 : 1;
        Count++;
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
        _counts[IndexOf(value)]++;
    }

    /// <summary>Counts all that another histogram has counted, as if it had been recorded here.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int index = 0; index < _counts.Length; index++)
        {
            _counts[index] += other._counts[index];
        }

        Count += other.Count;
        Clamped += other.Clamped;
        _min = Math.Min(_min, other._min);
        _max = Math.Max(_max, other._max);
    }

    /// <summary>Forgets everything: it is as new, and nothing was allocated.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        Clamped = 0;
        _min = long.MaxValue;
        _max = 0;
    }

    /// <summary>
    /// The value that so many per cent of all values do not exceed, at most 0.1 % too large; 0 when there is none.
    /// </summary>
    /// <param name="percent">From 0 to 100: 99.9 is one in a thousand above.</param>
    public long Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);

        // The next lower number: 99.9 % of 1,000 must be 999, though 0.999 has no exact form and may come out above.
        long wanted = Math.Max(1, (long)Math.Ceiling(Math.BitDecrement(percent) / 100 * Count));
        long seen = 0;
        for (int index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= wanted)
            {
                return Math.Clamp(BucketAt(index).Highest, Min, Max);
            }
        }

        return 0;
    }

    /// <summary>Puts back what was written of a histogram.</summary>
    /// <returns>Null when the numbers cannot be those of a histogram.</returns>
    public static LatencyHistogram? Restore(
        IReadOnlyList<(long Lowest, long Count)> buckets, long min, long max, long clamped)
    {
        var histogram = new LatencyHistogram();
        foreach ((long lowest, long count) in buckets)
        {
            // Zero has a bucket, as in HdrHistogram, and nothing is ever in it.
            if (lowest is < NanosecondsMin or > NanosecondsMax || count <= 0 || count > long.MaxValue - histogram.Count)
            {
                return null;
            }

            int index = IndexOf(lowest);
            if (BucketAt(index, count).Lowest != lowest || histogram._counts[index] > 0)
            {
                return null;
            }

            histogram._counts[index] = count;
            histogram.Count += count;
        }

        if (histogram.Count == 0)
        {
            return min == 0 && max == 0 && clamped == 0 ? histogram : null;
        }

        histogram._min = min;
        histogram._max = max;
        histogram.Clamped = clamped;
        return histogram.Buckets.First().Holds(min) && histogram.Buckets.Last().Holds(max) && min <= max
            && clamped >= 0 && clamped <= histogram.Count
            ? histogram
            : null;
    }

    private static int IndexOf(long value)
    {
        // The doubling is the position of the highest bit, and 0 for whatever is below 2,048.
        int doubling = BitOperations.Log2((ulong)value | (SubBuckets - 1)) - SubBucketsHalfBits;
        return (doubling << SubBucketsHalfBits) + (int)(value >> doubling);
    }

    private static HistogramBucket BucketAt(int index, long count)
    {
        int doubling = Math.Max(0, (index >> SubBucketsHalfBits) - 1);
        long lowest = (long)(index - (doubling << SubBucketsHalfBits)) << doubling;
        return new HistogramBucket(lowest, lowest + (1L << doubling) - 1, count);
    }

    private HistogramBucket BucketAt(int index) => BucketAt(index, _counts[index]);
}

/// <summary>A range of values that a histogram does not tell apart, and how many of them there were.</summary>
/// <param name="Lowest">The least value in it, in nanoseconds.</param>
/// <param name="Highest">The greatest value in it.</param>
/// <param name="Count">How many values.</param>
internal readonly record struct HistogramBucket(long Lowest, long Highest, long Count)
{
    /// <summary>What stands for each value in it when a mean is made, as HdrHistogram has it.</summary>
    public long Middle => Lowest + ((Highest - Lowest + 1) >> 1);

    /// <summary>Whether it is this value's.</summary>
    public bool Holds(long value) => value >= Lowest && value <= Highest;
}
