namespace Sockeye.Cli;

/// <summary>
/// An ending that a command has already put into words: one sentence with the remedy, and the exit code to leave with.
/// </summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="sentence">What happened and what to do about it, without a full stop.</param>
internal sealed class ToolException(int exitCode, string sentence) : Exception(sentence)
{
    public int ExitCode { get; } = exitCode;
}
