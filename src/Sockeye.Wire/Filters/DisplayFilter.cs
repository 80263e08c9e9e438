using System.Diagnostics.CodeAnalysis;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Filters;

/// <summary>What is wrong with a filter, and where.</summary>
/// <param name="Column">The character it is about, counted from one.</param>
/// <param name="Message">A sentence with the remedy.</param>
public sealed record FilterError(int Column, string Message)
{
    /// <summary>The sentence, with the column before it.</summary>
    public override string ToString() => $"column {Column}: {Message}";
}

/// <summary>
/// A display filter: <c>tcp.port == 80 and ip.src == 10.0.0.0/8</c>. A field alone asks whether it is there; two tests
/// are joined by <c>and</c> (<c>&amp;&amp;</c>) or <c>or</c> (<c>||</c>), and turned by <c>not</c> (<c>!</c>).
/// Comparisons are <c>== != &lt; &lt;= &gt; &gt;=</c>, <c>in {80 443 8000..8099}</c>, <c>contains</c>, <c>matches</c>,
/// and <c>&amp;</c> for a bit; <c>eth.src[0:3]</c> are the first three bytes of a field. A field that is there several
/// times passes a test when one of them does; <c>!=</c> when all do. One thread uses a filter at a time.
/// </summary>
public sealed class DisplayFilter
{
    /// <summary>How long a filter may be, in characters.</summary>
    public const int CharactersMax = 4_096;

    /// <summary>How deep its parentheses and negations may go.</summary>
    public const int DepthMax = 64;

    /// <summary>How many items a set may have.</summary>
    public const int SetItemsMax = 1_000;

    /// <summary>How long a pattern of <c>matches</c> may be, in characters.</summary>
    public const int PatternCharactersMax = 256;

    /// <summary>How much of a field a pattern looks at, in bytes.</summary>
    public const int MatchedBytesMax = 65_536;

    private readonly FilterNode _root;

    private DisplayFilter(string text, FilterNode root, IEnumerable<Field> fields)
    {
        Text = text;
        _root = root;
        Fields = [.. fields];
    }

    /// <summary>The filter as it was written.</summary>
    public string Text { get; }

    /// <summary>The fields it looks at: a dissector must be told to find them.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Reads a filter.</summary>
    /// <param name="text">The filter.</param>
    /// <param name="filter">The filter, if it is one.</param>
    /// <param name="error">What is wrong otherwise.</param>
    /// <param name="table">The fields to know; <see cref="ProtocolTable.Standard"/> when null.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out DisplayFilter? filter, [NotNullWhen(false)] out FilterError? error,
        ProtocolTable? table = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new FilterParser(text, table ?? ProtocolTable.Standard);
        FilterNode? root = parser.Parse(out error);
        filter = root is null ? null : new DisplayFilter(text, root, parser.Fields);
        return filter is not null;
    }

    /// <summary>Reads a filter; throws when it is none.</summary>
    public static DisplayFilter Parse(string text, ProtocolTable? table = null) =>
        TryParse(text, out DisplayFilter? filter, out FilterError? error, table)
            ? filter
            : throw new FormatException($"The filter is wrong at {error}");

    /// <summary>Whether a frame passes.</summary>
    public bool Matches(in DissectedFrame frame) => _root.Test(frame);

    /// <summary>The filter as it was written.</summary>
    public override string ToString() => Text;
}
