using System.Net.Sockets;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>The one place that turns an exception into a sentence on standard error and an exit code.</summary>
internal static class Failure
{
    /// <summary>Set to see the stack of an exception; a sentence is all that most people need.</summary>
    public const string DebugVariable = "SOCKEYE_DEBUG";

    /// <summary>Reports what ended a command, and returns the code to exit with.</summary>
    public static int Report(Exception exception, Output output)
    {
        var code = CodeOf(exception);
        if (output.Environment(DebugVariable) is { Length: > 0 })
        {
            output.Note(exception.ToString());
        }

        if (code != ExitCode.Interrupted)
        {
            output.Error(SentenceOf(exception, code));
        }

        return code;
    }

    private static int CodeOf(Exception exception) => exception switch
    {
        ToolException known => known.ExitCode,
        NetworkException network => CodeOf(network.Error),
        OperationCanceledException => ExitCode.Interrupted,
        SocketException socket => CodeOf(socket.SocketErrorCode),
        IOException { InnerException: SocketException inner } => CodeOf(inner.SocketErrorCode),
        FileNotFoundException or DirectoryNotFoundException => ExitCode.Usage,
        IOException => ExitCode.Network,
        UnauthorizedAccessException => ExitCode.Permission,
        PlatformNotSupportedException => ExitCode.NotSupported,
        _ => ExitCode.OurBug,
    };

    private static int CodeOf(NetworkError error) => error switch
    {
        NetworkError.PermissionDenied => ExitCode.Permission,
        NetworkError.NotSupported => ExitCode.NotSupported,
        NetworkError.BadEndpoint => ExitCode.Usage,
        NetworkError.NameNotFound => ExitCode.Negative,
        _ => ExitCode.Network,
    };

    private static int CodeOf(SocketError error) => error switch
    {
        SocketError.AccessDenied => ExitCode.Permission,
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => ExitCode.NotSupported,
        SocketError.ProtocolNotSupported or SocketError.SocketNotSupported => ExitCode.NotSupported,
        SocketError.OperationNotSupported or SocketError.VersionNotSupported => ExitCode.NotSupported,
        SocketError.HostNotFound or SocketError.NoData => ExitCode.Negative,
        _ => ExitCode.Network,
    };

    private static string SentenceOf(Exception exception, int code) => code == ExitCode.OurBug
        ? Text.BugSentence.With(exception.GetType().Name, exception.Message.TrimEnd('.'))
        : exception.Message.TrimEnd('.');
}
