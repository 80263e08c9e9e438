namespace Sockeye.Wire.Filters;

/// <summary>What a piece of a filter is.</summary>
internal enum TokenKind : byte
{
    End = 0,
    Word,
    Quoted,
    Symbol,
    Broken,
}

/// <summary>A piece of a filter: its text, without quotes, and where it begins, counted from one.</summary>
internal readonly record struct FilterToken(TokenKind Kind, string Text, int Column)
{
    public bool Is(string symbol, string? word = null) =>
        (Kind == TokenKind.Symbol && Text == symbol)
        || (Kind == TokenKind.Word && word is not null && Text.Equals(word, StringComparison.OrdinalIgnoreCase));

    public override string ToString() => Kind == TokenKind.End ? "the end of the filter" : $"'{Text}'";
}

/// <summary>Cuts a filter into pieces.</summary>
internal static class FilterLexer
{
    private static readonly string[] s_symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "&", "~", "(", ")", "{", "}", "[", "]", ","];

    public static List<FilterToken> Read(string text)
    {
        var tokens = new List<FilterToken>();
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            FilterToken token = ReadOne(text, at, out int end);
            tokens.Add(token);
            at = end;
        }

        tokens.Add(new FilterToken(TokenKind.End, "", text.Length + 1));
        return tokens;
    }

    private static FilterToken ReadOne(string text, int at, out int end)
    {
        if (text[at] is '"' or '\'')
        {
            return ReadQuoted(text, at, out end);
        }

        if (IsWord(text[at]))
        {
            end = at;
            while (end < text.Length && IsWord(text[end]))
            {
                end++;
            }

            return new FilterToken(TokenKind.Word, text[at..end], at + 1);
        }

        string? symbol = Array.Find(s_symbols, one => string.CompareOrdinal(text, at, one, 0, one.Length) == 0);
        end = at + (symbol?.Length ?? 1);
        return symbol is null
            ? new FilterToken(TokenKind.Broken, Complaint(text[at]), at + 1)
            : new FilterToken(TokenKind.Symbol, symbol, at + 1);
    }

    private static string Complaint(char character) => character switch
    {
        '=' => "A single '=' means nothing here; did you mean ==?",
        '|' => "A single '|' means nothing here; did you mean ||?",
        _ => $"'{character}' means nothing here: put texts in quotes.",
    };

    // Everything that names of fields, numbers, addresses, prefixes and ranges are made of.
    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '_' or '-' or '/' or '+';

    private static FilterToken ReadQuoted(string text, int start, out int end)
    {
        char quote = text[start];
        var content = new System.Text.StringBuilder();
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                end = i + 1;
                return new FilterToken(TokenKind.Quoted, content.ToString(), start + 1);
            }

            // Only a quote is freed from its backslash: patterns are full of others.
            bool isEscape = text[i] == '\\' && i + 1 < text.Length && text[i + 1] == quote;
            i += isEscape ? 1 : 0;
            content.Append(text[i]);
        }

        end = text.Length;
        return new FilterToken(TokenKind.Broken, $"The quote is not closed: add {quote} at the end.", start + 1);
    }
}
