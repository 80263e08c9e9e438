using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Tracing;

/// <summary>Writes the files that were asked for.</summary>
internal static class TraceFiles
{
    /// <summary>Writes a file whole, and replaces one that is there.</summary>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> content) =>
        WriteAsync(path, one => File.WriteAllBytesAsync(one, content));

    /// <summary>The same for something that knows itself how it is written.</summary>
    public static async Task WriteAsync(string path, Func<string, Task> write)
    {
        try
        {
            await write(path);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new ToolException(ExitCode.Files, TraceText.FileRefused.With(path, exception.Message.TrimEnd('.')));
        }
    }
}
