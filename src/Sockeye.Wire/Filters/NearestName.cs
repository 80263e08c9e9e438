namespace Sockeye.Wire.Filters;

/// <summary>Guesses which name a misspelt one was meant to be.</summary>
internal static class NearestName
{
    private const int WorthOffering = 3;

    /// <summary>The nearest name, or null when none is near.</summary>
    public static string? Find(string word, IEnumerable<string> names)
    {
        string lower = word.ToLowerInvariant();
        int limit = Math.Max(1, word.Length / WorthOffering);
        return names
            .Select(name => (Name: name, Distance: Distance(lower, name, limit)))
            .Where(pair => pair.Distance <= limit)
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Name, StringComparer.Ordinal)
            .Select(pair => pair.Name)
            .FirstOrDefault();
    }

    // How many letters must be added, removed or replaced to make one word the other.
    private static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) > limit)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
