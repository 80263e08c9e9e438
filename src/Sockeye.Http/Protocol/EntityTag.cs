using System.Buffers;

namespace Sockeye.Http.Protocol;

/// <summary>
/// An entity tag such as <c>"xyzzy"</c> or <c>W/"xyzzy"</c> (RFC 9110 section 8.8.3), as it stands in a field.
/// </summary>
public readonly ref struct EntityTag
{
    // "etagc = %x21 / %x23-7E / obs-text": a backslash is a character like others, and a space is none.
    private static readonly SearchValues<byte> s_notInTag = SearchValues.Create(
        [.. Enumerable.Range(0, 0x21).Select(one => (byte)one), (byte)'"', 0x7F]);

    /// <summary>Makes a tag.</summary>
    /// <param name="opaque">What stands between the quotes.</param>
    /// <param name="isWeak">Whether it promises no more than the same meaning.</param>
    /// <exception cref="ArgumentException">The tag has a quote, a space or a control character.</exception>
    public EntityTag(ReadOnlySpan<byte> opaque, bool isWeak = false)
    {
        if (opaque.ContainsAny(s_notInTag))
        {
            throw new ArgumentException(
                "An entity tag has no quote, space or control character: use digits and letters.", nameof(opaque));
        }

        Opaque = opaque;
        IsWeak = isWeak;
        Exists = true;
    }

    /// <summary>What stands between the quotes.</summary>
    public ReadOnlySpan<byte> Opaque { get; }

    /// <summary>Whether it promises no more than the same meaning.</summary>
    public bool IsWeak { get; }

    /// <summary>Whether this is a tag: the default value is none, and is equal to none.</summary>
    public bool Exists { get; }

    /// <summary>Reads a tag, which is the whole of the text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out EntityTag tag)
    {
        if (TryTake(text, out tag, out int length) && length == text.Length)
        {
            return true;
        }

        tag = default;
        return false;
    }

    /// <summary>The same tag, both strong (RFC 9110 section 8.8.3.2).</summary>
    public bool StrongEquals(EntityTag other) => !IsWeak && !other.IsWeak && WeakEquals(other);

    /// <summary>The same tag, weak or strong.</summary>
    public bool WeakEquals(EntityTag other) => Exists && other.Exists && Opaque.SequenceEqual(other.Opaque);

    /// <summary>Writes the tag as a field carries it.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, which is no tag.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Exists)
        {
            throw new InvalidOperationException("The default value of EntityTag is no tag: make one with its text.");
        }

        output.Write(IsWeak ? "W/\""u8 : "\""u8);
        output.Write(Opaque);
        output.Write("\""u8);
    }

    /// <summary>Reads the tag that a text begins with.</summary>
    internal static bool TryTake(ReadOnlySpan<byte> text, out EntityTag tag, out int length)
    {
        // "weak = %s"W/"": case matters.
        bool isWeak = text.StartsWith("W/"u8);
        ReadOnlySpan<byte> rest = isWeak ? text[2..] : text;
        tag = default;
        length = 0;
        if (rest.IsEmpty || rest[0] != '"')
        {
            return false;
        }

        rest = rest[1..];
        int end = rest.IndexOfAny(s_notInTag);
        if (end < 0 || rest[end] != '"')
        {
            return false;
        }

        tag = new EntityTag(rest[..end], isWeak);
        length = text.Length - rest.Length + end + 1;
        return true;
    }
}

/// <summary>
/// The tags of <c>If-Match</c> or <c>If-None-Match</c>, for <c>foreach</c>. Allocates nothing. It stops at the first
/// mistake, and <see cref="IsMalformed"/> then says so.
/// </summary>
public ref struct EntityTagList
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins at the first tag.</summary>
    public EntityTagList(ReadOnlySpan<byte> value) => _rest = FieldSyntax.Trim(value);

    /// <summary>The tag that <see cref="MoveNext"/> came to.</summary>
    public EntityTag Current { get; private set; }

    /// <summary>Whether the enumeration ended at something that is no tag.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The tags themselves.</summary>
    public readonly EntityTagList GetEnumerator() => this;

    /// <summary>Goes to the next tag; false at the end, and at a mistake.</summary>
    public bool MoveNext()
    {
        _rest = _rest.TrimStart(" \t,"u8);
        Current = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (EntityTag.TryTake(_rest, out EntityTag tag, out int length))
        {
            _rest = _rest[length..].TrimStart(" \t"u8);
            if (_rest.IsEmpty || _rest[0] == ',')
            {
                Current = tag;
                return true;
            }
        }

        IsMalformed = true;
        _rest = default;
        return false;
    }
}
