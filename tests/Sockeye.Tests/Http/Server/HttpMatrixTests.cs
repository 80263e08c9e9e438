using System.Reflection;
using System.Text;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>The table of what the HTTP server does on every I/O model.</summary>
public sealed class HttpMatrixTests
{
    [Fact]
    public void ThePageShowsEveryBehaviourOfTheHttpServer() =>
        Section.Verify("docs/conformance.md", "http", "HttpMatrix", Table());

    /// <summary>The table that a run without a failure gives, whatever this machine can run.</summary>
    private static string Table()
    {
        var text = new StringBuilder();
        text.Append($"| behaviour | {string.Join(" | ", IoModel.All.Select(model => model.Name))} |\n");
        text.Append($"|---|{string.Concat(IoModel.All.Select(_ => ":-:|"))}\n");
        IEnumerable<Type> areas = typeof(HttpMatrixTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(HttpMatrixTests).Namespace)
            .OrderBy(type => type.Name, StringComparer.Ordinal);
        foreach (Type area in areas)
        {
            string[] rows = [.. area.GetMethods().OrderBy(method => method.MetadataToken).SelectMany(RowOf)];
            if (rows.Length > 0)
            {
                text.Append($"| **{area.Name.Replace("Tests", "", StringComparison.Ordinal)}** |");
                text.Append($"{string.Concat(IoModel.All.Select(_ => " |"))}\n{string.Concat(rows)}");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> RowOf(MethodInfo method)
    {
        bool isHosted = method.IsDefined(typeof(HostsAttribute));
        if (isHosted || method.IsDefined(typeof(ModelsAttribute)))
        {
            IEnumerable<string> marks =
                IoModel.All.Select(model => isHosted && HostsAttribute.IsSecuredOn(model) ? "✓ tls" : "✓");
            yield return $"| {Behaviour.Spell(method.Name)} | {string.Join(" | ", marks)} |\n";
        }
    }
}
