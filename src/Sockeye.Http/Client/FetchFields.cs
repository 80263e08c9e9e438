using System.Collections;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Client;

/// <summary>Header fields in order, as text of one character a byte. Names are found in any case.</summary>
public sealed class FetchFields : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>How many there are.</summary>
    public int Count => _fields.Count;

    /// <summary>The value of the first field of this name, or null. Setting takes the place of all of them; null takes
    /// them away.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value has control characters.</exception>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> field in _fields)
            {
                if (IsNamed(field, name))
                {
                    return field.Value;
                }
            }

            return null;
        }

        set
        {
            if (value is not null)
            {
                Check(name, value);
            }

            Remove(name);
            if (value is not null)
            {
                _fields.Add(new(name, value));
            }
        }
    }

    /// <summary>Adds a field; there may be others of its name.</summary>
    /// <exception cref="ArgumentException">The name is not a token, or the value has control characters.</exception>
    public void Add(string name, string value)
    {
        Check(name, value);
        _fields.Add(new(name, value));
    }

    /// <summary>Takes every field of this name away; true when there was one.</summary>
    public bool Remove(string name) => _fields.RemoveAll(field => IsNamed(field, name)) > 0;

    /// <summary>Whether there is a field of this name.</summary>
    public bool Contains(string name) => this[name] is not null;

    /// <summary>The values of every field of this name.</summary>
    public IEnumerable<string> All(string name) =>
        _fields.Where(field => IsNamed(field, name)).Select(field => field.Value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds what a response has, which its parser has checked.</summary>
    internal void AddRead(string name, string value) => _fields.Add(new(name, value));

    internal FetchFields Copy()
    {
        var copy = new FetchFields();
        copy._fields.AddRange(_fields);
        return copy;
    }

    private static bool IsNamed(KeyValuePair<string, string> field, string name) =>
        field.Key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static void Check(string name, string value)
    {
        FieldRules.CheckName(name);
        FieldRules.CheckValue(value);
    }
}
