using FsCheck;
using FsCheck.Fluent;
using Sockeye.Engines;

namespace Sockeye.Tests.Engines;

public sealed class DeadlineQueueTests
{
    [Fact]
    public void TakesThemInOrderOfTimeWhateverWasMovedOrRemoved() => Prop.ForAll<(byte Item, short Due)[]>(steps =>
    {
        var queue = new DeadlineQueue();
        var items = new Item[16];
        var expected = new Dictionary<Item, long>();
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = new Item();
        }

        foreach ((byte number, short due) in steps)
        {
            Item item = items[number % items.Length];
            if (due < 0)
            {
                queue.Remove(item);
                expected.Remove(item);
            }
            else
            {
                queue.Set(item, due);
                expected[item] = due;
            }
        }

        List<long> taken = [];
        while (queue.TryTake(long.MaxValue, out IScheduled? scheduled))
        {
            Assert.False(scheduled.Deadline.IsSet);
            taken.Add(scheduled.Deadline.Due);
        }

        Assert.Equal(expected.Values.Order(), taken);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TakesNothingBeforeItsTime()
    {
        var queue = new DeadlineQueue();
        var item = new Item();
        queue.Set(item, 100);
        Assert.False(queue.TryTake(99, out _));
        Assert.True(queue.TryPeek(out long due));
        Assert.Equal(100, due);
        Assert.True(queue.TryTake(100, out IScheduled? taken));
        Assert.Same(item, taken);
        Assert.False(queue.TryPeek(out _));
    }

    private sealed class Item : IScheduled
    {
        private Deadline _deadline;

        public ref Deadline Deadline => ref _deadline;

        public void OnDeadline()
        {
        }
    }
}
