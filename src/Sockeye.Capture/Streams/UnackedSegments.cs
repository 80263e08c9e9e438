using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>A segment that was seen and not yet acknowledged.</summary>
internal readonly record struct UnackedSegment(TcpSequence Start, TcpSequence End, long Frame, long Nanoseconds);

/// <summary>
/// The segments of one direction that were seen and not yet acknowledged, in the order they were seen: a ring that
/// grows as far as its limit.
/// </summary>
internal struct UnackedSegments
{
    private const int CountAtFirst = 4;

    private UnackedSegment[]? _ring;
    private int _first;
    private int _outOfOrder; // How many came with a number before that of the one before them.

    public int Count { get; private set; }

    private readonly ref UnackedSegment this[int index] => ref _ring![(_first + index) & (_ring.Length - 1)];

    /// <summary>Remembers a segment, if there is room.</summary>
    public void Add(in UnackedSegment segment, int max, Budget budget)
    {
        if (Count >= max || (Count == (_ring?.Length ?? 0) && !TryGrow(budget)))
        {
            return;
        }

        if (Count > 0 && segment.Start < this[Count - 1].End)
        {
            _outOfOrder++;
        }

        this[Count] = segment;
        Count++;
    }

    /// <summary>Whether one of them has all these bytes.</summary>
    public readonly bool Cover(TcpSequence start, TcpSequence end)
    {
        for (int i = 0; i < Count; i++)
        {
            if (start >= this[i].Start && end <= this[i].End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first and the last number that is on its way.</summary>
    public readonly (TcpSequence Start, TcpSequence End) Bounds()
    {
        (TcpSequence start, TcpSequence end) = (this[0].Start, this[Count - 1].End);
        for (int i = 0; i < Count && _outOfOrder > 0; i++)
        {
            start = this[i].Start < start ? this[i].Start : start;
            end = this[i].End > end ? this[i].End : end;
        }

        return (start, end);
    }

    /// <summary>Forgets what an acknowledgement covers.</summary>
    /// <returns>The first that ends exactly where the acknowledgement does; its frame is zero when there is
    /// none.</returns>
    public UnackedSegment Acknowledge(TcpSequence acknowledgment) => _outOfOrder == 0
        ? AcknowledgeInOrder(acknowledgment)
        : AcknowledgeAnywhere(acknowledgment);

    /// <summary>Forgets all.</summary>
    public void Release(Budget budget)
    {
        budget.Return(_ring?.Length ?? 0);
        _ring = null;
        Count = 0;
        _outOfOrder = 0;
    }

    private UnackedSegment AcknowledgeInOrder(TcpSequence acknowledgment)
    {
        UnackedSegment match = default;
        while (Count > 0)
        {
            ref UnackedSegment oldest = ref this[0];
            if (acknowledgment < oldest.End)
            {
                Shorten(ref oldest, acknowledgment);
                break;
            }

            match = acknowledgment == oldest.End && match.Frame == 0 ? oldest : match;
            _first = (_first + 1) & (_ring!.Length - 1);
            Count--;
        }

        return match;
    }

    private UnackedSegment AcknowledgeAnywhere(TcpSequence acknowledgment)
    {
        UnackedSegment match = default;
        int kept = 0;
        _outOfOrder = 0;
        for (int i = 0; i < Count; i++)
        {
            UnackedSegment one = this[i];
            if (acknowledgment >= one.End)
            {
                match = acknowledgment == one.End && match.Frame == 0 ? one : match;
                continue;
            }

            Shorten(ref one, acknowledgment);
            _outOfOrder += kept > 0 && one.Start < this[kept - 1].End ? 1 : 0;
            this[kept++] = one;
        }

        Count = kept;
        return match;
    }

    private static void Shorten(ref UnackedSegment segment, TcpSequence acknowledgment)
    {
        if (acknowledgment > segment.Start)
        {
            segment = segment with { Start = acknowledgment };
        }
    }

    private bool TryGrow(Budget budget)
    {
        int length = _ring?.Length ?? 0;
        int more = Math.Max(length, CountAtFirst);
        if (!budget.TryTake(more))
        {
            return false;
        }

        var ring = new UnackedSegment[length + more];
        for (int i = 0; i < Count; i++)
        {
            ring[i] = this[i];
        }

        _ring = ring;
        _first = 0;
        return true;
    }
}
