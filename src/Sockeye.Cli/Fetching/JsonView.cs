using System.Text;
using System.Text.Json;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// JSON indented and coloured. Only white space between tokens changes: numbers, escapes, the order of names and names
/// that come twice stay as they were sent.
/// </summary>
internal static class JsonView
{
    private const int DepthMax = 1_000;

    /// <summary>The text to show; null when the bytes are not JSON.</summary>
    public static string? Of(ReadOnlySpan<byte> bytes, bool hasColor)
    {
        var text = new StringBuilder(bytes.Length * 2);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = DepthMax });
        JsonTokenType before = JsonTokenType.None;
        try
        {
            while (reader.Read())
            {
                Begin(text, ref reader, before);
                Append(text, ref reader, hasColor);
                before = reader.TokenType;
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return text.ToString();
    }

    /// <summary>What stands between a token and the one before it.</summary>
    private static void Begin(StringBuilder text, ref Utf8JsonReader reader, JsonTokenType before)
    {
        bool opens = before is JsonTokenType.StartObject or JsonTokenType.StartArray;
        bool closes = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
        if (before == JsonTokenType.PropertyName)
        {
            text.Append(": ");
        }
        else if (before != JsonTokenType.None && !(opens && closes))
        {
            text.Append(opens || closes ? "\n" : ",\n").Append(' ', 2 * reader.CurrentDepth);
        }
    }

    private static void Append(StringBuilder text, ref Utf8JsonReader reader, bool hasColor)
    {
        string token = Encoding.UTF8.GetString(reader.ValueSpan);
        text.Append(reader.TokenType switch
        {
            JsonTokenType.PropertyName => Screen.In(Screen.Blue, Quoted(token), hasColor),
            JsonTokenType.String => Screen.In(Screen.Green, Quoted(token), hasColor),
            JsonTokenType.Number => Screen.In(Screen.Magenta, token, hasColor),
            JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null =>
                Screen.In(Screen.Yellow, token, hasColor),
            _ => token,
        });
    }

    // The span has no quotes; what is in it is escaped as it was sent.
    private static string Quoted(string token) => $"\"{Screen.Safe(token)}\"";
}
