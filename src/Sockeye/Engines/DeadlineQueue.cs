using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Sockeye.Engines;

/// <summary>
/// Deadlines by time: a binary heap in which each knows its place. Moving one and taking one out cost as little as
/// putting one in, so a connection leaves nothing behind when it closes. Owned by one owner.
/// </summary>
internal sealed class DeadlineQueue
{
    private const int CapacityMin = 4;

    private IScheduled[] _heap = new IScheduled[CapacityMin];
    private int _count;

    /// <summary>The earliest deadline; false when there is none.</summary>
    public bool TryPeek(out long due)
    {
        due = _count == 0 ? long.MaxValue : _heap[0].Deadline.Due;
        return _count > 0;
    }

    /// <summary>Gives it a deadline in place of the one that it has.</summary>
    public void Set(IScheduled scheduled, long due)
    {
        ref Deadline deadline = ref scheduled.Deadline;
        deadline.Due = due;
        if (!deadline.IsSet)
        {
            if (_count == _heap.Length)
            {
                Array.Resize(ref _heap, _count * 2);
            }

            Put(scheduled, _count++);
        }

        Debug.Assert(_heap[deadline.Place - 1] == scheduled, "it has one queue");
        SiftUp(deadline.Place - 1);
        SiftDown(deadline.Place - 1);
    }

    /// <summary>Takes its deadline away, if it has one.</summary>
    public void Remove(IScheduled scheduled)
    {
        ref Deadline deadline = ref scheduled.Deadline;
        if (!deadline.IsSet)
        {
            return;
        }

        int index = deadline.Place - 1;
        deadline.Place = 0;
        IScheduled last = _heap[--_count];
        _heap[_count] = null!;
        if (index < _count)
        {
            Put(last, index);
            SiftUp(index);
            SiftDown(last.Deadline.Place - 1);
        }
    }

    /// <summary>Takes out the earliest one that is due by now; false when none is.</summary>
    public bool TryTake(long now, [NotNullWhen(true)] out IScheduled? scheduled)
    {
        scheduled = _count > 0 && _heap[0].Deadline.Due <= now ? _heap[0] : null;
        if (scheduled is null)
        {
            return false;
        }

        Remove(scheduled);
        return true;
    }

    private void SiftUp(int index)
    {
        IScheduled moved = _heap[index];
        while (index > 0 && moved.Deadline.Due < _heap[(index - 1) / 2].Deadline.Due)
        {
            Put(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Put(moved, index);
    }

    private void SiftDown(int index)
    {
        IScheduled moved = _heap[index];
        while (true)
        {
            int child = (2 * index) + 1;
            if (child + 1 < _count && _heap[child + 1].Deadline.Due < _heap[child].Deadline.Due)
            {
                child++;
            }

            if (child >= _count || moved.Deadline.Due <= _heap[child].Deadline.Due)
            {
                break;
            }

            Put(_heap[child], index);
            index = child;
        }

        Put(moved, index);
    }

    private void Put(IScheduled scheduled, int index)
    {
        _heap[index] = scheduled;
        scheduled.Deadline.Place = index + 1;
    }
}
