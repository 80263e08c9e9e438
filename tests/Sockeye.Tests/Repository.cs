namespace Sockeye.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] s_notOurs = [".git", ".build", ".vs", ".idea", "bin", "obj", "TestResults"];

    private static readonly Lazy<IReadOnlyList<string>> s_files = new(List);

    /// <summary>The folder that holds <c>Sockeye.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of every file, relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files => s_files.Value;

    /// <summary>The whole path of a file.</summary>
    public static string PathOf(string file) => Path.Combine(Root, file);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sockeye.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("These tests run inside a clone.");
    }

    private static IReadOnlyList<string> List() => [.. Walk(Root).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        }

        var inside = Directory.EnumerateDirectories(folder).Where(one => !s_notOurs.Contains(Path.GetFileName(one)));
        foreach (var inner in inside)
        {
            foreach (var file in Walk(inner))
            {
                yield return file;
            }
        }
    }
}
