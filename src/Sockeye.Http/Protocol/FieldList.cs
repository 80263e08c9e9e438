using System.Buffers;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The elements of a comma-separated list (RFC 9110 section 5.6.1), for <c>foreach</c>: without the whitespace around
/// them, empty ones left out, a comma inside a quoted string being no end. Allocates nothing.
/// </summary>
/// <remarks>
/// Entity tags are no quoted strings, a backslash means nothing in them: <see cref="EntityTagList"/>.
/// </remarks>
public ref struct FieldList
{
    private static readonly SearchValues<byte> s_stop = SearchValues.Create(",\""u8);

    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at the first element.</summary>
    public FieldList(ReadOnlySpan<byte> value) => _rest = value;

    /// <summary>The element that <see cref="MoveNext"/> came to.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The list itself.</summary>
    public readonly FieldList GetEnumerator() => this;

    /// <summary>Goes to the next element; false when there is none.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int end = EndOfElement(_rest);
            Current = FieldSyntax.Trim(_rest[..end]);
            _rest = end < _rest.Length ? _rest[(end + 1)..] : default;

            // "A recipient MUST parse and ignore a reasonable number of empty list elements": the head is bounded.
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        Current = default;
        return false;
    }

    private static int EndOfElement(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (true)
        {
            int stop = text[at..].IndexOfAny(s_stop);
            if (stop < 0)
            {
                return text.Length;
            }

            at += stop;
            if (text[at] == ',')
            {
                return at;
            }

            // A quote without its end takes everything behind it with it: what it meant to hold is not known.
            int quoted = FieldSyntax.QuotedLength(text[at..]);
            if (quoted < 0)
            {
                return text.Length;
            }

            at += quoted;
        }
    }
}
