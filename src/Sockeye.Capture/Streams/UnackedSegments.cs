using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>A segment that was seen and not yet acknowledged.</summary>
/// <param name="Lowest">Where it begins, or one that ends later and begins before it.</param>
/// <param name="End">The number after its last byte.</param>
/// <param name="Frame">Its frame.</param>
/// <param name="Nanoseconds">When it was seen.</param>
internal readonly record struct UnackedSegment(TcpSequence Lowest, TcpSequence End, long Frame, long Nanoseconds);

/// <summary>
/// The segments of one direction that were seen and not yet acknowledged, by where they end, and of those that end
/// together the one that was seen first: a ring that grows as far as its limit. An acknowledgement takes from the front
/// what it covers; nothing walks over all of them for each packet, whatever is sent again and in whatever order.
/// </summary>
internal struct UnackedSegments
{
    private const int CountAtFirst = 4;

    private UnackedSegment[]? _ring;
    private int _first;

    public int Count { get; private set; }

    /// <summary>How many segments were looked at or moved so far: the work that hostile segments can make.</summary>
    public long Steps { get; private set; }

    private readonly ref UnackedSegment this[int index] => ref _ring![(_first + index) & (_ring.Length - 1)];

    /// <summary>Remembers a segment, if there is room.</summary>
    public void Add(TcpSequence start, TcpSequence end, long frame, long nanoseconds, int max, Budget budget)
    {
        if (Count >= max || (Count == (_ring?.Length ?? 0) && !TryGrow(budget)))
        {
            return;
        }

        int at = Count == 0 || end >= this[Count - 1].End ? Count : Find(end + 1);
        OpenGap(at);
        TcpSequence lowest = at < Count - 1 && this[at + 1].Lowest < start ? this[at + 1].Lowest : start;
        this[at] = new UnackedSegment(lowest, end, frame, nanoseconds);
        for (int i = at - 1; i >= 0 && this[i].Lowest > lowest; i--)
        {
            Lower(i, lowest);
        }
    }

    /// <summary>Whether one of them has all these bytes.</summary>
    public bool Cover(TcpSequence start, TcpSequence end) =>
        Count > 0 && Find(end) is var at && at < Count && this[at].Lowest <= start;

    /// <summary>The first and the last number that is on its way.</summary>
    public readonly (TcpSequence Start, TcpSequence End) Bounds() => (this[0].Lowest, this[Count - 1].End);

    /// <summary>Forgets what an acknowledgement covers.</summary>
    /// <returns>The first that ends exactly where the acknowledgement does; its frame is zero when there is
    /// none.</returns>
    public UnackedSegment Acknowledge(TcpSequence acknowledgment)
    {
        UnackedSegment match = default;
        while (Count > 0 && this[0].End <= acknowledgment)
        {
            match = acknowledgment == this[0].End && match.Frame == 0 ? this[0] : match;
            _first = (_first + 1) & (_ring!.Length - 1);
            Count--;
            Steps++;
        }

        for (int i = 0; i < Count && this[i].Lowest < acknowledgment; i++)
        {
            Lower(i, acknowledgment);
        }

        return match;
    }

    /// <summary>Forgets all.</summary>
    public void Release(Budget budget)
    {
        budget.Return(_ring?.Length ?? 0);
        _ring = null;
        Count = 0;
    }

    private void Lower(int index, TcpSequence lowest)
    {
        this[index] = this[index] with { Lowest = lowest };
        Steps++;
    }

    // The place of the first that ends there or later.
    private int Find(TcpSequence end)
    {
        (int low, int high) = (0, Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = this[middle].End < end ? (middle + 1, high) : (low, middle);
            Steps++;
        }

        return low;
    }

    // The fewer ones make room: those before the place, or those after it.
    private void OpenGap(int at)
    {
        Count++;
        if (at < Count / 2)
        {
            _first = (_first - 1) & (_ring!.Length - 1);
            for (int i = 0; i < at; i++)
            {
                this[i] = this[i + 1];
            }

            Steps += at;
            return;
        }

        for (int i = Count - 1; i > at; i--)
        {
            this[i] = this[i - 1];
        }

        Steps += Count - 1 - at;
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
