using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>Why a file cannot be read or written, as it reads after a colon, with what helps.</summary>
internal static class FileFault
{
    /// <summary>The words for what the runtime threw.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exception">What came of opening it.</param>
    public static string Of(string path, Exception exception) => exception switch
    {
        _ when Directory.Exists(path) => Text.FaultFolder,
        FileNotFoundException => Text.FaultNoFile,
        DirectoryNotFoundException => Text.FaultNoFolder,
        UnauthorizedAccessException => Text.FaultDenied.With(Environment.UserName),
        _ => exception.Message.TrimEnd('.').AfterColon(),
    };
}
