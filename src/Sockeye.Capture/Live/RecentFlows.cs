using System.Runtime.InteropServices;

namespace Sockeye.Capture;

/// <summary>The flows that were told of last, as many tellings as there is room for; one may be told of several
/// times.</summary>
internal sealed class RecentFlows(int tellingsMax)
{
    private readonly Queue<FlowKey> _tellings = new();
    private readonly Dictionary<FlowKey, int> _counts = [];

    public bool Contains(FlowKey key) => _counts.ContainsKey(key);

    public void Add(FlowKey key)
    {
        _tellings.Enqueue(key);
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _)++;
        if (_tellings.Count > tellingsMax)
        {
            FlowKey oldest = _tellings.Dequeue();
            if (--CollectionsMarshal.GetValueRefOrNullRef(_counts, oldest) == 0)
            {
                _counts.Remove(oldest);
            }
        }
    }
}
