using System.CommandLine;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye help x</c>: the same page as <c>sockeye x --help</c>.</summary>
internal sealed class HelpCommand : ToolCommand
{
    private readonly Argument<string[]> _names = new("command")
    {
        Description = Text.HelpArgumentCommand,
        Arity = ArgumentArity.ZeroOrMore,
    };

    public HelpCommand()
        : base("help", Text.HelpSummary)
    {
        Arguments.Add(_names);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye help version", Text.HelpExampleCommand),
        new("sockeye help version --json", Text.HelpExampleJson),
    ];

    public override Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        var command = arguments.RootCommandResult.Command;
        foreach (var name in arguments.GetValue(_names) ?? [])
        {
            command = command.Subcommands.FirstOrDefault(sub => sub.Name == name || sub.Aliases.Contains(name))
                ?? throw Unknown(name, command);
        }

        HelpPage.Write(command, output);
        return Task.FromResult(ExitCode.Done);
    }

    private static ToolException Unknown(string name, Command parent)
    {
        var names = parent.Subcommands.Select(sub => sub.Name);
        return new(ExitCode.Usage, Text.UsageCommandUnknown.With(name, UsageError.Remedy(name, names, parent)));
    }
}
