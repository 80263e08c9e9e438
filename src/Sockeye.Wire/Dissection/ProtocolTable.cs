using System.Collections.Frozen;

namespace Sockeye.Wire.Dissection;

/// <summary>The protocols that a dissection knows, and where each is found.</summary>
public sealed class ProtocolTable
{
    private const int SmallValues = 256;

    private readonly Protocol?[] _byIpProtocol = new Protocol?[SmallValues];
    private readonly FrozenDictionary<Place, Protocol> _places;
    private readonly FrozenDictionary<string, Field> _fields;
    private readonly Protocol[] _recognizing;

    /// <summary>A table of these rows.</summary>
    /// <param name="rows">The protocols; of two for the same place, the later wins.</param>
    /// <param name="extraFields">Fields that others add to a dissection, so that filters know them.</param>
    public ProtocolTable(IEnumerable<Protocol> rows, params IEnumerable<Field> extraFields)
    {
        Rows = [.. rows];
        var places = new Dictionary<Place, Protocol>();
        foreach (Protocol row in Rows)
        {
            foreach (Place place in row.Places)
            {
                places[place] = row;
                if (place.Selector == Selector.IpProtocol)
                {
                    _byIpProtocol[place.Value] = row;
                }
            }
        }

        _places = places.ToFrozenDictionary();
        _recognizing = [.. Rows.Where(row => row.Recognizes is not null)];
        IEnumerable<Field> fields = Rows.SelectMany(row => row.Fields.Prepend(row.Self)).Concat(extraFields);
        _fields = fields.Distinct().ToFrozenDictionary(field => field.Name);
    }

    /// <summary>Every protocol that Sockeye knows.</summary>
    public static ProtocolTable Standard { get; } = new(ProtocolRows.All);

    /// <summary>The protocols.</summary>
    public IReadOnlyList<Protocol> Rows { get; }

    /// <summary>Every field, by its name.</summary>
    public IReadOnlyDictionary<string, Field> Fields => _fields;

    /// <summary>The protocol that is found at a value of a selector, or null.</summary>
    public Protocol? Find(Selector selector, int value) => selector == Selector.IpProtocol
        ? _byIpProtocol[value & (SmallValues - 1)]
        : _places.GetValueOrDefault(new Place(selector, value));

    /// <summary>The protocol that the start of a TCP payload looks like, or null.</summary>
    public Protocol? Recognize(ReadOnlySpan<byte> payload)
    {
        foreach (Protocol row in _recognizing)
        {
            if (row.Recognizes!(payload))
            {
                return row;
            }
        }

        return null;
    }
}
