using System.Collections.ObjectModel;
using System.CommandLine;

namespace Sockeye.Cli.Commands;

/// <summary>
/// One command of the tool. To add one: a class of this kind in a file of its own, its texts in
/// a table of <c>Resources/</c>, and its row in <see cref="CommandTable"/>.
/// </summary>
/// <param name="name">The word people type.</param>
/// <param name="summary">What it does, for the list of commands: a few words, no capital and no full stop.</param>
internal abstract class ToolCommand(string name, string summary) : Command(name, summary)
{
    /// <summary>What its page of help leads with: at least one, the most useful first.</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Options that people know from another program, and what to write here instead.</summary>
    public virtual IReadOnlyDictionary<string, string> InsteadOf => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Whether another program's command line may follow after <c>--</c>.</summary>
    public virtual bool TakesCommandLine => false;

    /// <summary>That command line, as it was typed; set before the work begins, and empty when there is none.</summary>
    public IReadOnlyList<string> CommandLine { get; set; } = [];

    /// <summary>Does the work.</summary>
    /// <param name="arguments">The command line; ask it for the values of this command's own symbols.</param>
    /// <param name="output">Where results go: lines, or JSON when <see cref="Output.Json"/> says so.</param>
    /// <param name="stop">
    /// Cancelled by Ctrl-C, SIGTERM or SIGHUP. The command stops, prints its summary and exits by its result.
    /// </param>
    /// <returns>One of <see cref="ExitCode"/>. Failures may be thrown: <see cref="Failure"/> words them.</returns>
    public abstract Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop);
}

/// <summary>A command line that works as it stands, and what it shows.</summary>
/// <param name="Line">What to type, <c>sockeye</c> included.</param>
/// <param name="Meaning">What it does, in a few words.</param>
internal sealed record Example(string Line, string Meaning);
