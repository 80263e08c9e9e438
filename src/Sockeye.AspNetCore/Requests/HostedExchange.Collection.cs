using System.Collections;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.Tls;

namespace Sockeye.AspNetCore.Requests;

// The collection of features: a slot for each known type, filled anew for each request, and a list for others.
internal abstract partial class HostedExchange : IFeatureCollection
{
    private readonly object?[] _slots = new object?[FeatureSlots.Count];
    private readonly List<KeyValuePair<Type, object>> _others = [];
    private int _revision;

    bool IFeatureCollection.IsReadOnly => false;

    int IFeatureCollection.Revision => _revision;

    object? IFeatureCollection.this[Type key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            int slot = FeatureSlots.Find(key);
            return slot >= 0 ? _slots[slot] : _others.Find(one => one.Key == key).Value;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(key);
            SetFeature(FeatureSlots.Find(key), key, value);
        }
    }

    TFeature? IFeatureCollection.Get<TFeature>()
        where TFeature : default
    {
        int slot = FeatureSlot<TFeature>.Index;
        return (TFeature?)(slot >= 0 ? _slots[slot] : _others.Find(one => one.Key == typeof(TFeature)).Value);
    }

    void IFeatureCollection.Set<TFeature>(TFeature? instance)
        where TFeature : default => SetFeature(FeatureSlot<TFeature>.Index, typeof(TFeature), instance);

    IEnumerator<KeyValuePair<Type, object>> IEnumerable<KeyValuePair<Type, object>>.GetEnumerator()
    {
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is { } feature)
            {
                yield return new KeyValuePair<Type, object>(FeatureSlots.TypeOf(slot), feature);
            }
        }

        foreach (KeyValuePair<Type, object> other in _others)
        {
            yield return other;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<Type, object>>)this).GetEnumerator();

    private void SetFeature(int slot, Type type, object? instance)
    {
        _revision++;
        if (slot >= 0)
        {
            _slots[slot] = instance;
            return;
        }

        _others.RemoveAll(one => one.Key == type);
        if (instance is not null)
        {
            _others.Add(new KeyValuePair<Type, object>(type, instance));
        }
    }

    private void ResetFeatures()
    {
        _revision++;
        _others.Clear();
        object? inTls = Connection is TlsConnection ? this : null;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            object? ours = FeatureSlots.UseOf(slot) switch
            {
                SlotUse.Always => this,
                SlotUse.InTls => inTls,
                _ => null,
            };
            if (_slots[slot] != ours)
            {
                _slots[slot] = ours;
            }
        }
    }
}
