using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>One field line. Its spans are valid as long as the bytes it was read from.</summary>
public readonly ref struct HeaderField
{
    internal HeaderField(KnownField known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Known = known;
        Name = name;
        Value = value;
    }

    /// <summary>Which it is, if it is a known one.</summary>
    public KnownField Known { get; }

    /// <summary>The name as it was written.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value without the whitespace around it.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The name as a string; that of a known field is always spelt as in its table.</summary>
    public string NameText => Known == KnownField.Other ? Encoding.ASCII.GetString(Name) : Known.Name();

    /// <summary>The value as a string, one character a byte (RFC 9110 section 5.5: other than ASCII is opaque).
    /// </summary>
    public string ValueText => Encoding.Latin1.GetString(Value);
}
