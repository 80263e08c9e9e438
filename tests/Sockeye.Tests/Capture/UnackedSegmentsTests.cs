using Sockeye.Capture.Streams;
using Sockeye.Wire.Transport;

namespace Sockeye.Tests.Capture;

/// <summary>What is on its way is known without walking over all of it for each packet.</summary>
public sealed class UnackedSegmentsTests
{
    private const int Max = 1_000;

    private readonly Budget _budget = new(100_000);
    private UnackedSegments _segments;

    [Fact]
    public void TheyAreThoseOfAPlainList()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var plain = new List<(uint Start, uint End, long Frame)>();
            var segments = new UnackedSegments();
            uint origin = (uint)random.Next() * 2;
            uint acknowledged = 0;
            for (int frame = 1; frame <= 200; frame++)
            {
                uint start = acknowledged + (uint)random.Next(40);
                uint end = start + 1 + (uint)random.Next(30);
                if (random.Next(3) > 0)
                {
                    plain.Add((start, end, frame));
                    segments.Add(new(origin + start), new(origin + end), frame, frame, Max, _budget);
                }
                else
                {
                    acknowledged += (uint)random.Next(25);
                    long match = plain.FirstOrDefault(one => one.End == acknowledged).Frame;
                    plain =
                    [
                        .. plain.Where(one => one.End > acknowledged)
                            .Select(one => one with { Start = Math.Max(one.Start, acknowledged) }),
                    ];
                    Assert.Equal(match, segments.Acknowledge(new(origin + acknowledged)).Frame);
                }

                Assert.Equal(plain.Count, segments.Count);
                bool covers = plain.Any(one => one.Start <= start && one.End >= end);
                Assert.Equal(covers, segments.Cover(new(origin + start), new(origin + end)));
                if (plain.Count > 0)
                {
                    Assert.Equal(
                        (new TcpSequence(origin + plain.Min(one => one.Start)),
                            new TcpSequence(origin + plain.Max(one => one.End))),
                        segments.Bounds());
                }
            }
        }
    }

    [Fact]
    public void OneThatIsSentAgainDoesNotMakeTheOthersDear()
    {
        const int Count = 100_000;
        for (uint i = 0; i < Count; i++)
        {
            Add(10 * i, 10);
            if (i == 5)
            {
                Add(0, 10);
            }

            _ = _segments.Bounds();
            _ = _segments.Cover(new(0), new(10));
        }

        // Each question is answered by halving.
        Assert.Equal(Max, _segments.Count);
        Assert.InRange(_segments.Steps, 0, 12L * Count);
    }

    [Fact]
    public void AcknowledgementsOfHolesTakeNoMoreThanWhatTheyCover()
    {
        const int Count = 50_000;
        Add(1_000_000_000, 10); // Far ahead of all others.
        for (uint i = 0; i < Count; i++)
        {
            Add(10 * i, 10);
            if (i >= 500)
            {
                Assert.Equal(1, _segments.Acknowledge(new(10 * (i - 499))).Frame);
            }
        }

        Assert.InRange(_segments.Steps, 0, 20L * Count);
    }

    [Fact]
    public void InTheWorstOrderAPacketTakesNoMoreThanTheLimit()
    {
        const int Count = 4_000;
        for (uint i = 0; i < Count; i++)
        {
            // Long ones that overlap: each begins before the others, and acknowledgements cover them bit by bit.
            Add(30_000 - (i % Max), 30_000 + (2 * (i % Max)));
            _ = _segments.Acknowledge(new(20_000 + i));
        }

        Assert.InRange(_segments.Steps, 0, (2L * Max + 20) * Count);
    }

    private void Add(uint start, uint length) =>
        _segments.Add(new(start), new(start + length), 1, 1, Max, _budget);
}
