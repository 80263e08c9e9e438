using System.Globalization;
using System.Security.Authentication;

namespace Sockeye.Cli;

/// <summary>Fills the places in a text of the resource table.</summary>
internal static class TextFormat
{
    /// <summary>Replaces <c>{0}</c>, <c>{1}</c> … by the values, the same way on every machine.</summary>
    public static string With(this string text, params ReadOnlySpan<object?> values) =>
        string.Format(CultureInfo.InvariantCulture, text, values);

    /// <summary>A sentence of a library as it reads after a colon: without the capital letter that it begins with.
    /// </summary>
    public static string AfterColon(this string sentence) =>
        sentence is [>= 'A' and <= 'Z', (>= 'a' and <= 'z') or ' ', ..]
            ? char.ToLowerInvariant(sentence[0]) + sentence[1..]
            : sentence;

    /// <summary>A version of TLS as people write it.</summary>
    public static string VersionOf(SslProtocols protocol) => $"{protocol}" switch
    {
        "Tls12" => "TLS 1.2",
        "Tls13" => "TLS 1.3",
        var other => other,
    };

    /// <summary>So many of something, in words.</summary>
    public static string Count(long count, string one, string several) =>
        count == 1 ? one : several.With(count.ToString("N0", CultureInfo.InvariantCulture));
}
