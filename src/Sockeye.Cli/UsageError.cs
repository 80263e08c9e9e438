using System.CommandLine;
using System.CommandLine.Parsing;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>Says in one sentence what is wrong with a command line, and how to put it right.</summary>
internal static class UsageError
{
    /// <summary>The sentence, or null when nothing is wrong.</summary>
    public static string? Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is Commands.ToolCommand { TakesCommandLine: true }
            && parsed.Tokens is [.., { Type: TokenType.DoubleDash }])
        {
            return Text.UsageCommandLineEmpty.With(PathOf(command));
        }

        if (UnknownOption(parsed) is { } unknown)
        {
            if (command is Commands.ToolCommand tool && Instead(tool, unknown) is { } instead)
            {
                return Text.UsageOptionUnknown.With(unknown, instead);
            }

            var names = OptionsOf(command).Select(option => option.Name);
            return Text.UsageOptionUnknown.With(unknown, Remedy(unknown, names, command));
        }

        if (parsed.UnmatchedTokens is [var token, ..])
        {
            var names = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);
            return command.Subcommands.Count > 0 && command.Arguments.Count == 0
                ? Text.UsageCommandUnknown.With(token, Remedy(token, names, command))
                : Text.UsageUnexpectedArgument.With(token, SeeHelp(command));
        }

        var first = parsed.Errors.OrderBy(error => error.SymbolResult is CommandResult).FirstOrDefault();
        return first is null ? EmptyName(parsed) : Explain(first, parsed);
    }

    /// <summary>How a command is called from the shell: <c>sockeye</c> and the names down to it.</summary>
    public static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{PathOf(parent)} {command.Name}"
        : "sockeye";

    /// <summary>What to say after naming a word that nothing here is called.</summary>
    public static string Remedy(string word, IEnumerable<string> names, Command command) =>
        Suggestion.Closest(word, names) is { } near ? Text.UsageDidYouMean.With(near) : SeeHelp(command);

    /// <summary>The options that a command takes, the inherited ones last.</summary>
    public static IEnumerable<Option> OptionsOf(Command command)
    {
        var inherited = command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive);
        return command.Options.Concat(inherited).Where(option => !option.Hidden).Distinct();
    }

    // System.CommandLine gives an option it does not know to the command's arguments when they have room for it:
    // `connect host --tmeout 3` would be three addresses. After `--` anything may be an argument.
    private static string? UnknownOption(ParseResult parsed)
    {
        var named = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToList();
        var taken = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .Where(result => !result.Argument.CaptureRemainingTokens)
            .SelectMany(result => result.Tokens)
            .Where(token => named.Exists(other => ReferenceEquals(other, token)))
            .Select(token => token.Value);
        var rest = parsed.Tokens.Count == named.Count ? parsed.UnmatchedTokens : [];
        return taken.Concat(rest).FirstOrDefault(value => value.Length > 1 && value[0] == '-');
    }

    // What `-w "$FILE"` becomes in a shell that has no FILE. No file, folder or socket has an empty name.
    private static string? EmptyName(ParseResult parsed)
    {
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            (string name, string after) = result switch
            {
                OptionResult { Option: { HelpName: { } value } option } => (value, option.Name),
                ArgumentResult { Argument: var argument } => (argument.Name, PathOf(parsed.CommandResult.Command)),
                _ => ("", ""),
            };
            if (name is "file" or "folder" or "path" && result.Tokens.Any(token => token.Value.Length == 0))
            {
                return Text.UsageNameEmpty.With(name, after);
            }
        }

        return null;
    }

    // A value may stick to a short option: -XPOST.
    private static string? Instead(Commands.ToolCommand command, string option) =>
        command.InsteadOf.GetValueOrDefault(option.StartsWith("--", StringComparison.Ordinal) ? option : option[..2]);

    private static string Explain(ParseError error, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (error.SymbolResult is CommandResult && command.Subcommands.Count > 0 && command.Arguments.Count == 0)
        {
            var names = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);
            return Text.UsageNeedsCommand.With(PathOf(command), string.Join(", ", names));
        }

        var (symbol, type) = error.SymbolResult switch
        {
            OptionResult result => ((Symbol)result.Option, result.Option.ValueType),
            ArgumentResult result => (result.Argument, result.Argument.ValueType),
            _ => (command, typeof(void)),
        };
        if (error.SymbolResult?.Tokens is [.., var last] && symbol is not Command)
        {
            var offered = symbol.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty)
                .Select(item => item.Label).ToList();
            if (offered.Count > 0 && !offered.Contains(last.Value))
            {
                var near = Suggestion.Closest(last.Value, offered);
                var remedy = near is null
                    ? Text.UsageValueOneOf.With(string.Join(", ", offered))
                    : Text.UsageDidYouMean.With(near);
                return Text.UsageValueNotOffered.With(last.Value, NameOf(symbol), remedy);
            }

            // The library's own sentence names the .NET type, which means nothing to most people.
            if (error.Message.Contains($"'{type}'", StringComparison.Ordinal))
            {
                return Text.UsageOptionNotANumber.With(last.Value, NameOf(symbol), PathOf(command));
            }

            // Everything else that is said of a value is the sentence of its own parser, remedy included.
            return error.Message;
        }

        if (error.SymbolResult is ArgumentResult { Tokens: [] })
        {
            return Text.UsageArgumentMissing.With(PathOf(command), NameOf(symbol), ExampleOf(command));
        }

        if (error.SymbolResult is OptionResult { Tokens: [] } option)
        {
            string value = option.Option.HelpName ?? option.Option.Name.TrimStart('-');
            return Text.UsageOptionNeedsValue.With(option.Option.Name, value, SeeHelp(command));
        }

        return Text.UsageWithHelp.With(error.Message.TrimEnd('.'), SeeHelp(command));
    }

    private static string ExampleOf(Command command) =>
        command is Commands.ToolCommand tool ? tool.Examples[0].Line : PathOf(command);

    private static string NameOf(Symbol symbol) => symbol is Argument ? $"<{symbol.Name}>" : symbol.Name;

    private static string SeeHelp(Command command) => Text.UsageSeeHelp.With(PathOf(command));
}
