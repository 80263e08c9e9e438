using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Sockeye.Files;
using Sockeye.Http.Protocol;

namespace Sockeye.Http.Files;

/// <summary>The page that lists a folder: folders first, by name. All of it that comes from names is escaped.</summary>
internal static class FolderPage
{
    /// <summary>Reads the folder on the thread pool, and writes the page.</summary>
    /// <param name="root">To look at where links lead.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="requested">Its path.</param>
    /// <param name="options">What is shown.</param>
    /// <returns>The page; null when the folder may not be read.</returns>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "A folder is read from the disk: no loop may wait.")]
    public static Task<string?> ReadAsync(
        RootFolder root, OpenedFile folder, RequestedPath requested, StaticFileOptions options) =>
        Task.Run(() =>
        {
            IReadOnlyList<FolderEntry> all;
            try
            {
                all = folder.List(options.ListedEntriesMax);
            }
            catch (UnauthorizedAccessException)
            {
                return null;
            }

            string note = all.Count < options.ListedEntriesMax
                ? ""
                : $"<p>{all.Count} entries were read, no more.</p>\n";
            return Write(requested.Path, Shown(root, all, requested.Path, options), note);
        });

    private static FolderEntry[] Shown(
        RootFolder root, IReadOnlyList<FolderEntry> all, string path, StaticFileOptions options) =>
    [
        .. all
            .Where(one => options.DotFiles || one.Name[0] != '.')
            .Select(one => one.IsLink ? Followed(root, path, one) : one)
            .Where(one => one.Name.Length > 0)
            .OrderByDescending(one => one.IsFolder)
            .ThenBy(one => one.Name, StringComparer.Ordinal),
    ];

    /// <summary>What a link leads to; without a name when it would not be followed.</summary>
    private static FolderEntry Followed(RootFolder root, string path, FolderEntry link)
    {
        string linkPath = path.Length == 0 ? link.Name : $"{path}/{link.Name}";
        FileOutcome outcome = root.TryOpen(linkPath, out OpenedFile? target);
        using (target)
        {
            return outcome == FileOutcome.Found
                ? link with { IsFolder = target!.IsFolder, Length = target.Handle is null ? 0 : target.Length }
                : link with { Name = "" };
        }
    }

    private static string Write(string path, FolderEntry[] entries, string note)
    {
        string title = WebUtility.HtmlEncode("/" + path + (path.Length > 0 ? "/" : ""));
        var html = new StringBuilder($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>{title}</title>
            </head>
            <body>
            <h1>{title}</h1>
            <table>

            """);
        if (path.Length > 0)
        {
            html.Append("<tr><td><a href=\"../\">../</a></td></tr>\n");
        }

        foreach (FolderEntry entry in entries)
        {
            // Encoded whole, colons too: a name must not be taken for a scheme.
            string slash = entry.IsFolder ? "/" : "";
            string when = entry.LastModified.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            string length = entry.IsFolder ? "" : entry.Length.ToString("N0", CultureInfo.InvariantCulture);
            html.Append(
                    CultureInfo.InvariantCulture, $"<tr><td><a href=\"{PercentEncoding.Encode(entry.Name)}{slash}\">")
                .Append(CultureInfo.InvariantCulture, $"{WebUtility.HtmlEncode(entry.Name)}{slash}</a></td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{when}</td><td align=\"right\">{length}</td></tr>\n");
        }

        return html.Append("</table>\n").Append(note).Append("</body>\n</html>\n").ToString();
    }
}
