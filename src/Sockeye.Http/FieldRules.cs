using System.Buffers;

namespace Sockeye.Http;

/// <summary>What an application may put into a message. Refused before a byte leaves, so that nothing that came from a
/// client can split a response (RFC 9110 section 5.5).</summary>
internal static class FieldRules
{
    private static readonly SearchValues<byte> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> s_notInValue = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Append(0x7F).Where(one => one != '\t').Select(one => (byte)one)]);

    private static readonly SearchValues<char> s_notInText = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Append(0x7F).Where(one => one != '\t').Select(one => (char)one)]);

    public static void CheckName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAnyExcept(s_token))
        {
            throw new ArgumentException(
                "A field's name is one or more of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.1).", nameof(name));
        }
    }

    public static void CheckValue(ReadOnlySpan<byte> value)
    {
        if (value.ContainsAny(s_notInValue))
        {
            throw BadValue();
        }
    }

    public static void CheckValue(string value)
    {
        if (value.AsSpan().ContainsAny(s_notInText) || value.AsSpan().ContainsAnyExceptInRange('\0', 'ÿ'))
        {
            throw BadValue();
        }
    }

    private static ArgumentException BadValue() => new(
        "A field's value cannot have line ends, NUL or other control characters (RFC 9110 section 5.5).", "value");
}
