using Sockeye.Http.Protocol;

namespace Sockeye.Http;

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

    /// <summary>A text goes out as one byte for each character.</summary>
    public static void CheckText(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF'))
        {
            ThrowHelper.NotLatin();
        }
    }
}
