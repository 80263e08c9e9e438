namespace Sockeye.Wire.Dissection;

/// <summary>The protocols that a dissection knows, and where each is found.</summary>
public sealed class ProtocolTable
{
    // By selector, then by value. Dictionaries that the runtime has compiled already: a table is made for each run of
    // the tool, and frozen ones cost it more than all their look-ups save.
    private readonly Dictionary<int, Protocol>[] _places =
        [.. Enum.GetValues<Selector>().Select(_ => new Dictionary<int, Protocol>())];

    private readonly Dictionary<string, Field> _fields = [];
    private readonly Protocol[] _recognizing;

    /// <summary>A table of these rows.</summary>
    /// <param name="rows">The protocols; of two for the same place, the later wins.</param>
    /// <param name="extraFields">Fields that others add to a dissection, so that filters know them.</param>
    public ProtocolTable(IEnumerable<Protocol> rows, params IEnumerable<Field> extraFields)
    {
        Rows = [.. rows];
        foreach (Protocol row in Rows)
        {
            foreach (Place place in row.Places)
            {
                _places[(int)place.Selector][place.Value] = row;
            }

            Add(row.Self);
            foreach (Field field in row.Fields)
            {
                Add(field);
            }
        }

        foreach (Field field in extraFields)
        {
            Add(field);
        }

        _recognizing = [.. Rows.Where(row => row.Recognizes is not null)];
    }

    /// <summary>Every protocol that Sockeye knows.</summary>
    public static ProtocolTable Standard { get; } = new(ProtocolRows.All);

    /// <summary>The protocols.</summary>
    public IReadOnlyList<Protocol> Rows { get; }

    /// <summary>Every field, by its name.</summary>
    public IReadOnlyDictionary<string, Field> Fields => _fields;

    /// <summary>The protocol that is found at a value of a selector, or null.</summary>
    public Protocol? Find(Selector selector, int value) => _places[(int)selector].GetValueOrDefault(value);

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

    // A field may be of several rows; two fields of one name would be a mistake.
    private void Add(Field field)
    {
        if (!_fields.TryAdd(field.Name, field) && _fields[field.Name] != field)
        {
            throw new ArgumentException($"Two fields are called '{field.Name}'.");
        }
    }
}
