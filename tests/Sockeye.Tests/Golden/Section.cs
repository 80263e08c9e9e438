namespace Sockeye.Tests;

/// <summary>A part of a page that the tests write, between two marks; an approved text among others by hand.</summary>
internal static class Section
{
    /// <summary>Fails unless the part of the page is the text; with GOLDEN_UPDATE=1 writes it there.</summary>
    /// <param name="file">The page, from the root of the repository.</param>
    /// <param name="name">The name in the marks.</param>
    /// <param name="filter">Which tests write it: what <c>./test</c> takes.</param>
    /// <param name="text">What it must be.</param>
    public static void Verify(string file, string name, string filter, string text)
    {
        string path = Repository.PathOf(file);
        string page = File.ReadAllText(path);
        (int begin, int end) = Find(page, file, name, filter);
        string expected = page[..begin] + text + page[end..];
        if (Environment.GetEnvironmentVariable("GOLDEN_UPDATE") == "1")
        {
            File.WriteAllText(path, expected);
        }
        else
        {
            Assert.True(page == expected, $"{file} is out of date: run GOLDEN_UPDATE=1 ./test {filter}");
        }
    }

    /// <summary>What the part of the page says now.</summary>
    public static string Read(string file, string name, string filter)
    {
        string page = File.ReadAllText(Repository.PathOf(file));
        (int begin, int end) = Find(page, file, name, filter);
        return page[begin..end];
    }

    private static (int Begin, int End) Find(string page, string file, string name, string filter)
    {
        string mark = $"<!-- {name}: written by the tests; GOLDEN_UPDATE=1 ./test {filter} -->\n";
        int begin = page.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        int end = page.IndexOf($"<!-- end of {name} -->\n", StringComparison.Ordinal);
        Assert.True(begin >= mark.Length && end >= begin, $"{file} has lost its marks of {name}");
        return (begin, end);
    }
}
