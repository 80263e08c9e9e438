using System.Text;
using Sockeye.Files;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Files;

/// <summary>Serves the files of a folder: GET and HEAD, with conditions, ranges and precompressed copies (RFC 9110
/// sections 8, 13 and 14). Never one outside of it.</summary>
/// <example><code>
/// await using var server = await HttpServer.StartAsync(
///     network, [Endpoint.Parse("http://127.0.0.1:8080")], StaticFiles.Handler("/srv/www"));
/// </code></example>
public static class StaticFiles
{
    /// <summary>Makes the handler. The folder is opened now.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static HttpHandler Handler(string root, StaticFileOptions? options = null)
    {
        options ??= StaticFileOptions.Default;
        return new FileSite(new RootFolder(root, options.Links), options).AnswerAsync;
    }
}

/// <summary>The files of one folder as a site.</summary>
internal sealed class FileSite(RootFolder root, StaticFileOptions options)
{
    private const string Methods = "GET, HEAD, OPTIONS";

    private readonly RootFolder _root = root;
    private readonly StaticFileOptions _options = options;
    private readonly RecentPaths _alone = new();    // Those of files that have no precompressed copies.

    /// <summary>Answers one request.</summary>
    public ValueTask AnswerAsync(HttpRequest request, HttpResponse response)
    {
        switch (request.Method)
        {
            case Method.Get:
            case Method.Head:
                int status = RequestedPath.Read(request.Path, _options.DotFiles, out RequestedPath path);
                return status == 200 ? FindAsync(request, response, path) : Refuse(response, status);
            case Method.Options:
                response.Status = 204;
                response.Add("Allow", Methods);
                return default;
            default:
                response.Add("Allow", Methods);
                return Refuse(response, 405);
        }
    }

    private ValueTask FindAsync(HttpRequest request, HttpResponse response, RequestedPath path)
    {
        FileOutcome outcome = _root.TryOpen(path.Path, out OpenedFile? file);
        if (outcome != FileOutcome.Found)
        {
            return Refuse(response, StatusOf(outcome));
        }

        if (file!.IsFolder)
        {
            return FindInFolderAsync(request, response, path, file);
        }

        if (file.Handle is not null && !path.NamesFolder)
        {
            return SendAsync(request, response, path.Path, file);
        }

        // A file is no folder; and what is neither is not for reading.
        file.Dispose();
        return Refuse(response, path.NamesFolder ? 404 : 403);
    }

    private async ValueTask FindInFolderAsync(
        HttpRequest request, HttpResponse response, RequestedPath path, OpenedFile folder)
    {
        using (folder)
        {
            if (!path.NamesFolder && path.Path.Length > 0)
            {
                Redirect(request, response, path.Path);
                return;
            }

            FileOutcome outcome = OpenIndex(path.Path, out string index, out OpenedFile? file);
            if (outcome == FileOutcome.Found)
            {
                await SendAsync(request, response, index, file!);
                return;
            }

            if (outcome == FileOutcome.Forbidden || !_options.ListFolders)
            {
                await Refuse(response, 403);
                return;
            }

            if (await FolderPage.ReadAsync(_root, folder, path, _options) is not { } page)
            {
                await Refuse(response, 403);
                return;
            }

            response.Add("Content-Type"u8, "text/html; charset=utf-8"u8);
            response.Add("Content-Security-Policy"u8, "default-src 'none'"u8);
            response.Add("Cache-Control"u8, "no-cache"u8);
            response.Write(page);
        }
    }

    /// <summary>One that may not be read is what the folder has to show all the same.</summary>
    private FileOutcome OpenIndex(string folder, out string index, out OpenedFile? file)
    {
        foreach (string name in _options.IndexNames)
        {
            index = folder.Length == 0 ? name : $"{folder}/{name}";
            FileOutcome outcome = OpenRegular(index, out file);
            if (outcome != FileOutcome.NotFound)
            {
                return outcome;
            }
        }

        (index, file) = ("", null);
        return FileOutcome.NotFound;
    }

