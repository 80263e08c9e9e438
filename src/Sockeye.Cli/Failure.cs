using System.Net.Sockets;
using System.Text.Json;
using Sockeye.Capture;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>The one place that turns an exception into a sentence on standard error and an exit code.</summary>
internal static class Failure
{
    /// <summary>Set to see the stack of an exception; a sentence is all that most people need.</summary>
    public const string DebugVariable = "SOCKEYE_DEBUG";

    // errno(3): what an IOException of the runtime's has as its HResult.
    private const int NoSpace = 28;         // ENOSPC
    private const int BadDescriptor = 9;    // EBADF: of the files given to us, only standard output can be closed.

    /// <summary>Reports what ended a command, and returns the code to exit with.</summary>
    public static int Report(Exception exception, Output output)
    {
        try
        {
            output.Flush();
        }
        catch (Exception later) when (later is IOException or ToolException)
        {
            // The data that was left cannot be written either; what is reported is why the command ended.
        }

        var code = CodeOf(exception);
        string? detail = output.Environment(DebugVariable) is { Length: > 0 } ? exception.ToString() : null;
        if (output.Json)
        {
            output.JsonNote("error", (exception, code, detail), WriteJson);
            return code;
        }

        if (detail is not null)
        {
            output.Note(detail);
        }

        if (code != ExitCode.Interrupted)
        {
            output.Error(SentenceOf(exception, code));
        }

        return code;
    }

    /// <summary>
    /// What every command writes with <c>--json</c> instead of the sentence: <c>code</c>, a word for the reason that
    /// stays the same; <c>message</c>, the sentence; <c>exit_code</c>; and with <see cref="DebugVariable"/> also
    /// <c>detail</c>, the stack.
    /// </summary>
    private static void WriteJson(Utf8JsonWriter json, (Exception Exception, int Code, string? Detail) one)
    {
        json.WriteStartObject("error");
        json.WriteString("code", WordOf(one.Exception, one.Code));
        json.WriteString("message", SentenceOf(one.Exception, one.Code));
        json.WriteNumber("exit_code", one.Code);
        if (one.Detail is not null)
        {
            json.WriteString("detail", one.Detail);
        }

        json.WriteEndObject();
    }

    /// <summary>The network's own word where it has one, which is finer than the exit code.</summary>
    private static string WordOf(Exception exception, int code) => code switch
    {
        _ when exception is NetworkException { Error: not NetworkError.Other } network =>
            JsonNamingPolicy.SnakeCaseLower.ConvertName(network.Error.ToString()),
        _ when exception is CaptureException { Error: not CaptureError.Other } capture =>
            JsonNamingPolicy.SnakeCaseLower.ConvertName(capture.Error.ToString()),
        ExitCode.Negative => "negative",
        ExitCode.Usage => "usage",
        ExitCode.Network => "network",
        ExitCode.Threshold => "threshold",
        ExitCode.Permission => "permission_denied",
        ExitCode.NotSupported => "not_supported",
        ExitCode.Files => "files",
        ExitCode.Interrupted => "interrupted",
        _ => "bug",
    };

    private static int CodeOf(Exception exception) => exception switch
    {
        ToolException known => known.ExitCode,
        NetworkException network => CodeOf(network.Error),
        CaptureException capture => CodeOf(capture.Error),
        OperationCanceledException => ExitCode.Interrupted,
        SocketException socket => CodeOf(socket.SocketErrorCode),
        IOException { InnerException: SocketException inner } => CodeOf(inner.SocketErrorCode),
        UnauthorizedAccessException { InnerException: IOException { HResult: BadDescriptor } } => ExitCode.Files,
        FileNotFoundException or DirectoryNotFoundException => ExitCode.Usage,
        IOException => ExitCode.Files,
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

    private static int CodeOf(CaptureError error) => error switch
    {
        CaptureError.PermissionDenied => ExitCode.Permission,
        CaptureError.NoInterface or CaptureError.BadFilter => ExitCode.Usage,
        CaptureError.NoFilterCompiler or CaptureError.NotSupported => ExitCode.NotSupported,
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

    private static string SentenceOf(Exception exception, int code) => Words(exception, code).AfterColon();

    private static string Words(Exception exception, int code) => exception switch
    {
        IOException { HResult: NoSpace } => Text.FailureNoSpace,
        UnauthorizedAccessException { InnerException: IOException { HResult: BadDescriptor } } => Text.OutputClosed,
        OperationCanceledException => Text.FailureInterrupted,
        _ when code == ExitCode.OurBug =>
            Text.BugSentence.With(exception.GetType().Name, exception.Message.TrimEnd('.')),
        _ => exception.Message.TrimEnd('.'),
    };
}
