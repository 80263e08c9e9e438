namespace Sockeye.Wire.Dissection;

/// <summary>Which fields somebody wants to see of a frame; what nobody wants is not even looked at.</summary>
public sealed class FieldSet
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _words;
    private readonly bool _isAll;

    /// <summary>A set of these fields.</summary>
    public FieldSet(params IEnumerable<Field> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        Field[] wanted = [.. fields];
        _words = new ulong[wanted.Length == 0 ? 0 : (wanted.Max(field => field.Index) / BitsPerWord) + 1];
        foreach (Field field in wanted)
        {
            _words[field.Index / BitsPerWord] |= 1UL << (field.Index % BitsPerWord);
        }
    }

    private FieldSet(ulong[] left, ulong[] right)
    {
        _words = new ulong[Math.Max(left.Length, right.Length)];
        for (int i = 0; i < _words.Length; i++)
        {
            _words[i] = (i < left.Length ? left[i] : 0) | (i < right.Length ? right[i] : 0);
        }
    }

    private FieldSet(bool isAll)
    {
        _words = [];
        _isAll = isAll;
    }

    /// <summary>No field: enough for a listing.</summary>
    public static FieldSet None { get; } = new(isAll: false);

    /// <summary>Every field: what a tree or JSON needs.</summary>
    public static FieldSet All { get; } = new(isAll: true);

    /// <summary>Whether no field is in the set.</summary>
    public bool IsEmpty => !_isAll && _words.Length == 0;

    /// <summary>A set of these fields and those of this set.</summary>
    public FieldSet With(params IEnumerable<Field> fields)
    {
        var both = new FieldSet(fields);
        return _isAll ? this : IsEmpty ? both : new FieldSet(_words, both._words);
    }

    /// <summary>Whether a field is in the set.</summary>
    public bool Contains(Field field)
    {
        ArgumentNullException.ThrowIfNull(field);
        int word = field.Index / BitsPerWord;
        return _isAll || (word < _words.Length && (_words[word] >> (field.Index % BitsPerWord) & 1) != 0);
    }
}
