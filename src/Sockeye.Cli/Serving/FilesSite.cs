using Sockeye.Cli.Resources;
using Sockeye.Http;
using Sockeye.Http.Files;

namespace Sockeye.Cli.Serving;

/// <summary>The files of a folder.</summary>
internal static class FilesSite
{
    public static HttpHandler Site(ServeSettings settings)
    {
        if (settings.Root is not { } root)
        {
            throw new ToolException(ExitCode.Usage, ServeText.FilesNeedsRoot);
        }

        Check(root);
        try
        {
            return StaticFiles.Handler(root, new StaticFileOptions { ListFolders = settings.ListFolders });
        }
        catch (IOException exception)
        {
            throw new ToolException(ExitCode.Usage, ServeText.FilesNoRoot.With(exception.Message.TrimEnd('.')));
        }
    }

    /// <summary>Nobody should learn from each request that none of the files can be read.</summary>
    private static void Check(string root)
    {
        if (File.Exists(root))
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(root))!;
            throw new ToolException(ExitCode.Usage, ServeText.FilesRootIsFile.With(root, folder));
        }

        try
        {
            // The first throws where names cannot be read, and the second is false where nothing can be reached.
            _ = Directory.EnumerateFileSystemEntries(root).Any();
            if (File.GetAttributes(Path.Combine(root, ".")).HasFlag(FileAttributes.Directory))
            {
                return;
            }
        }
        catch (DirectoryNotFoundException)
        {
            throw new ToolException(ExitCode.Usage, ServeText.FilesRootMissing.With(root));
        }
        catch (UnauthorizedAccessException)
        {
        }

        throw new ToolException(ExitCode.Permission, ServeText.FilesRootForbidden.With(root));
    }
}
