namespace Sockeye.Capture;

/// <summary>Why there is no capture.</summary>
public enum CaptureError : byte
{
    /// <summary>Something else; the message tells.</summary>
    Other = 0,

    /// <summary>The process may not do it; the message names what it lacks and the command that grants it.</summary>
    PermissionDenied,

    /// <summary>There is no such interface.</summary>
    NoInterface,

    /// <summary>The interface is down, or went away while it was captured.</summary>
    InterfaceDown,

    /// <summary>The filter has a mistake; the message has the compiler's words.</summary>
    BadFilter,

    /// <summary>There is a filter, and the library that compiles it is not installed.</summary>
    NoFilterCompiler,

    /// <summary>This system cannot do it.</summary>
    NotSupported,
}

/// <summary>A capture could not begin, or broke off. The message is one sentence with the remedy.</summary>
public sealed class CaptureException(CaptureError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public CaptureError Error { get; } = error;

    internal static CaptureException MissingCapability(string capability)
    {
        // Granted to dotnet, every program that it runs would have the capability.
        string program = Environment.ProcessPath ?? "";
        string grant = Path.GetFileName(program) == "dotnet"
            ? ""
            : $", or grant it once and for all with 'sudo setcap {capability.ToLowerInvariant()}+ep {program}'";
        return new CaptureException(
            CaptureError.PermissionDenied, $"Capturing needs the capability {capability}; run it with sudo{grant}.");
    }
}
