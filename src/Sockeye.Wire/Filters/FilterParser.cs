using System.Globalization;
using System.Text.RegularExpressions;
using Sockeye.Wire.Dissection;

namespace Sockeye.Wire.Filters;

/// <summary>
/// Reads the grammar of filters by recursive descent: <c>or</c> of <c>and</c> of <c>not</c> of tests. What is wrong
/// first is kept, and everything returns null from there on.
/// </summary>
internal sealed class FilterParser
{
    // Repetitions that a pattern counts out are written out by the matcher, so their product is its size.
    private const int RepetitionsMax = 1_000;

    private readonly string _text;
    private readonly ProtocolTable _table;
    private readonly List<FilterToken> _tokens;
    private readonly HashSet<Field> _fields = [];
    private int _next;
    private int _depth;
    private FilterError? _error;

    public FilterParser(string text, ProtocolTable table)
    {
        _text = text;
        _table = table;
        _tokens = text.Length > DisplayFilter.CharactersMax ? [] : FilterLexer.Read(text);
    }

    public IEnumerable<Field> Fields => _fields;

    private FilterToken Token => _tokens[_next];

    public FilterNode? Parse(out FilterError? error)
    {
        FilterNode? root = ParseWhole();
        error = _error;
        return root;
    }

    private FilterNode? ParseWhole()
    {
        if (_text.Length > DisplayFilter.CharactersMax)
        {
            return Fail(DisplayFilter.CharactersMax, $"A filter has at most {DisplayFilter.CharactersMax} characters.");
        }

        if (_tokens.Find(one => one.Kind == TokenKind.Broken) is { Kind: TokenKind.Broken } broken)
        {
            return Fail(broken.Column, broken.Text);
        }

        if (Token.Kind == TokenKind.End)
        {
            return Fail(1, "The filter is empty: write one such as tcp.port == 80.");
        }

        FilterNode? root = ParseOr();
        return root is null || Token.Kind == TokenKind.End
            ? root
            : Fail(Token.Column, Token.Is(")")
                ? "There is a ')' without its '('."
                : $"{Token} does not belong here: join two tests with and, or.");
    }

    private FilterNode? ParseOr()
    {
        FilterNode? left = ParseAnd();
        while (left is not null && Take("||", "or"))
        {
            left = ParseAnd() is { } right ? new OrNode(left, right) : null;
        }

        return left;
    }

    private FilterNode? ParseAnd()
    {
        FilterNode? left = ParseNot();
        while (left is not null && Take("&&", "and"))
        {
            left = ParseNot() is { } right ? new AndNode(left, right) : null;
        }

        return left;
    }

    private FilterNode? ParseNot()
    {
        if (_depth == DisplayFilter.DepthMax)
        {
            return Fail(
                Token.Column, $"The filter is more than {DisplayFilter.DepthMax} levels deep: make it flatter.");
        }

        _depth++;
        FilterNode? node = Take("!", "not") ? (ParseNot() is { } inner ? new NotNode(inner) : null)
            : Token.Is("(") ? ParseParentheses()
            : ParseTest();
        _depth--;
        return node;
    }

    private FilterNode? ParseParentheses()
    {
        int column = Token.Column;
        _next++;
        FilterNode? inner = ParseOr();
        return inner is null ? null
            : Take(")") ? inner
            : Fail(column, "This '(' is not closed: add a ')'.");
    }

    private FilterNode? ParseTest()
    {
        FilterToken name = Token;
        if (name.Kind != TokenKind.Word)
        {
            return Fail(name.Column, $"A field is expected here, such as tcp.port, and there is {name}.");
        }

        _next++;
        if (!_table.Fields.TryGetValue(name.Text.ToLowerInvariant(), out Field? field))
        {
            string? nearest = NearestName.Find(name.Text, _table.Fields.Keys);
            return Fail(name.Column, nearest is null
                ? $"{name} is no field."
                : $"{name} is no field; did you mean {nearest}?");
        }

        _ = _fields.Add(field);
        Slice? slice = null;
        if (Token.Is("[") && !TryParseSlice(out slice))
        {
            return null;
        }

        return ParseComparison(field, slice);
    }

