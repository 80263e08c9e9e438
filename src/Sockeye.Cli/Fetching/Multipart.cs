using System.Security.Cryptography;
using System.Text;
using Sockeye.Http.Client;
using Sockeye.Http.Files;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// A form with files (RFC 7578). Files are read while they are sent, so that they may be longer than memory.
/// </summary>
internal sealed class Multipart : FetchContent
{
    private const int BoundaryRandomBytes = 16;
    private const string TypeMark = ";type=";

    private readonly List<Part> _parts;

    private Multipart(List<Part> parts) => _parts = parts;

    public override long? Length => _parts.Sum(part => part.Text.Length + part.FileBytes);

    public override bool IsRepeatable => true;

    /// <summary>The body of these items.</summary>
    public static RequestBody Of(IEnumerable<RequestItem> items)
    {
        string boundary = "sockeye-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BoundaryRandomBytes));
        List<Part> parts = [];
        List<string> curl = [];
        foreach (RequestItem item in items)
        {
            string start = $"--{boundary}\r\nContent-Disposition: form-data; name=\"{Quoted(item.Name)}\"";
            if (item.Kind != ItemKind.File)
            {
                string text = RequestBody.TextOf(item);
                parts.Add(new Part(Encoding.UTF8.GetBytes($"{start}\r\n\r\n{text}\r\n"), null, 0));
                curl.AddRange(["--form-string", $"{item.Name}={text}"]);
                continue;
            }

            (string path, string type) = PathAndType(item.Value);
            using FileStream file = RequestBody.Open(path);
            string head = $"{start}; filename=\"{Quoted(Path.GetFileName(path))}\"\r\nContent-Type: {type}\r\n\r\n";
            parts.Add(new Part(Encoding.UTF8.GetBytes(head), path, file.Length));
            parts.Add(new Part("\r\n"u8.ToArray(), null, 0));
            string quoted = path.Replace(@"\", @"\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal);
            curl.AddRange(["--form", $"{item.Name}=@\"{quoted}\";type={type}"]);
        }

        parts.Add(new Part(Encoding.UTF8.GetBytes($"--{boundary}--\r\n"), null, 0));
        return new RequestBody(
            new Multipart(parts), $"multipart/form-data; boundary={boundary}", [.. curl], null);
    }

    public override async Task WriteToAsync(Stream output, CancellationToken cancellationToken)
    {
        foreach (Part part in _parts)
        {
            await output.WriteAsync(part.Text, cancellationToken);
            if (part.Path is not null)
            {
                await using FileStream file = RequestBody.Open(part.Path);
                await file.CopyToAsync(output, cancellationToken);
            }
        }
    }

    // RFC 7578 section 4.2 leaves it to the form's own rules; HTML and curl write it like this.
    private static string Quoted(string name) => name.Replace("\"", "%22", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static (string Path, string Type) PathAndType(string value)
    {
        int at = value.LastIndexOf(TypeMark, StringComparison.Ordinal);
        return at < 0 ? (value, MediaTypes.Of(value)) : (value[..at], value[(at + TypeMark.Length)..]);
    }

    /// <summary>Some text, and the file that follows it.</summary>
    private sealed record Part(byte[] Text, string? Path, long FileBytes);
}
