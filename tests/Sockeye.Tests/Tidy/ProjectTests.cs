using System.Xml.Linq;

namespace Sockeye.Tests.Tidy;

/// <summary>The tree is the architecture: which projects there are, and which may know which.</summary>
public sealed class ProjectTests
{
    // What each project may reference. ARCHITECTURE.md draws the same picture in words.
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Sockeye"] = [],
        ["Sockeye.Wire"] = [],
        ["Sockeye.Http"] = ["Sockeye"],
        ["Sockeye.AspNetCore"] = ["Sockeye.Http"],
        ["Sockeye.Stack"] = ["Sockeye.Wire", "Sockeye"],
        ["Sockeye.Capture"] = ["Sockeye.Wire", "Sockeye", "Sockeye.Http"],
        ["Sockeye.Diagnostics"] = ["Sockeye.Wire", "Sockeye"],
        ["Sockeye.Cli"] = ["*"],
    };

    private static IEnumerable<string> ShippedProjects => Repository.Files
        .Where(file => file.StartsWith("src/", StringComparison.Ordinal))
        .Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void ReferencesPointOnlyAsDrawn()
    {
        var complaints = new Complaints("A project references only what ARCHITECTURE.md draws.");
        foreach (var file in ShippedProjects)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            if (!s_allowed.TryGetValue(name, out var allowed))
            {
                complaints.Add(file, 1, "this project is not drawn");
                continue;
            }

            var references = XDocument.Load(Repository.PathOf(file)).Descendants("ProjectReference")
                .Select(one => Path.GetFileNameWithoutExtension(one.Attribute("Include")!.Value.Replace('\\', '/')));
            foreach (var reference in references.Where(one => allowed is not ["*"] && !allowed.Contains(one)))
            {
                complaints.Add(file, 1, $"{name} may not know {reference}");
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        var solution = File.ReadAllText(Repository.PathOf("Sockeye.slnx"));
        var complaints = new Complaints("A project that the solution does not name is not built.");
        foreach (var file in Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)))
        {
            if (!solution.Contains($"\"{file}\"", StringComparison.Ordinal))
            {
                complaints.Add(file, 1, "add it to Sockeye.slnx");
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void NoProjectIsACupboard()
    {
        var complaints = new Complaints("A project is named for what it does; a cupboard is named for nothing.");
        string[] cupboards = ["Common", "Utils", "Util", "Abstractions", "Hosting", "Extensions", "Core", "Shared"];
        foreach (var file in ShippedProjects)
        {
            if (cupboards.Contains(Path.GetFileNameWithoutExtension(file).Split('.')[^1]))
            {
                complaints.Add(file, 1, "put its content where it is used");
            }
        }

        complaints.AssertNone();
    }
}
