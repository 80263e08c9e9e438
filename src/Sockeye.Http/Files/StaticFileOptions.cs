using Sockeye.Files;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Files;

/// <summary>How files are served.</summary>
public sealed record StaticFileOptions
{
    /// <summary>The defaults.</summary>
    public static StaticFileOptions Default { get; } = new();

    /// <summary>Which symbolic links are followed. Default <see cref="FileLinks.Inside"/>: those whose target lies
    /// beneath the root.</summary>
    public FileLinks Links { get; init; }

    /// <summary>Whether names that begin with a dot are served and listed. Default no: there is nothing by such a
    /// name.</summary>
    public bool DotFiles { get; init; }

    /// <summary>Whether a folder without an index is answered with a page that lists it, instead of 403. Default
    /// no.</summary>
    public bool ListFolders { get; init; }

    /// <summary>Entries of a folder that its page lists at most. Default 10,000.</summary>
    public int ListedEntriesMax { get; init; } = 10_000;

    /// <summary>The files that are a folder's page, the first that there is. Default <c>index.html</c>.</summary>
    public IReadOnlyList<string> IndexNames { get; init; } = ["index.html"];

    /// <summary>Whether <c>page.html.br</c>, <c>.zst</c> and <c>.gz</c> are sent in place of <c>page.html</c> to
    /// clients that accept the coding. Keeping them up to date is for whoever makes them. Default yes.</summary>
    public bool Precompressed { get; init; } = true;

    /// <summary>What Cache-Control says of files (RFC 9111 section 5.2), such as <c>max-age=3600</c>; null (default)
    /// leaves it out.</summary>
    /// <exception cref="ArgumentException">It has a character that a field's value cannot have.</exception>
    public string? CacheControl
    {
        get;
        init
        {
            FieldRules.CheckValue(value ?? "");
            field = value;
        }
    }

    /// <summary>Media types by extension, without its dot, before those of <see cref="MediaTypes"/>.</summary>
    public IReadOnlyDictionary<string, string> MediaTypes { get; init; } = new Dictionary<string, string>();
}
