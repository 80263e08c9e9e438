using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Tracing;

/// <summary>Writes the files that were asked for.</summary>
internal static class TraceFiles
{
    /// <summary>Writes a file whole, and replaces one that is there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">What.</param>
    /// <param name="isSecret">Only its user may read it.</param>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, bool isSecret = false)
    {
        try
        {
            if (isSecret && File.Exists(path))
            {
                File.Delete(path); // It would keep who may read it.
            }

            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (isSecret && !OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var file = new FileStream(path, options);
            await file.WriteAsync(content);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new ToolException(ExitCode.Files, TraceText.FileRefused.With(path, exception.Message.TrimEnd('.')));
        }
    }
}
