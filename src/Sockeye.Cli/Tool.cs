using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli;

/// <summary>
/// Reads a command line and runs what it asks for. System.CommandLine does the reading; what follows from it is here,
/// because its own way prints the whole help after an error and turns Ctrl-C into a fixed exit code.
/// </summary>
internal sealed class Tool
{
    // A name such as @1.1.1.1 is a DNS server here, not a file with more arguments.
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null };

    private readonly HelpOption _help = new("--help", "-h") { Description = Text.HelpOptionSummary };

    private readonly VersionOption _version = new("--version", "-V") { Description = Text.VersionOptionSummary };

    private readonly Option<bool> _json = new("--json", "-j")
    {
        Description = Text.JsonOptionSummary,
        Recursive = true,
    };

    private readonly Option<ColorChoice> _color = new("--color")
    {
        Description = Text.ColorOptionSummary,
        HelpName = "when",
        Recursive = true,
        CustomParser = ReadColor,
    };

    private readonly RootCommand _root = new(Text.RootSummary);

    private Tool()
    {
        _color.CompletionSources.Clear();
        _color.CompletionSources.Add("auto", "always", "never");
        _root.Options.Clear();
        _root.Options.Add(_json);
        _root.Options.Add(_color);
        _root.Options.Add(_help);
        _root.Options.Add(_version);
        foreach (var command in CommandTable.Create())
        {
            _root.Subcommands.Add(command);
        }
    }

    /// <summary>Runs one command line and returns its exit code. It throws nothing.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Output output)
    {
        try
        {
            var code = await new Tool().DispatchAsync(arguments, output);
            output.Flush();
            return code;
        }
        catch (Exception exception)
        {
            return Failure.Report(exception, output);
        }
    }

    /// <summary>What a usage error would say of what is typed after <c>sockeye</c>; null when it can be run.</summary>
    public static string? WhatIsWrongWith(string line) =>
        UsageError.Of(new Tool().Parse([.. CommandLineParser.SplitCommandLine(line)]));

    private async Task<int> DispatchAsync(IReadOnlyList<string> arguments, Output output)
    {
        var parsed = Parse(arguments);
        var command = parsed.CommandResult.Command;
        var isBare = arguments.Count == 0;
        output.Json = Asked(parsed, _json);
        if (!isBare && !Asked(parsed, _help) && !Asked(parsed, _version) && UsageError.Of(parsed) is { } wrong)
        {
            throw new ToolException(ExitCode.Usage, wrong);
        }

        output.Color = parsed.Errors.Count == 0 ? parsed.GetValue(_color) : ColorChoice.Auto;
        if (isBare || Asked(parsed, _help))
        {
            if (parsed.UnmatchedTokens.Count > 0)
            {
                throw new ToolException(ExitCode.Usage, UsageError.Of(parsed)!);
            }

            HelpPage.Write(command, output, concise: isBare);
            return ExitCode.Done;
        }

        if (Asked(parsed, _version))
        {
            output.Line(VersionCommand.NameAndVersion);
            return ExitCode.Done;
        }

        using var signal = new StopSignal(TimeProvider.System);
        return await ((ToolCommand)command).RunAsync(parsed, output, signal.Token);
    }

    private ParseResult Parse(IReadOnlyList<string> arguments)
    {
        var own = arguments.TakeWhile(argument => argument != "--").ToArray();
        var parsed = _root.Parse(own, s_parser);
        var isCut = own.Length < arguments.Count - 1;
        if (isCut && parsed.CommandResult.Command is ToolCommand { TakesCommandLine: true } taker)
        {
            // What follows is another program's, and none of it is ours to read.
            taker.CommandLine = [.. arguments.Skip(own.Length + 1)];
            return parsed;
        }

        return _root.Parse(arguments, s_parser);
    }

    private static bool Asked(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static ColorChoice ReadColor(ArgumentResult result)
    {
        if (result.Tokens is [var token] && Enum.TryParse<ColorChoice>(token.Value, ignoreCase: true, out var choice))
        {
            return choice;
        }

        // UsageError words it, from the values that completion offers.
        result.AddError(result.ToString());
        return ColorChoice.Auto;
    }
}
