using System.Buffers;
using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>
/// A media type such as <c>text/html;charset=utf-8</c> (RFC 9110 section 8.3.1), or a range of them such as
/// <c>text/*</c> (section 12.5.1), as it stands in a field. Allocates nothing.
/// </summary>
/// <example><code>
/// if (MediaType.TryParse("text/html; charset=\"utf-8\""u8, out MediaType type) &amp;&amp; type.Is("text/html"u8))
/// {
///     string? charset = type.Charset; // utf-8
/// }
/// </code></example>
public readonly ref struct MediaType
{
    private readonly ReadOnlySpan<byte> _parameters;

    private MediaType(ReadOnlySpan<byte> type, ReadOnlySpan<byte> subtype, ReadOnlySpan<byte> parameters)
    {
        Type = type;
        Subtype = subtype;
        _parameters = parameters;
    }

    /// <summary>What stands before the slash; <c>*</c> in a range.</summary>
    public ReadOnlySpan<byte> Type { get; }

    /// <summary>What stands behind the slash; <c>*</c> in a range.</summary>
    public ReadOnlySpan<byte> Subtype { get; }

    /// <summary>The parameters. In an element of <c>Accept</c> the weight is among them.</summary>
    public FieldParameters Parameters => new(_parameters);

    /// <summary>What follows the last <c>+</c> of the subtype, such as <c>json</c> in <c>application/problem+json</c>
    /// (RFC 6838 section 4.2.8); empty without one.</summary>
    public ReadOnlySpan<byte> Suffix
    {
        get
        {
            int plus = Subtype.LastIndexOf((byte)'+');
            return plus < 0 ? default : Subtype[(plus + 1)..];
        }
    }

    /// <summary>Whether this is <c>*/*</c> or <c>type/*</c>, and so a range of media types.</summary>
    public bool IsRange => Subtype is [(byte)'*'];

    /// <summary>The value of the parameter <c>charset</c>; null without one. Case does not matter in it.</summary>
    public string? Charset => TryGetParameter("charset"u8, out FieldParameter found) ? found.ToString() : null;

    /// <summary>Reads a media type or range, which is the whole of the text but for whitespace around it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out MediaType mediaType)
    {
        mediaType = default;
        text = FieldSyntax.Trim(text);
        int type = FieldSyntax.TokenLength(text);
        if (type == 0 || type == text.Length || text[type] != '/')
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[(type + 1)..];
        int subtype = FieldSyntax.TokenLength(rest);
        var read = new MediaType(text[..type], rest[..subtype], rest[subtype..]);
        if (subtype == 0 || (read.Type is [(byte)'*'] && !read.IsRange))
        {
            return false; // */html means nothing.
        }

        FieldParameters parameters = read.Parameters;
        while (parameters.MoveNext())
        {
        }

        if (parameters.IsMalformed)
        {
            return false;
        }

        mediaType = read;
        return true;
    }

    /// <summary>Writes a media type with one parameter or none.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="type">The type with its subtype, such as <c>text/html</c>.</param>
    /// <param name="parameter">The name of the parameter; empty for none.</param>
    /// <param name="value">Its value, quoted here when it has to be.</param>
    /// <exception cref="ArgumentException">The type or the name is malformed, or the value has a control
    /// character.</exception>
    public static void Write(
        IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!TryParse(type, out MediaType read) || read.IsRange)
        {
            throw new ArgumentException("This is no media type: write one such as text/html.", nameof(type));
        }

        if (!parameter.IsEmpty && !FieldSyntax.IsToken(parameter))
        {
            throw new ArgumentException("The name of a parameter is a token, such as charset.", nameof(parameter));
        }

        if (FieldSyntax.HasControl(value))
        {
            throw new ArgumentException("The value has a control character, which no field can carry.", nameof(value));
        }

        output.Write(type);
        if (!parameter.IsEmpty)
        {
            output.Write(";"u8);
            output.Write(parameter);
            output.Write("="u8);
            FieldSyntax.WriteTokenOrQuoted(output, value);
        }
    }

    /// <summary>Whether the type and subtype are those, whatever the case and the parameters.</summary>
    /// <param name="type">Such as <c>text/html</c>.</param>
    public bool Is(ReadOnlySpan<byte> type) =>
        type.Length == Type.Length + 1 + Subtype.Length &&
        type[Type.Length] == '/' &&
        Ascii.EqualsIgnoreCase(type[..Type.Length], Type) &&
        Ascii.EqualsIgnoreCase(type[(Type.Length + 1)..], Subtype);

    /// <summary>The first parameter of that name.</summary>
    public bool TryGetParameter(ReadOnlySpan<byte> name, out FieldParameter parameter)
    {
        foreach (FieldParameter one in Parameters)
        {
            if (one.Is(name))
            {
                parameter = one;
                return true;
            }
        }

        parameter = default;
        return false;
    }

    /// <summary>
    /// Whether a media type is in this range. It has to have every parameter that the range has, but for a weight; of
    /// <c>charset</c> the case does not matter (RFC 9110 section 8.3.2).
    /// </summary>
    public bool Includes(MediaType other) =>
        (Type is [(byte)'*'] || Ascii.EqualsIgnoreCase(Type, other.Type)) &&
        (IsRange || Ascii.EqualsIgnoreCase(Subtype, other.Subtype)) &&
        HasParametersOf(this, other);

    /// <summary>Whether both are the same type with the same parameters, in whatever order.</summary>
    public bool Equals(MediaType other) =>
        Ascii.EqualsIgnoreCase(Type, other.Type) && Ascii.EqualsIgnoreCase(Subtype, other.Subtype) &&
        HasParametersOf(this, other) && HasParametersOf(other, this);

    /// <summary>
    /// How closely a range names what it means: 0 for <c>*/*</c>, 1 for <c>type/*</c>, 2 for a type, and one more for
    /// each parameter ("the most specific reference has precedence", RFC 9110 section 12.5.1).
    /// </summary>
    internal int Precision
    {
        get
        {
            int precision = Type is [(byte)'*'] ? 0 : IsRange ? 1 : 2;
            foreach (FieldParameter one in Parameters)
            {
                precision += one.Is("q"u8) ? 0 : 1;
            }

            return precision;
        }
    }

    private static bool HasParametersOf(MediaType wanted, MediaType other)
    {
        foreach (FieldParameter one in wanted.Parameters)
        {
            if (!one.Is("q"u8) && !(other.TryGetParameter(one.Name, out FieldParameter same) &&
                one.HasValueOf(same, ignoreCase: one.Is("charset"u8))))
            {
                return false;
            }
        }

        return true;
    }
}
