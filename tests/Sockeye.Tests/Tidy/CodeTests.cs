using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sockeye.Tests.Tidy;

/// <summary>The rules of style that the compiler's own analyzers do not know.</summary>
public sealed class CodeTests
{
    private const int FunctionLinesMax = 120;
    private const int TypeParametersMax = 3;
    private const string StateSwitchMark = "// State switch:";

    [Fact]
    public void UnsafeCodeStaysInTheLinuxFolder()
    {
        var complaints = new Complaints("Pointers and imports live in src/**/Linux/, and nowhere else.");
        foreach (var source in SourceFile.All.Where(one => !MayBeUnsafe(one.File)))
        {
            foreach (var node in source.Nodes<SyntaxNode>().Where(IsUnsafe))
            {
                complaints.Add(source.File, source.LineOf(node), FirstLine(node));
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void FunctionsFitOnAScreenOrTwo()
    {
        var complaints = new Complaints(
            $"A function has at most {FunctionLinesMax} lines, save a switch over a protocol's states that says why: " +
            $"\"{StateSwitchMark} …\".");
        foreach (var source in SourceFile.All)
        {
            var functions = source.Nodes<SyntaxNode>().Where(IsFunction);
            foreach (var node in functions.Where(node => source.LinesOf(node) > FunctionLinesMax))
            {
                if (!node.ToFullString().Contains(StateSwitchMark, StringComparison.Ordinal))
                {
                    complaints.Add(source.File, source.LineOf(node), $"{source.LinesOf(node)} lines");
                }
            }
        }

        complaints.AssertNone();
    }

    [Fact]
    public void NothingHasMoreThanThreeTypeParameters() => NoNode<TypeParameterListSyntax>(
        $"At most {TypeParametersMax} type parameters: more is a design that nobody can hold in mind.",
        (_, list) => list.Parameters.Count > TypeParametersMax);

    [Fact]
    public void NoTypeIsNamedForNothing() => NoNode<BaseTypeDeclarationSyntax>(
        "A type is named for what it is. Manager, Helper, Service, Common and Utils say nothing.",
        (_, type) => Regex.IsMatch(type.Identifier.Text, "(Manager|Helper|Service|Common|Utils?)$") &&
            type.Identifier.Text != "ThrowHelper");

    [Fact]
    public void PrivateFieldsSayWhoseTheyAre() => NoNode<FieldDeclarationSyntax>(
        "Private fields are _camelCase, and s_camelCase when static.",
        (_, field) => IsPrivate(field) && !field.Modifiers.Any(SyntaxKind.ConstKeyword) &&
            field.Declaration.Variables.Any(one => !Regex.IsMatch(one.Identifier.Text, FieldPattern(field))));

    [Fact]
    public void NoRegionHidesCode() => NoNode<RegionDirectiveTriviaSyntax>(
        "A type that needs regions is two types.",
        (_, _) => true);

    [Fact]
    public void NoCodeDependsOnASymbolOtherThanDebug() => NoNode<IfDirectiveTriviaSyntax>(
        "One program, tested whole: no conditional compilation but DEBUG.",
        (_, directive) => directive.Condition.ToString().Trim('!', ' ') != "DEBUG");

    [Fact]
    public void EverySuppressedWarningSaysWhy() => NoNode<PragmaWarningDirectiveTriviaSyntax>(
        "#pragma warning disable ends with \"// why\".",
        (_, pragma) => pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword) &&
            !pragma.ToFullString().Contains("//", StringComparison.Ordinal));

    [Fact]
    public void EverySuppressionHasAJustification() => NoNode<AttributeSyntax>(
        "[SuppressMessage] says why, in Justification.",
        (_, one) => one.Name.ToString().EndsWith("SuppressMessage", StringComparison.Ordinal) &&
            !one.ToString().Contains("Justification = \"", StringComparison.Ordinal));

    [Fact]
    public void NameOfEveryTestIsASentence() => NoNode<MethodDeclarationSyntax>(
        "A test's name is a sentence of three words or more, such as ClosesAfterPartialChunk; a bug's is Issue_N….",
        (_, method) => IsTest(method) &&
            !Regex.IsMatch(method.Identifier.Text, @"^(?!Test)(Issue_\d+\w*|([A-Z0-9][a-z0-9]*){3,})$"));

    private static void NoNode<TNode>(string rule, Func<SourceFile, TNode, bool> isWrong)
        where TNode : SyntaxNode
    {
        var complaints = new Complaints(rule);
        foreach (var source in SourceFile.All)
        {
            foreach (var node in source.Nodes<TNode>().Where(node => isWrong(source, node)))
            {
                complaints.Add(source.File, source.LineOf(node), FirstLine(node));
            }
        }

        complaints.AssertNone();
    }

    private static string FirstLine(SyntaxNode node) =>
        node.ToString().Split('\n').FirstOrDefault(line => !line.TrimStart().StartsWith('['), "").Trim();

    private static bool MayBeUnsafe(string file) =>
        file.StartsWith("src/", StringComparison.Ordinal) && file.Contains("/Linux/", StringComparison.Ordinal);

    private static bool IsUnsafe(SyntaxNode node) => node switch
    {
        UnsafeStatementSyntax or FixedStatementSyntax or PointerTypeSyntax or FunctionPointerTypeSyntax => true,
        MemberDeclarationSyntax member => member.Modifiers.Any(SyntaxKind.UnsafeKeyword),
        LocalFunctionStatementSyntax function => function.Modifiers.Any(SyntaxKind.UnsafeKeyword),
        AttributeSyntax one => one.Name.ToString().Split('.')[^1] is "DllImport" or "LibraryImport",
        _ => false,
    };

    private static bool IsFunction(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax;

    private static bool IsPrivate(FieldDeclarationSyntax field) =>
        !field.Modifiers.Any(one => one.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or
            SyntaxKind.ProtectedKeyword);

    private static string FieldPattern(FieldDeclarationSyntax field) =>
        field.Modifiers.Any(SyntaxKind.StaticKeyword) ? "^s_[a-z]" : "^_[a-z]";

    private static bool IsTest(MethodDeclarationSyntax method) => method.AttributeLists
        .SelectMany(list => list.Attributes)
        .Any(one => Regex.IsMatch(one.Name.ToString(), "(Fact|Theory|Property)$"));
}
