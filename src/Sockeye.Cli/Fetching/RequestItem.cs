using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Fetching;

/// <summary>What a word after the URL adds to a request.</summary>
internal enum ItemKind : byte
{
    /// <summary><c>name=text</c>: a text of the body.</summary>
    Text = 0,

    /// <summary><c>name=@file</c>: a text of the body, from a file.</summary>
    TextFile,

    /// <summary><c>name:=1</c>: a value of the body as JSON.</summary>
    Json,

    /// <summary><c>name:=@file</c>: a value of the body as JSON, from a file.</summary>
    JsonFile,

    /// <summary><c>name@path</c>: a file of the body.</summary>
    File,

    /// <summary><c>@path</c>, <c>@-</c> or <c>-</c>: the whole body as it is.</summary>
    Body,

    /// <summary><c>name==text</c>: a parameter of the query.</summary>
    Query,

    /// <summary><c>Name:value</c>: a header field.</summary>
    Header,

    /// <summary><c>Name:</c>: a header field that is left out.</summary>
    NoHeader,

    /// <summary><c>Name;</c>: a header field without a value.</summary>
    EmptyHeader,
}

/// <summary>
/// A word after the URL, in HTTPie's grammar: a name, a separator and a value. The first separator counts, and of those
/// that begin at the same place the longest. A backslash before a separator's character takes its meaning away.
/// </summary>
/// <param name="Kind">What it adds.</param>
/// <param name="Name">The name; empty for a whole body.</param>
/// <param name="Value">The value, or the path of a file; <c>-</c> is standard input.</param>
internal sealed record RequestItem(ItemKind Kind, string Name, string Value)
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    private const char Escape = '\\';
    private const string Escapable = @":=@;\";

    // The longest first.
    private static readonly (string Separator, ItemKind Kind)[] s_separators =
    [
        (":=@", ItemKind.JsonFile),
        (":=", ItemKind.Json),
        ("==", ItemKind.Query),
        ("=@", ItemKind.TextFile),
        ("=", ItemKind.Text),
        ("@", ItemKind.File),
        (":", ItemKind.Header),
    ];

    /// <summary>Whether it is a part of the body.</summary>
    public bool IsBody => Kind <= ItemKind.Body;

    /// <summary>Reads a word.</summary>
    /// <exception cref="ToolException">It is none of these.</exception>
    public static RequestItem Parse(string word)
    {
        if (word == StandardInput)
        {
            return new RequestItem(ItemKind.Body, "", word);
        }

        var name = new System.Text.StringBuilder(word.Length);
        for (int at = 0; at < word.Length; at++)
        {
            if (word[at] == Escape && at + 1 < word.Length && Escapable.Contains(word[at + 1]))
            {
                name.Append(word[++at]);
                continue;
            }

            if (word[at] == ';' && at == word.Length - 1 && at > 0)
            {
                return new RequestItem(ItemKind.EmptyHeader, name.ToString(), "");
            }

            foreach ((string separator, ItemKind kind) in s_separators)
            {
                if (word.AsSpan(at).StartsWith(separator, StringComparison.Ordinal))
                {
                    return Of(word, kind, name.ToString(), Unescape(word[(at + separator.Length)..]));
                }
            }

            name.Append(word[at]);
        }

        throw new ToolException(ExitCode.Usage, FetchText.BadItem.With(word));
    }

    private static RequestItem Of(string word, ItemKind kind, string name, string value)
    {
        if (kind == ItemKind.File && name.Length == 0)
        {
            kind = ItemKind.Body;
        }
        else if (kind == ItemKind.Header && value.Length == 0)
        {
            kind = ItemKind.NoHeader;
        }

        bool needsPath = kind is ItemKind.File or ItemKind.Body or ItemKind.TextFile or ItemKind.JsonFile;
        if ((needsPath && value.Length == 0) || (kind != ItemKind.Body && name.Length == 0))
        {
            throw new ToolException(ExitCode.Usage, FetchText.BadItem.With(word));
        }

        return new RequestItem(kind, name, value);
    }

    /// <summary>Only what would otherwise be a separator needs a backslash; every other one is itself.</summary>
    private static string Unescape(string value)
    {
        if (!value.Contains(Escape))
        {
            return value;
        }

        var text = new System.Text.StringBuilder(value.Length);
        for (int at = 0; at < value.Length; at++)
        {
            if (value[at] == Escape && at + 1 < value.Length && Escapable.Contains(value[at + 1]))
            {
                at++;
            }

            text.Append(value[at]);
        }

        return text.ToString();
    }
}