    private FilterNode? ParseComparison(Field field, Slice? slice)
    {
        FilterToken sign = Token;
        if (Take("~", "matches"))
        {
            return ParseMatches(field, slice, sign);
        }

        if (Take("", "contains"))
        {
            return ParseContains(field, slice, sign);
        }

        if (Take("", "in"))
        {
            return ParseIn(field, slice, sign);
        }

        if (ComparisonOf(sign) is not { } comparison)
        {
            return slice is null
                ? new ExistsNode(field)
                : Fail(sign.Column, "Bytes in brackets are to be compared with something, such as == 00:1b.");
        }

        _next++;
        if (field.Kind == FieldKind.Group && slice is null)
        {
            return Fail(
                sign.Column, $"{field.Name} is there or not, and has no value to compare: write {field.Name} alone.");
        }

        if (comparison == Comparison.HasBits
            && (slice is not null || field.Kind is not (FieldKind.Number or FieldKind.Hex)))
        {
            return Fail(sign.Column, $"Bits are of numbers, and {field.Name} is none.");
        }

        int column = Token.Column;
        if (ParseValue(field, slice) is not { } operand)
        {
            return null;
        }

        return operand.IsPrefix && comparison is not (Comparison.Equal or Comparison.NotEqual)
            ? Fail(column, "A prefix can only be compared with == and !=.")
            : new CompareNode(field, slice, comparison, operand);
    }

    private Operand? ParseValue(Field field, Slice? slice)
    {
        FilterToken token = Token;
        if (token.Kind is not (TokenKind.Word or TokenKind.Quoted))
        {
            _ = Fail(token.Column, $"A value is expected here, and there is {token}.");
            return null;
        }

        _next++;
        return ReadValue(field, slice, token);
    }

    private Operand? ReadValue(Field field, Slice? slice, FilterToken token)
    {
        Operand? operand = FilterValue.Read(field, slice is not null, token, out string problem);
        if (operand is null)
        {
            _ = Fail(token.Column, problem);
        }

        return operand;
    }

