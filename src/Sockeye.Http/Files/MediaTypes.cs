using System.Collections.Frozen;

namespace Sockeye.Http.Files;

/// <summary>The media type of a file by its extension. Text is said to be UTF-8.</summary>
public static class MediaTypes
{
    /// <summary>What a file of another extension, or none, is: bytes that nobody should guess at.</summary>
    public const string Unknown = "application/octet-stream";

    // IANA's registry, as of 2026; RFC 9239 for JavaScript.
    private static readonly FrozenDictionary<string, string> s_table = new Dictionary<string, string>
    {
        ["7z"] = "application/x-7z-compressed",
        ["aac"] = "audio/aac",
        ["apng"] = "image/apng",
        ["atom"] = "application/atom+xml",
        ["avif"] = "image/avif",
        ["bmp"] = "image/bmp",
        ["br"] = "application/octet-stream",
        ["bz2"] = "application/x-bzip2",
        ["c"] = "text/plain; charset=utf-8",
        ["cjs"] = "text/javascript; charset=utf-8",
        ["cs"] = "text/plain; charset=utf-8",
        ["css"] = "text/css; charset=utf-8",
        ["csv"] = "text/csv; charset=utf-8",
        ["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ["eot"] = "application/vnd.ms-fontobject",
        ["epub"] = "application/epub+zip",
        ["flac"] = "audio/flac",
        ["gif"] = "image/gif",
        ["gz"] = "application/gzip",
        ["h"] = "text/plain; charset=utf-8",
        ["heic"] = "image/heic",
        ["htm"] = "text/html; charset=utf-8",
        ["html"] = "text/html; charset=utf-8",
        ["ico"] = "image/vnd.microsoft.icon",
        ["ics"] = "text/calendar; charset=utf-8",
        ["jar"] = "application/java-archive",
        ["jpeg"] = "image/jpeg",
        ["jpg"] = "image/jpeg",
        ["js"] = "text/javascript; charset=utf-8",
        ["json"] = "application/json",
        ["jsonld"] = "application/ld+json",
        ["jxl"] = "image/jxl",
        ["log"] = "text/plain; charset=utf-8",
        ["m4a"] = "audio/mp4",
        ["m4v"] = "video/mp4",
        ["map"] = "application/json",
        ["md"] = "text/markdown; charset=utf-8",
        ["mjs"] = "text/javascript; charset=utf-8",
        ["mkv"] = "video/matroska",
        ["mov"] = "video/quicktime",
        ["mp3"] = "audio/mpeg",
        ["mp4"] = "video/mp4",
        ["mpeg"] = "video/mpeg",
        ["odp"] = "application/vnd.oasis.opendocument.presentation",
        ["ods"] = "application/vnd.oasis.opendocument.spreadsheet",
        ["odt"] = "application/vnd.oasis.opendocument.text",
        ["ogg"] = "audio/ogg",
        ["ogv"] = "video/ogg",
        ["opus"] = "audio/ogg",
        ["otf"] = "font/otf",
        ["pdf"] = "application/pdf",
        ["png"] = "image/png",
        ["pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ["rss"] = "application/rss+xml",
        ["rtf"] = "application/rtf",
        ["sh"] = "text/plain; charset=utf-8",
        ["svg"] = "image/svg+xml",
        ["tar"] = "application/x-tar",
        ["tif"] = "image/tiff",
        ["tiff"] = "image/tiff",
        ["toml"] = "application/toml",
        ["ttf"] = "font/ttf",
        ["txt"] = "text/plain; charset=utf-8",
        ["vtt"] = "text/vtt; charset=utf-8",
        ["wasm"] = "application/wasm",
        ["wav"] = "audio/wav",
        ["weba"] = "audio/webm",
        ["webm"] = "video/webm",
        ["webmanifest"] = "application/manifest+json",
        ["webp"] = "image/webp",
        ["woff"] = "font/woff",
        ["woff2"] = "font/woff2",
        ["xhtml"] = "application/xhtml+xml",
        ["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ["xml"] = "application/xml",
        ["yaml"] = "application/yaml",
        ["yml"] = "application/yaml",
        ["zip"] = "application/zip",
        ["zst"] = "application/zstd",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The extensions that are known, without their dots.</summary>
    public static IReadOnlyCollection<string> Extensions => s_table.Keys;

    /// <summary>The media type of a file of this name, with its charset; <see cref="Unknown"/> if nothing is known of
    /// its extension.</summary>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return s_table.GetValueOrDefault(ExtensionOf(name), Unknown);
    }

    /// <summary>What follows the last dot of a name.</summary>
    internal static string ExtensionOf(string name) => Path.GetExtension(name).TrimStart('.');
}
