using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>One <c>name=value</c> of a field's value, as it stands there.</summary>
public readonly ref struct FieldParameter
{
    internal FieldParameter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        Name = name;
        Raw = raw;
    }

    /// <summary>The name. Case does not matter: compare with <see cref="Is"/>.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value as it was written, its quotes included.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether the value is a quoted string.</summary>
    public bool IsQuoted => !Raw.IsEmpty && Raw[0] == '"';

    /// <summary>Whether this is the parameter of that name.</summary>
    public bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>Writes the value without quotes and backslashes; returns how many bytes that were.</summary>
    /// <param name="destination">Room for as many bytes as <see cref="Raw"/> has.</param>
    public int CopyTo(Span<byte> destination)
    {
        if (IsQuoted)
        {
            return FieldSyntax.Unquote(Raw, destination);
        }

        Raw.CopyTo(destination);
        return Raw.Length;
    }

    /// <summary>The value without quotes and backslashes. Bytes above 127 are read as UTF-8.</summary>
    public override string ToString()
    {
        if (!IsQuoted)
        {
            return Encoding.UTF8.GetString(Raw);
        }

        byte[] value = new byte[Raw.Length];
        return Encoding.UTF8.GetString(value, 0, CopyTo(value));
    }

    /// <summary>Whether both have the same value, one quoted perhaps and the other not.</summary>
    internal bool HasValueOf(FieldParameter other, bool ignoreCase)
    {
        int at = IsQuoted ? 1 : 0;
        int otherAt = other.IsQuoted ? 1 : 0;
        while (true)
        {
            int mine = Next(ref at);
            int theirs = other.Next(ref otherAt);
            if (mine != theirs && !(ignoreCase && Lower(mine) == Lower(theirs)))
            {
                return false;
            }

            if (mine < 0)
            {
                return true;
            }
        }
    }

    private static int Lower(int value) => value is >= 'A' and <= 'Z' ? value | 0x20 : value;

    private int Next(ref int at)
    {
        if (at >= Raw.Length || (IsQuoted && at == Raw.Length - 1))
        {
            return -1;
        }

        if (IsQuoted && Raw[at] == '\\')
        {
            at++;
        }

        return Raw[at++];
    }
}

/// <summary>
/// The parameters of a field's value (RFC 9110 section 5.6.6), for <c>foreach</c>:
/// <c>*( OWS ";" OWS [ token "=" ( token / quoted-string ) ] )</c>. Allocates nothing. It stops at the first mistake,
/// and <see cref="IsMalformed"/> then says so.
/// </summary>
public ref struct FieldParameters
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at the first parameter.</summary>
    /// <param name="text">The text from the first semicolon on.</param>
    public FieldParameters(ReadOnlySpan<byte> text) => _rest = FieldSyntax.Trim(text);

    /// <summary>The parameter that <see cref="MoveNext"/> came to.</summary>
    public FieldParameter Current { get; private set; }

    /// <summary>Whether the enumeration ended at something that is no parameter.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The parameters themselves.</summary>
    public readonly FieldParameters GetEnumerator() => this;

    /// <summary>Goes to the next parameter; false at the end, and at a mistake.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            if (_rest[0] != ';')
            {
                return Malformed();
            }

            _rest = _rest[1..].TrimStart(" \t"u8);
            if (_rest.IsEmpty || _rest[0] == ';')
            {
                continue; // A semicolon that no parameter follows is in the grammar.
            }

            return TryTakePair() || Malformed();
        }

        return false;
    }

    private bool TryTakePair()
    {
        // "parameters do not allow whitespace (not even "bad" whitespace) around the "=" character."
        int name = FieldSyntax.TokenLength(_rest);
        if (name == 0 || name == _rest.Length || _rest[name] != '=')
        {
            return false;
        }

        ReadOnlySpan<byte> value = _rest[(name + 1)..];
        bool isQuoted = value is [(byte)'"', ..];
        int length = isQuoted ? FieldSyntax.QuotedLength(value) : FieldSyntax.TokenLength(value);
        if (length <= 0)
        {
            return false;
        }

        Current = new FieldParameter(_rest[..name], value[..length]);
        _rest = value[length..].TrimStart(" \t"u8);
        return true;
    }

    private bool Malformed()
    {
        IsMalformed = true;
        Current = default;
        _rest = default;
        return false;
    }
}
