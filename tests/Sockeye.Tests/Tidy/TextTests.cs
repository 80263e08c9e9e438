using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit.Abstractions;

namespace Sockeye.Tests.Tidy;

/// <summary>What holds for every file that people read, whatever its language.</summary>
public sealed class TextTests(ITestOutputHelper output)
{
    private const int FileLinesMax = 1000;
    private const int FileLinesMany = 500;
    private const int LineCharactersMax = 120;

    private static readonly string[] s_textEndings =
    [
        ".cs", ".md", ".txt", ".csproj", ".props", ".targets", ".slnx", ".json", ".resx", ".c", ".py", ".js", ".sh",
        ".html", ".css",
    ];

    // Words in two halves, so that this file does not find itself.
    private static readonly Regex s_debt = new(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b");

    private static readonly Regex s_registry = new(
        @"(nuget" + @"\.org|npmjs" + @"\.|pypi" + @"\.org|crates" + @"\.io|proxy\.golang" + @"\.org)");

    private static readonly Regex s_localPath = new(@"(?<![\w.~}-])/(work|root)" + "/");

    [Fact]
    public void FilesAreShortEnoughToReadWhole()
    {
        var complaints = new Complaints($"A file has at most {FileLinesMax} lines: split it where its subject splits.");
        foreach (var (file, lines) in CodeFiles())
        {
            if (lines.Length > FileLinesMax)
            {
                complaints.Add(file, FileLinesMax, $"has {lines.Length} lines");
            }
            else if (lines.Length > FileLinesMany)
            {
                output.WriteLine($"{file}: {lines.Length} lines; more than {FileLinesMany} is a lot to read at once");
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void LinesFitSideBySide()
    {
        var complaints = new Complaints($"A line has at most {LineCharactersMax} characters.");
        foreach (var (file, lines) in CodeFiles())
        {
            ForEachLine(lines, (line, number) =>
            {
                if (line.Length > LineCharactersMax)
                {
                    complaints.Add(file, number, $"{line.Length} characters");
                }
            });
        }

        complaints.AssertNone();
    }

    [Fact]
    public void NoLineEndsInSpaces()
    {
        var complaints = new Complaints(
            "No tabs, no carriage returns, no spaces at the end of a line, and a line feed at the end of the file.");
        foreach (var (file, lines) in CodeFiles())
        {
            ForEachLine(lines, (line, number) =>
            {
                if (line.Length > 0 && (char.IsWhiteSpace(line[^1]) || line.Contains('\t')))
                {
                    complaints.Add(file, number, "a space at the end, a tab or a carriage return");
                }
            });
            if (lines is not [.., ""])
            {
                complaints.Add(file, lines.Length, "no line feed at the end");
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void NoWorkIsLeftAsANote() =>
        NoLineMatches(s_debt, "Do it, or drop it; a debt that stays says its cost and when to pay, in a sentence.");

    [Fact]
    public void NothingNamesAPackageRegistry() =>
        NoLineMatches(s_registry, "Which registry packages come from is the machine's business.");

    [Fact]
    public void NothingNamesAPathOfOneMachine() =>
        NoLineMatches(s_localPath, "A path that exists on one machine means nothing on the next.");

    [Fact]
    public void TextTablesAreSortedSoThatChangesMerge()
    {
        var tables = Repository.Files.Where(file => file.EndsWith(".resx", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(tables);
        foreach (string table in tables)
        {
            var names = XDocument.Load(Repository.PathOf(table)).Descendants("data")
                .Select(one => one.Attribute("name")!.Value).ToList();
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
        }
    }

    [Fact]
    public void TextTablesAreShortEnoughToReadWhole()
    {
        var complaints = new Complaints($"A table of texts has at most {FileLinesMany} lines: split it by subject.");
        foreach (var (file, lines) in TextFiles().Where(one => one.File.EndsWith(".resx", StringComparison.Ordinal)))
        {
            if (lines.Length > FileLinesMany)
            {
                complaints.Add(file, FileLinesMany, $"has {lines.Length} lines");
            }
        }

        complaints.AssertNone();
    }

    private static void NoLineMatches(Regex pattern, string rule)
    {
        var complaints = new Complaints(rule);
        foreach (var (file, lines) in TextFiles())
        {
            ForEachLine(lines, (line, number) =>
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    complaints.Add(file, number, match.Value);
                }
            });
        }

        complaints.AssertNone();
    }

    private static void ForEachLine(string[] lines, Action<string, int> look)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            look(lines[i], i + 1);
        }
    }

    private static IEnumerable<(string File, string[] Lines)> CodeFiles() =>
        TextFiles().Where(one => one.File.EndsWith(".cs", StringComparison.Ordinal));

    // The scripts at the root and in .ci have no ending.
    private static IEnumerable<(string File, string[] Lines)> TextFiles() => Repository.Files
        .Where(file => s_textEndings.Contains(Path.GetExtension(file)) || Path.GetExtension(file) == "")
        .Select(file => (file, File.ReadAllText(Repository.PathOf(file)).Split('\n')));
}