    private FilterNode? ParseIn(Field field, Slice? slice, FilterToken sign)
    {
        if (field.Kind == FieldKind.Group && slice is null)
        {
            return Fail(sign.Column, $"{field.Name} has no value that a set could have.");
        }

        int column = Token.Column;
        if (!Take("{"))
        {
            return Fail(column, "After in comes a set in braces, such as {80 443 8000..8099}.");
        }

        var items = new List<(Operand, Operand)>();
        while (!Take("}"))
        {
            if (Token.Kind == TokenKind.End)
            {
                return Fail(column, "This '{' is not closed: add a '}'.");
            }

            if (items.Count == DisplayFilter.SetItemsMax)
            {
                return Fail(Token.Column, $"A set has at most {DisplayFilter.SetItemsMax} items.");
            }

            if (Take(","))
            {
                continue;
            }

            if (ParseItem(field, slice) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return items.Count > 0
            ? new InNode(field, slice, [.. items])
            : Fail(column, "The set is empty: nothing is in it.");
    }

    private (Operand, Operand)? ParseItem(Field field, Slice? slice)
    {
        FilterToken token = Token;
        int dots = token.Kind == TokenKind.Word ? token.Text.IndexOf("..", StringComparison.Ordinal) : -1;
        if (dots < 0)
        {
            return ParseValue(field, slice) is { } one ? (one, one) : null;
        }

        _next++;
        var before = new FilterToken(TokenKind.Word, token.Text[..dots], token.Column);
        var after = new FilterToken(TokenKind.Word, token.Text[(dots + 2)..], token.Column + dots + 2);
        if (ReadValue(field, slice, before) is not { } first || ReadValue(field, slice, after) is not { } last)
        {
            return null;
        }

        if (first.IsPrefix || last.IsPrefix)
        {
            _ = Fail(token.Column, "A range goes from one value to another, not from a prefix.");
            return null;
        }

        return (first, last);
    }

    private FilterNode? ParseContains(Field field, Slice? slice, FilterToken sign)
    {
        FilterToken token = Token;
        if (slice is null && field.Kind is FieldKind.Number or FieldKind.Hex or FieldKind.Flag or FieldKind.Time)
        {
            return Fail(sign.Column, $"{field.Name} is a number, which contains nothing: compare it with ==.");
        }

        if (token.Kind is not (TokenKind.Word or TokenKind.Quoted))
        {
            return Fail(token.Column, $"After contains comes a text in quotes or bytes, and there is {token}.");
        }

        _next++;
        bool isText = token.Kind == TokenKind.Quoted || field.Kind == FieldKind.Text;
        return FilterValue.ReadBytes(token.Text, isText) is { } part
            ? new ContainsNode(field, slice, part.Bytes)
            : Fail(token.Column, $"{token} is neither bytes such as de:ad nor a text in quotes.");
    }

    private FilterNode? ParseMatches(Field field, Slice? slice, FilterToken sign)
    {
        FilterToken token = Token;
        if (slice is null && field.Kind is FieldKind.Number or FieldKind.Hex or FieldKind.Flag or FieldKind.Time)
        {
            return Fail(sign.Column, $"{field.Name} is a number, which has no pattern: compare it with ==.");
        }

        if (token.Kind != TokenKind.Quoted)
        {
            return Fail(token.Column, $"After matches comes a pattern in quotes, and there is {token}.");
        }

        _next++;
        if (token.Text.Length > DisplayFilter.PatternCharactersMax || Repetitions(token.Text) > RepetitionsMax)
        {
            return Fail(token.Column, $"A pattern has at most {DisplayFilter.PatternCharactersMax} characters and "
                + $"{RepetitionsMax} counted repetitions.");
        }

        try
        {
            const RegexOptions Options =
                RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
            return new MatchesNode(field, slice, new Regex(token.Text, Options));
        }
        catch (RegexParseException mistake)
        {
            return Fail(token.Column + 1 + mistake.Offset, $"The pattern is wrong: {mistake.Message}");
        }
        catch (NotSupportedException)
        {
            return Fail(token.Column, "Patterns have no look-around, no back-references and no atomic groups here.");
        }
    }

    private static int Repetitions(string pattern)
    {
        long product = 1;
        foreach (ValueMatch match in Regex.EnumerateMatches(pattern, "[0-9]+(?=[0-9,]*})"))
        {
            bool isSmall = int.TryParse(
                pattern.AsSpan(match.Index, match.Length), NumberStyles.None, CultureInfo.InvariantCulture,
                out int count);
            product *= isSmall ? Math.Clamp(count, 1, RepetitionsMax + 1) : RepetitionsMax + 1;
            product = Math.Min(product, RepetitionsMax + 1);
        }

        return (int)product;
    }

    private bool TryParseSlice(out Slice? slice)
    {
        FilterToken open = Token;
        _next++;
        FilterToken inside = Token;
        slice = inside.Kind == TokenKind.Word ? SliceOf(inside.Text) : null;
        if (slice is null)
        {
            _ = Fail(
                open.Column, "In brackets stand bytes: [offset:length], [first-last], [one] or [offset:].");
            return false;
        }

        _next++;
        if (!Take("]"))
        {
            _ = Fail(open.Column, "This '[' is not closed: add a ']'.");
            return false;
        }

        return true;
    }

    private static Slice? SliceOf(string text)
    {
        int colon = text.IndexOf(':');
        int dash = text.IndexOf('-', 1);
        int sign = colon >= 0 ? colon : dash;
        ReadOnlySpan<char> before = sign < 0 ? text : text.AsSpan(0, sign);
        ReadOnlySpan<char> after = sign < 0 ? "" : text.AsSpan(sign + 1);
        int first = 0;
        if (!(before.IsEmpty && colon == 0)
            && !int.TryParse(before, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out first))
        {
            return null;
        }

        if (sign < 0 || (colon >= 0 && after.IsEmpty))
        {
            return new Slice(first, sign < 0 ? 1 : null);
        }

        bool isNumber = int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out int second);
        int length = colon >= 0 ? second : second - first + 1;
        return isNumber && length > 0 ? new Slice(first, length) : null;
    }

    private static Comparison? ComparisonOf(FilterToken token) => token switch
    {
        _ when token.Is("==", "eq") => Comparison.Equal,
        _ when token.Is("!=", "ne") => Comparison.NotEqual,
        _ when token.Is("<", "lt") => Comparison.Less,
        _ when token.Is("<=", "le") => Comparison.LessOrEqual,
        _ when token.Is(">", "gt") => Comparison.Greater,
        _ when token.Is(">=", "ge") => Comparison.GreaterOrEqual,
        _ when token.Is("&", "bitand") => Comparison.HasBits,
        _ => null,
    };

    private bool Take(string symbol, string? word = null)
    {
        bool isThere = Token.Is(symbol, word);
        _next += isThere ? 1 : 0;
        return isThere;
    }

    private FilterNode? Fail(int column, string message)
    {
        _error ??= new FilterError(column, message);
        return null;
    }
}
