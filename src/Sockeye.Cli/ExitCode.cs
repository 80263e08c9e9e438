namespace Sockeye.Cli;

/// <summary>What the tool's exit code means, the same for every command.</summary>
internal static class ExitCode
{
    /// <summary>Done, and the answer is yes.</summary>
    public const int Done = 0;

    /// <summary>Done, and the answer is no: no reply, no such name, a regression.</summary>
    public const int Negative = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The network failed.</summary>
    public const int Network = 3;

    /// <summary>A threshold that the caller set was broken.</summary>
    public const int Threshold = 4;

    /// <summary>A permission is missing; the message names it and the command that grants it.</summary>
    public const int Permission = 5;

    /// <summary>This machine or kernel cannot do it.</summary>
    public const int NotSupported = 6;

    /// <summary>A bug in Sockeye.</summary>
    public const int OurBug = 70;

    /// <summary>Standard output or a file could not be written or read: a full disk, say. EX_IOERR of sysexits.h, as
    /// the one above is EX_SOFTWARE.</summary>
    public const int Files = 74;

    /// <summary>Stopped by a signal before there was a result to exit by: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;
}
