namespace Sockeye.Cli;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Suggestion
{
    private const int PrefixLettersMin = 3;

    /// <summary>
    /// The candidate nearest to the word, or one that the word begins, or null when none is worth offering.
    /// </summary>
    public static string? Closest(string word, IEnumerable<string> candidates)
    {
        var limit = Math.Max(1, word.TrimStart('-').Length / 3);
        return candidates
            .Select(candidate => (Candidate: candidate, Distance: Distance(word, candidate)))
            .Where(pair => pair.Distance <= limit)
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Candidate)
            .FirstOrDefault() ?? Begun(word, candidates);
    }

    /// <summary>
    /// How many letters must be added, removed, replaced or swapped with their neighbour to make one word the other
    /// (the optimal string alignment distance), whatever their case.
    /// </summary>
    public static int Distance(string left, string right)
    {
        var table = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                table[i, j] = Math.Min(i, j) == 0 ? Math.Max(i, j) : Step(table, left, right, i, j);
            }
        }

        return table[left.Length, right.Length];
    }

    private static string? Begun(string word, IEnumerable<string> candidates) =>
        word.TrimStart('-').Length < PrefixLettersMin
            ? null
            : candidates.FirstOrDefault(one => one.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    private static int Step(int[,] table, string left, string right, int i, int j)
    {
        var replaced = table[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
        var best = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
        var swapped = i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
        return swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
