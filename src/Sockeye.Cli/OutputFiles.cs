using Sockeye.Capture.Journeys;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>The files that a command was asked to write.</summary>
internal static class OutputFiles
{
    /// <summary>The name of standard output.</summary>
    public const string Standard = "-";

    /// <summary>Finds what can be found wrong before anything is done: no folder, or two that are one.</summary>
    /// <param name="input">The file that is read, which nothing may overwrite; null for none.</param>
    /// <param name="files">Each option and its file; null for one that was not given.</param>
    public static void Check(string? input, params ReadOnlySpan<(string Option, string? Path)> files)
    {
        var taken = new Dictionary<string, string?>();
        if (input is not (null or Standard))
        {
            taken[Identity(input)] = null;
        }

        foreach ((string option, string? path) in files)
        {
            if (path is null)
            {
                continue;
            }

            CheckPlace(path);
            if (!taken.TryAdd(Identity(path), option))
            {
                throw new ToolException(ExitCode.Usage, taken[Identity(path)] is { } other
                    ? Text.FileTwice.With(path, other, option)
                    : Text.FileIsInput.With(path, option));
            }
        }
    }

    /// <summary>Writes one, in the place of one that is there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">What.</param>
    /// <param name="isSecret">Only its user may read it.</param>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> content, bool isSecret = false) => WriteAsync(
        path, one => isSecret ? SecretFile.WriteAsync(one, content) : File.WriteAllBytesAsync(one, content));

    /// <summary>The same for something that knows itself how it is written; what is wrong is said in a
    /// sentence.</summary>
    public static async Task WriteAsync(string path, Func<string, Task> write)
    {
        try
        {
            await write(path);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            CheckPlace(path);
            throw new ToolException(ExitCode.Permission, Text.FileNotWritable.With(path, Environment.UserName));
        }
    }

    private static void CheckPlace(string path)
    {
        if (path == Standard)
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.FileIsFolder.With(path));
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new ToolException(ExitCode.Usage, CaptureText.FolderMissing.With(path));
        }
    }

    /// <summary>What two names of one file have in common, as far as links and dots lead to it. What is no file, such
    /// as /dev/null, may be written by several.</summary>
    private static string Identity(string path)
    {
        if (path == Standard)
        {
            return path;
        }

        string whole = Path.GetFullPath(path);
        string folder = Resolved(new DirectoryInfo(Path.GetDirectoryName(whole)!));
        string file = Resolved(new FileInfo(Path.Join(folder, Path.GetFileName(whole))));
        bool isDevice = File.Exists(file) && (File.GetAttributes(file) & FileAttributes.Device) != 0;
        return isDevice ? Path.GetRandomFileName() : file;
    }

    private static string Resolved(FileSystemInfo place) =>
        place.LinkTarget is null ? place.FullName : place.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
}
