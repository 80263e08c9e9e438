namespace Sockeye.Cli.Loading.Results;

/// <summary>The part of a Markdown document that the tool writes, between two marks. What stands around it stays.
/// </summary>
internal static class MarkdownSection
{
    /// <summary>Where it begins.</summary>
    public const string BeginMark = "<!-- sockeye load models: from here on -->";

    /// <summary>Where it ends.</summary>
    public const string EndMark = "<!-- sockeye load models: up to here -->";

    /// <summary>The document with this text between its marks; null when it has text and not both of them.</summary>
    public static string? Renewed(string document, string text)
    {
        string section = $"{BeginMark}\n\n{text.Trim()}\n\n{EndMark}";
        if (document.Length == 0)
        {
            return section + "\n";
        }

        int begin = document.IndexOf(BeginMark, StringComparison.Ordinal);
        int end = document.IndexOf(EndMark, StringComparison.Ordinal);
        return begin >= 0 && end > begin ? document[..begin] + section + document[(end + EndMark.Length)..] : null;
    }
}
