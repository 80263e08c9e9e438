using System.Text;

namespace Sockeye.Http.Protocol;

/// <summary>What an application may put into a message. Refused before a byte leaves, so that nothing that came from a
/// client can split a response (RFC 9110 section 5.5).</summary>
internal static class FieldRules
{
    public static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAnyExcept(Octets.Token))
        {
            ThrowHelper.BadName();
        }
    }

    public static void CheckValue(ReadOnlySpan<byte> value)
    {
        if (value.ContainsAny(Octets.NotInValue))
        {
            ThrowHelper.BadValue();
        }
    }

    /// <summary>Checks a name that is a text.</summary>
    public static void CheckName(string name)
    {
        CheckText(name);
        CheckName(Encoding.Latin1.GetBytes(name));
    }

    /// <summary>Checks a value that is a text.</summary>
    public static void CheckValue(string value)
    {
        CheckText(value);
        CheckValue(Encoding.Latin1.GetBytes(value));
    }

    /// <summary>A text goes out as one byte for each character.</summary>
    public static void CheckText(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'))
        {
            ThrowHelper.NotLatin();
        }
    }
}
