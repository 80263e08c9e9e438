using System.Text;

namespace Sockeye.Cli.Fetching;

/// <summary>Values of fields are one character a byte; people write and read UTF-8.</summary>
internal static class FieldText
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    public static string Encode(string typed) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(typed));

    /// <summary>As UTF-8 if it is that, otherwise as it is.</summary>
    public static string Decode(string value)
    {
        try
        {
            return s_strict.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }
}