    private FileOutcome OpenRegular(string path, out OpenedFile? file)
    {
        FileOutcome outcome = _root.TryOpen(path, out file);
        if (outcome != FileOutcome.Found || file!.Handle is not null)
        {
            return outcome;
        }

        file.Dispose();
        file = null;
        return FileOutcome.NotFound;
    }

    private ValueTask SendAsync(HttpRequest request, HttpResponse response, string path, OpenedFile file)
    {
        Copy copy = Choose(request, path, file);
        string extension = MediaTypes.ExtensionOf(path);
        string mediaType = extension.Length > 0 && _options.MediaTypes.TryGetValue(extension, out string? own)
            ? own
            : MediaTypes.Of(path);
        return new FileReply(request, response, copy, mediaType, _options.CacheControl).SendAsync();
    }

    /// <summary>Takes the copy that the client likes best, and closes the others.</summary>
    private Copy Choose(HttpRequest request, string path, OpenedFile plain)
    {
        if (!_options.Precompressed || _alone.Has(path, request.Connection.Network.Time))
        {
            return new Copy(plain, null, false);
        }

        List<Copy> copies = OpenCopies(path, plain);
        if (copies.Count == 0)
        {
            _alone.Add(path, request.Connection.Network.Time);
            return new Copy(plain, null, false);
        }

        copies.Add(new Copy(plain, null, true));
        string[] offers = [.. copies.Select(copy => copy.Coding ?? "identity")];
        string accepted = request.Fields.GetText(KnownField.AcceptEncoding) ?? "";
        int chosen = Negotiation.ContentCoding(Encoding.Latin1.GetBytes(accepted), offers).Index;

        // RFC 9110 section 12.5.3: a client that accepts none of them, not even the file as it is, may get that.
        chosen = chosen < 0 ? copies.Count - 1 : chosen;
        for (int i = 0; i < copies.Count; i++)
        {
            if (i != chosen)
            {
                copies[i].File.Dispose();
            }
        }

        return copies[chosen];
    }

    /// <summary>Opens the precompressed ones; when that fails, nothing stays open.</summary>
    private List<Copy> OpenCopies(string path, OpenedFile plain)
    {
        List<Copy> copies = [];
        try
        {
            foreach ((string coding, string ending) in Copy.Codings)
            {
                if (OpenRegular(path + ending, out OpenedFile? coded) == FileOutcome.Found)
                {
                    copies.Add(new Copy(coded!, coding, true));
                }
            }

            return copies;
        }
        catch
        {
            copies.ForEach(copy => copy.File.Dispose());
            plain.Dispose();
            throw;
        }
    }

    /// <summary>To the same path with a slash, so that relative links on its page work. Written anew from the decoded
    /// path: one that began with two slashes would lead to another host.</summary>
    private static void Redirect(HttpRequest request, HttpResponse response, string path)
    {
        string query = request.Head.HasQuery ? "?" + Encoding.Latin1.GetString(request.Query) : "";
        response.Status = 301;
        response.Add("Location", $"/{PercentEncoding.Encode(path, PercentSet.Path)}/{query}");
    }

    /// <summary>Says the status, and no more.</summary>
    public static ValueTask Refuse(HttpResponse response, int status)
    {
        response.Status = status;
        response.Add("Content-Type"u8, "text/plain; charset=utf-8"u8);
        response.Write($"{StatusCodes.Meaning(status).Reason}\n");
        return default;
    }

    private static int StatusOf(FileOutcome outcome) => outcome == FileOutcome.Forbidden ? 403 : 404;
}

/// <summary>One of the files that a request may be answered with.</summary>
/// <param name="File">The file.</param>
/// <param name="Coding">Its content coding; null when it has none.</param>
/// <param name="Varies">Another client might get another one.</param>
internal readonly record struct Copy(OpenedFile File, string? Coding, bool Varies)
{
    /// <summary>The codings, best first, with the endings of their files.</summary>
    public static (string Coding, string Ending)[] Codings { get; } =
        [("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")];
}
