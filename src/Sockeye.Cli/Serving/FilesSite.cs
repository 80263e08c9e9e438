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
            throw new ToolException(ExitCode.Usage, Text.ServeFilesNeedsRoot);
        }

        try
        {
            return StaticFiles.Handler(root, new StaticFileOptions { ListFolders = settings.ListFolders });
        }
        catch (IOException exception)
        {
            throw new ToolException(ExitCode.Usage, Text.ServeFilesNoRoot.With(exception.Message.TrimEnd('.')));
        }
    }
}
