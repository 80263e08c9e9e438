namespace Sockeye.Tests;

/// <summary>
/// Compares a text with the approved one in <c>tests/Sockeye.Tests/Golden/</c>. A difference is either a mistake or an
/// improvement that somebody should read: <c>GOLDEN_UPDATE=1 ./test</c> writes the new texts, and the change set shows
/// them.
/// </summary>
internal static class Golden
{
    private const string UpdateVariable = "GOLDEN_UPDATE";
    private const int LinesShownMax = 20;

    /// <summary>Fails unless the text is the approved one.</summary>
    /// <param name="name">The file, without folder and ending.</param>
    /// <param name="text">What the program makes now.</param>
    public static void Verify(string name, string text)
    {
        var file = $"tests/Sockeye.Tests/Golden/{name}.txt";
        var path = Repository.PathOf(file);
        text = text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        var approved = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        if (approved == text)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 } and not "0")
        {
            File.WriteAllText(path, text);
            return;
        }

        Assert.Fail($"{file} is not what the program makes now:\n{Difference(approved, text)}\n" +
            $"If the change is meant, run `{UpdateVariable}=1 ./test {name}` and commit the file.");
    }

    /// <summary>The lines that differ, between the part that both begin with and the part that both end with.</summary>
    private static string Difference(string approved, string text)
    {
        var before = approved.Split('\n');
        var after = text.Split('\n');
        var shortest = Math.Min(before.Length, after.Length);
        var start = 0;
        while (start < shortest && before[start] == after[start])
        {
            start++;
        }

        var end = 0;
        while (end < shortest - start && before[^(end + 1)] == after[^(end + 1)])
        {
            end++;
        }

        return $"  from line {start + 1}\n" + Marked("-", before[start..^end]) + Marked("+", after[start..^end]);
    }

    private static string Marked(string mark, string[] lines)
    {
        var shown = string.Concat(lines.Take(LinesShownMax).Select(line => $"  {mark} {line}\n"));
        var more = lines.Length - LinesShownMax;
        return more > 0 ? $"{shown}  {mark} … and {more} more\n" : shown;
    }
}
