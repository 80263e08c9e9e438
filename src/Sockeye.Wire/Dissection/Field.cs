using System.Diagnostics;

namespace Sockeye.Wire.Dissection;

/// <summary>What kind of value a field has, and so how it is compared and written.</summary>
public enum FieldKind : byte
{
    /// <summary>A heading for the fields beneath it, with a text of its own or none.</summary>
    Group = 0,

    /// <summary>An unsigned number, written in decimal.</summary>
    Number,

    /// <summary>An unsigned number, written in hexadecimal.</summary>
    Hex,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>Bytes as they stand in the frame.</summary>
    Bytes,

    /// <summary>A text in UTF-8.</summary>
    Text,

    /// <summary>The address of a network card.</summary>
    Mac,

    /// <summary>An IPv4 address.</summary>
    Ipv4,

    /// <summary>An IPv6 address.</summary>
    Ipv6,

    /// <summary>A time, in nanoseconds since 1970 or of a duration, written in seconds.</summary>
    Time,
}

/// <summary>A field of a protocol, described once: everything that prints, filters or explains it reads this.</summary>
[DebuggerDisplay("{Name}")]
public sealed class Field
{
    private static int s_count;

    /// <summary>Describes a field.</summary>
    /// <param name="name">
    /// The name in filters, such as <c>tcp.srcport</c>: Wireshark's, where Wireshark has one.
    /// </param>
    /// <param name="label">What people read, such as "Source Port".</param>
    /// <param name="kind">What its value is.</param>
    /// <param name="names">The word for a value, such as "IPv4" for 0x0800; null where there is none.</param>
    public Field(string name, string label, FieldKind kind, Func<ulong, string?>? names = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Label = label;
        Kind = kind;
        Names = names;
        Index = Interlocked.Increment(ref s_count) - 1;
    }

    /// <summary>The name in filters.</summary>
    public string Name { get; }

    /// <summary>What people read.</summary>
    public string Label { get; }

    /// <summary>What its value is.</summary>
    public FieldKind Kind { get; }

    /// <summary>The word for a value, where values have words.</summary>
    public Func<ulong, string?>? Names { get; }

    /// <summary>Its place among all fields of this process, for <see cref="FieldSet"/>.</summary>
    internal int Index { get; }

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
