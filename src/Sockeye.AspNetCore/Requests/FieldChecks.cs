using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore.Requests;

/// <summary>What an application may put into a field: looked at when it does, so that it hears of it there
/// (RFC 9110 section 5.5).</summary>
internal static class FieldChecks
{
    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> s_inValue = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(code => (char)code)
            .Where(letter => letter == '\t' || (letter >= ' ' && letter != '\x7F'))]);

    public static void Check(string name, StringValues values)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_token))
        {
            throw new InvalidOperationException($"'{name}' is not a field name.");
        }

        for (int i = 0; i < values.Count; i++)
        {
            if (values[i].AsSpan().ContainsAnyExcept(s_inValue))
            {
                throw new InvalidOperationException(
                    $"The value of {name} has a character that a field cannot have: encode it first.");
            }
        }
    }
}
