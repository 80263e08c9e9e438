using System.Globalization;
using System.Text;

namespace Sockeye.Capture.Ladder;

/// <summary>How many cells of a terminal a text takes: most characters one, Chinese ones two, accents none.</summary>
public static class TextCells
{
    // East Asian Width "W" and "F" (Unicode UAX #11), in the ranges that matter to text.
    private static readonly (int First, int Last)[] s_wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The cells of a character.</summary>
    public static int Of(Rune rune)
    {
        if (rune.Value < s_wide[0].First)
        {
            return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Control ? 0 : 1;
        }

        return Array.Exists(s_wide, range => rune.Value >= range.First && rune.Value <= range.Last) ? 2
            : Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format ? 0 : 1;
    }

    /// <summary>The cells of a text.</summary>
    public static int Of(string text)
    {
        int cells = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            cells += Of(rune);
        }

        return cells;
    }

    /// <summary>The beginning of a text that fits, with … where something was left out.</summary>
    public static string Fit(string text, int cells) => Of(text) <= cells ? text
        : cells < 1 ? ""
        : string.Concat(text.AsSpan(0, LengthOf(text, cells - 1)), "…");

    /// <summary>A text in lines that fit, broken between words, or anywhere in a word that is too long.</summary>
    public static IEnumerable<string> Wrap(string text, int cells)
    {
        var line = new StringBuilder();
        int used = 0;
        foreach (string word in WordsOf(text))
        {
            int width = Of(word);
            if (used > 0 && used + width > cells && word != " ")
            {
                yield return line.ToString().TrimEnd();
                line.Clear();
                used = 0;
            }

            if (used == 0 && word == " ")
            {
                continue;
            }

            string rest = word;
            while (Of(rest) > cells)
            {
                int length = Math.Max(1, LengthOf(rest, cells));
                yield return rest[..length];
                rest = rest[length..];
            }

            line.Append(rest);
            used += Of(rest);
        }

        if (line.Length > 0)
        {
            yield return line.ToString().TrimEnd();
        }
    }

    // How many characters fit into so many cells.
    private static int LengthOf(string text, int cells)
    {
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            cells -= Of(rune);
            if (cells < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return length;
    }

    // A line may break at a space, and before and after a wide character: Chinese has no spaces.
    private static IEnumerable<string> WordsOf(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isAlone = rune.Value == ' ' || Of(rune) == 2;
            if (isAlone && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }

            if (isAlone)
            {
                yield return rune.ToString();
            }
            else
            {
                word.Append(rune.ToString());
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
