using System.Text;

namespace Sockeye.Cli.Fetching;

/// <summary>What a terminal is shown: colours, and nothing that it would obey.</summary>
internal static class Screen
{
    public const string Red = "31";
    public const string Green = "32";
    public const string Yellow = "33";
    public const string Blue = "34";
    public const string Magenta = "35";
    public const string Cyan = "36";

    private const int ControlPictures = 0x2400; // U+2400: a picture of each control character.
    private const char DeletePicture = '\u2421';

    /// <summary>A text in a colour, or as it is.</summary>
    public static string In(string color, string text, bool hasColor) =>
        hasColor ? $"\e[{color}m{text}\e[0m" : text;

    /// <summary>
    /// A text from the network as a terminal may have it: line feeds and tabs stay, other control characters become
    /// pictures of themselves, and a carriage return before a line feed is dropped.
    /// </summary>
    public static string Safe(string text)
    {
        if (!text.Any(IsObeyed))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            char one = text[at];
            if (one == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
            {
                continue;
            }

            safe.Append(!IsObeyed(one) ? one
                : one < ' ' ? (char)(ControlPictures + one)
                : one == '\x7F' ? DeletePicture
                : '\uFFFD');
        }

        return safe.ToString();
    }

    private static bool IsObeyed(char one) => char.IsControl(one) && one is not ('\n' or '\t');
}
