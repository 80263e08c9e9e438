namespace Sockeye.Http.Protocol;

/// <summary>A cookie as a request carries it: nothing is decoded, and quotes belong to the value.</summary>
public readonly ref struct CookiePair
{
    internal CookiePair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The name. Case matters; it may be empty.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; }
}

/// <summary>
/// The cookies of a <c>Cookie</c> field, for <c>foreach</c>, in time proportional to its length. Allocates nothing.
/// </summary>
/// <remarks>
/// It reads what a browser writes (RFC 6265bis section 5.8.3): pieces between semicolons, of which the first
/// <c>=</c> ends the name. A piece without one is the value of a cookie that has no name. A comma separates nothing.
/// Names are not percent-decoded, or <c>%5F%5FHost-id</c> could pass for <c>__Host-id</c> (CVE-2020-1045). Pieces
/// with a control character, which no browser sends, are left out.
/// </remarks>
/// <example><code>
/// foreach (CookiePair cookie in new CookiePairs("theme=dark; id=42"u8))
/// {
///     // theme is dark, id is 42
/// }
/// </code></example>
public ref struct CookiePairs
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at the first cookie.</summary>
    public CookiePairs(ReadOnlySpan<byte> field) => _rest = field;

    /// <summary>The cookie that <see cref="MoveNext"/> came to.</summary>
    public CookiePair Current { get; private set; }

    /// <summary>The value of the first cookie of that name; false when there is none.</summary>
    public static bool TryGet(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (CookiePair one in new CookiePairs(field))
        {
            if (one.Name.SequenceEqual(name))
            {
                value = one.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The cookies themselves.</summary>
    public readonly CookiePairs GetEnumerator() => this;

    /// <summary>Goes to the next cookie; false when there is none.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)';');
            ReadOnlySpan<byte> piece = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            CookiePair pair = Split(piece);
            if ((pair.Name.IsEmpty && pair.Value.IsEmpty) || FieldSyntax.HasControl(piece))
            {
                continue;
            }

            Current = pair;
            return true;
        }

        Current = default;
        return false;
    }

    /// <summary>Splits a piece at its first <c>=</c>, as <c>Cookie</c> and <c>Set-Cookie</c> both do.</summary>
    internal static CookiePair Split(ReadOnlySpan<byte> piece)
    {
        int equals = piece.IndexOf((byte)'=');
        return equals < 0
            ? new CookiePair(default, FieldSyntax.Trim(piece))
            : new CookiePair(FieldSyntax.Trim(piece[..equals]), FieldSyntax.Trim(piece[(equals + 1)..]));
    }
}
