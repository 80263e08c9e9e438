using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sockeye.Tests.Tidy;

/// <summary>One of our C# files, parsed.</summary>
internal sealed class SourceFile
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> s_all = new(() =>
        [.. Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(Read)]);

    private readonly SyntaxTree _tree;

    private SourceFile(string file, SyntaxTree tree)
    {
        File = file;
        _tree = tree;
    }

    /// <summary>Every C# file of the tree.</summary>
    public static IReadOnlyList<SourceFile> All => s_all.Value;

    /// <summary>The path from the root of the tree.</summary>
    public string File { get; }

    public SyntaxNode Root => _tree.GetRoot();

    /// <summary>Whether the file is the library's or the tool's, not a test or a bench.</summary>
    public bool IsShipped => File.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>The nodes of one kind, those inside directives and documentation included.</summary>
    public IEnumerable<TNode> Nodes<TNode>()
        where TNode : SyntaxNode => Root.DescendantNodes(descendIntoTrivia: true).OfType<TNode>();

    /// <summary>The line that a node starts on, counted from one.</summary>
    public int LineOf(SyntaxNode node) => _tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;

    /// <summary>How many lines a node takes, its comments above not counted.</summary>
    public int LinesOf(SyntaxNode node) => _tree.GetLineSpan(node.Span).EndLinePosition.Line + 2 - LineOf(node);

    private static SourceFile Read(string file)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, preprocessorSymbols: ["DEBUG"]);
        var text = System.IO.File.ReadAllText(Repository.PathOf(file));
        return new SourceFile(file, CSharpSyntaxTree.ParseText(text, options, file));
    }
}
