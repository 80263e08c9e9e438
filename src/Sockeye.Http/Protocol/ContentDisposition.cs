using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sockeye.Http.Protocol;

/// <summary>
/// The value of <c>Content-Disposition</c>, as downloads have it (RFC 6266): a type, and the name of a file in
/// <c>filename</c> or, in any script, in <c>filename*</c> (RFC 8187).
/// </summary>
/// <example><code>
/// ContentDisposition.WriteAttachment(output, "€ rates.txt");
/// // attachment; filename="_ rates.txt"; filename*=UTF-8''%E2%82%AC%20rates.txt
/// </code></example>
public readonly ref struct ContentDisposition
{
    /// <summary>
    /// The longest name that <see cref="SafeFileName"/> gives, in bytes of UTF-8: what file systems take.
    /// </summary>
    public const int FileNameBytesMax = 255;

    private ContentDisposition(ReadOnlySpan<byte> type, string? fileName)
    {
        Type = type;
        FileName = fileName;
    }

    /// <summary>The type; <c>inline</c> and <c>attachment</c> are known, others mean attachment.</summary>
    public ReadOnlySpan<byte> Type { get; }

    /// <summary>
    /// Whether the content is to be saved, not shown: "unknown types SHOULD be handled as attachment".
    /// </summary>
    public bool IsAttachment => !Ascii.EqualsIgnoreCase(Type, "inline"u8);

    /// <summary>The name as the server gives it, and so not to be trusted; null without one.
    /// See <see cref="SafeFileName"/>.</summary>
    public string? FileName { get; }

    /// <summary>Reads the value of the field.</summary>
    public static bool TryParse(ReadOnlySpan<byte> field, out ContentDisposition disposition)
    {
        disposition = default;
        field = FieldSyntax.Trim(field);
        int type = FieldSyntax.TokenLength(field);
        if (type == 0)
        {
            return false;
        }

        string? plain = null;
        string? extended = null;
        FieldParameters parameters = new(field[type..]);
        while (parameters.MoveNext())
        {
            if (parameters.Current.Is("filename"u8))
            {
                plain ??= parameters.Current.ToString();
            }
            else if (parameters.Current.Is("filename*"u8))
            {
                extended ??= TryReadExtended(parameters.Current.Raw);
            }
        }

        // RFC 6266 section 4.3: "recipients SHOULD pick "filename*" and ignore "filename"" when both are there.
        disposition = new ContentDisposition(field[..type], extended ?? plain);
        return !parameters.IsMalformed;
    }

    /// <summary>Writes <c>attachment</c> with the name of a file, both ways when it is not plain.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static void WriteAttachment(IBufferWriter<byte> output, string fileName)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentException.ThrowIfNullOrEmpty(fileName);

        // Appendix D: backslashes and percent signs in "filename" are read differently by different programs.
        char[] plain = fileName.ToCharArray();
        foreach (ref char one in plain.AsSpan())
        {
            one = one is >= ' ' and <= '~' and not ('"' or '\\' or '%' or '/') ? one : '_';
        }

        output.Write("attachment; filename="u8);
        FieldSyntax.WriteQuoted(output, Encoding.ASCII.GetBytes(plain));
        if (!plain.AsSpan().SequenceEqual(fileName))
        {
            output.Write("; filename*=UTF-8''"u8);
            PercentEncoding.Write(output, Encoding.UTF8.GetBytes(fileName), PercentSet.Parameter);
        }
    }

    /// <summary>
    /// The name to save under: without directories, control characters and what file systems forbid, not hidden, and
    /// not too long (RFC 6266 section 4.3). Null when nothing is left of it.
    /// </summary>
    public static string? SafeFileName(string? fileName)
    {
        var safe = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in (fileName ?? "").AsSpan()[(LastSeparator(fileName) + 1)..].EnumerateRunes())
        {
            bool isUnfit = Rune.IsControl(rune) || (rune.IsAscii && "<>:\"|?*".Contains((char)rune.Value));
            Rune kept = isUnfit || IsFormat(rune) ? new Rune('_') : rune;

            // No hidden files, and neither "." nor "..".
            if (safe.Length == 0 && (kept.Value == '.' || Rune.IsWhiteSpace(kept)))
            {
                continue;
            }

            bytes += kept.Utf8SequenceLength;
            if (bytes > FileNameBytesMax)
            {
                break;
            }

            safe.Append(kept.ToString());
        }

        string name = safe.ToString().TrimEnd(' ', '.');
        return name.Length == 0 ? null : name;
    }

    // Marks that turn the direction of text make "gpj.exe" look like "exe.jpg".
    private static bool IsFormat(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format;

    private static int LastSeparator(string? name) => name.AsSpan().LastIndexOfAny('/', '\\');

    /// <summary>Reads <c>charset'language'value</c> (RFC 8187 section 3.2); null when it is malformed.</summary>
    private static string? TryReadExtended(ReadOnlySpan<byte> text)
    {
        int first = text.IndexOf((byte)'\'');
        int second = first < 0 ? -1 : text[(first + 1)..].IndexOf((byte)'\'');
        if (second < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> charset = text[..first];
        ReadOnlySpan<byte> value = text[(first + second + 2)..];
        byte[] bytes = new byte[value.Length];
        if (!PercentEncoding.TryDecode(value, bytes, out int written))
        {
            return null;
        }

        // "Recipients … MUST support UTF-8"; ISO-8859-1 is what RFC 5987 had besides, and some servers still send.
        ReadOnlySpan<byte> decoded = bytes.AsSpan(0, written);
        return Ascii.EqualsIgnoreCase(charset, "UTF-8"u8) && Utf8.IsValid(decoded) ? Encoding.UTF8.GetString(decoded)
            : Ascii.EqualsIgnoreCase(charset, "ISO-8859-1"u8) ? Encoding.Latin1.GetString(decoded)
            : null;
    }
}
