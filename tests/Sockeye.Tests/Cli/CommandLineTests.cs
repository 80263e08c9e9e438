using System.Text.Json;
using Sockeye.Cli;
using Sockeye.Cli.Commands;

namespace Sockeye.Tests.Cli;

/// <summary>What every command has in common: help, errors, colour, JSON and exit codes.</summary>
public sealed class CommandLineTests
{
    public static TheoryData<string> CommandNames => [.. Commands().Keys];

    [Fact]
    public async Task BareToolPrintsConciseHelp()
    {
        var result = await CapturedOutput.OfAsync("");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Golden.Verify("Help.Concise", result.Out);
    }

    [Fact]
    public async Task HelpOptionPrintsThePageOfTheTool()
    {
        var result = await CapturedOutput.OfAsync("--help");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Golden.Verify("Help.Tool", result.Out);
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public async Task EveryCommandHasAPageOfHelp(string name)
    {
        var result = await CapturedOutput.OfAsync($"{name} --help");
        Assert.Equal((ExitCode.Done, ""), (result.ExitCode, result.Error));
        Assert.Equal(result, await CapturedOutput.OfAsync($"help {name}"));
        Golden.Verify($"Help.{name.Replace(' ', '.')}", result.Out);
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public async Task EveryPageOfHelpIsJsonToo(string name)
    {
        var result = await CapturedOutput.OfAsync($"{name} --help --json");
        var page = JsonDocument.Parse(result.Out).RootElement;
        Assert.Equal("schema_version", page.EnumerateObject().First().Name);
        Assert.NotEqual(0, page.GetProperty("examples").GetArrayLength());
    }

    [Theory]
    [MemberData(nameof(CommandNames))]
    public void EveryExampleIsACommandLineThatParses(string name)
    {
        var command = Commands()[name];
        Assert.NotEmpty(command.Examples);
        Assert.All(command.Examples, example => Assert.Null(ShellLine.WhatIsWrongWith(example.Line)));
    }

    [Theory]
    [InlineData("vesion", "there is no command 'vesion'; did you mean 'version'?")]
    [InlineData("zzz", "there is no command 'zzz'; 'sockeye --help' shows what can be written")]
    [InlineData("zzz --help", "there is no command 'zzz'; 'sockeye --help' shows what can be written")]
    [InlineData("help verson", "there is no command 'verson'; did you mean 'version'?")]
    [InlineData("--color never", "'sockeye' needs a command after it: ")]
    [InlineData("version --jsn", "there is no option '--jsn' here; did you mean '--json'?")]
    [InlineData("help version --jsn", "there is no option '--jsn' here; did you mean '--json'?")]
    [InlineData("version more", "'more' was not expected here; 'sockeye version --help' shows what can be written")]
    [InlineData("version --color", "--color needs <when> after it; 'sockeye version --help' shows what")]
    [InlineData("version --color alwys", "'alwys' is not a value for --color; did you mean 'always'?")]
    [InlineData("version --color blue", "'blue' is not a value for --color; it takes one of ")]
    [InlineData("version @file", "'@file' was not expected here; 'sockeye version --help' shows what can be written")]
    public async Task MistakeIsOneSentenceWithItsRemedy(string line, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
    }

    [Theory]
    [InlineData("read ''", "'' names no file; write one after sockeye read, ")]
    [InlineData("read x --ladder 1 --svg ''", "'' names no file; write one after --svg, ")]
    [InlineData("capture -w ''", "'' names no file; write one after --write, ")]
    [InlineData("serve files :1 --root ''", "'' names no folder; write one after --root, ")]
    [InlineData("load :1 --unix ''", "'' names no path; write one after --unix, ")]
    [InlineData("load compare x ''", "'' names no file; write one after sockeye load compare, ")]
    [InlineData("serve '' :1", "'' is not a value for <what>; it takes one of ")]
    [InlineData("serve hello :1 --access-log-format ''", "'' is not a value for --access-log-format; it takes one of ")]
    public async Task AVariableThatIsNotSetIsAMistakeAndNoBug(string line, string sentence)
    {
        string[] words = [.. line.Split(' ').Select(word => word.Replace("''", "", StringComparison.Ordinal))];
        var result = await CapturedOutput.OfWordsAsync(words);
        Assert.Equal((ExitCode.Usage, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("sockeye: " + sentence, result.Error);
    }

    [Theory]
    [InlineData("zzz --json", ExitCode.Usage, "usage", "there is no command 'zzz'; ")]
    [InlineData("--json", ExitCode.Usage, "usage", "'sockeye' needs a command after it: ")]
    [InlineData("serve greet :9 --json --io warp", ExitCode.Usage, "usage", "there is no I/O model 'warp'; ")]
    [InlineData("connect :1 --json --send /nowhere", ExitCode.Usage, "usage", "there is no file '/nowhere' to send; ")]
    [InlineData("connect :1 --json", ExitCode.Network, "refused", "cannot connect to tcp://127.0.0.1:1: nobody ")]
    [InlineData("connect no-such.invalid:1 -j", ExitCode.Negative, "name_not_found", "the name 'no-such.invalid' ")]
    [InlineData("help verson --json", ExitCode.Usage, "usage", "there is no command 'verson'; did you mean ")]
    public async Task ErrorIsALineOfJsonOnStandardErrorWhenJsonIsAskedFor(
        string line, int exitCode, string code, string sentence)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Out));
        Assert.StartsWith("{\"schema_version\":1,\"type\":\"error\",\"error\":{\"code\":\"", result.Error);
        Assert.Equal(1, result.Error.Count(letter => letter == '\n'));
        var error = JsonDocument.Parse(result.Error).RootElement.GetProperty("error");
        Assert.Equal(["code", "message", "exit_code"], error.EnumerateObject().Select(one => one.Name));
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.StartsWith(sentence, error.GetProperty("message").GetString());
        Assert.Equal(exitCode, error.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task MistakeCannotSteerTheTerminal()
    {
        var result = await CapturedOutput.OfAsync("ver\e[2Jsion");
        Assert.DoesNotContain('\e', result.Error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    public async Task VersionOptionPrintsOneLine(string line)
    {
        var result = await CapturedOutput.OfAsync(line);
        Assert.Equal((ExitCode.Done, VersionCommand.NameAndVersion + "\n"), (result.ExitCode, result.Out));
    }

    [Fact]
    public async Task VersionIsOneLineOfJson()
    {
        var result = await CapturedOutput.OfAsync("version --json");
        Assert.StartsWith("{\"schema_version\":1,\"type\":\"version\",\"version\":\"", result.Out);
        Assert.EndsWith("}\n", result.Out);
        Assert.Equal(Environment.ProcessorCount, JsonDocument.Parse(result.Out).RootElement
            .GetProperty("processors").GetInt32());
    }

    [Theory]
    [InlineData(true, "", "", "", true)]
    [InlineData(false, "", "", "", false)]
    [InlineData(true, "", "NO_COLOR", "1", false)]
    [InlineData(true, "", "NO_COLOR", "", true)]
    [InlineData(true, "", "TERM", "dumb", false)]
    [InlineData(false, "", "FORCE_COLOR", "1", true)]
    [InlineData(true, "", "FORCE_COLOR", "0", false)]
    [InlineData(true, " --color never", "FORCE_COLOR", "1", false)]
    [InlineData(false, " --color always", "NO_COLOR", "1", true)]
    public async Task ColorFollowsTheOptionThenTheEnvironmentThenTheTerminal(
        bool isTerminal, string option, string variable, string value, bool isColored)
    {
        var result = await CapturedOutput.OfAsync(
            "version --help" + option, isTerminal, new Dictionary<string, string> { [variable] = value });
        Assert.Equal(isColored, result.Out.Contains('\e'));
    }

    // By what people type: "load", and "load models" beneath it.
    private static Dictionary<string, ToolCommand> Commands()
    {
        var found = new Dictionary<string, ToolCommand>();
        Add(CommandTable.Create(), "");
        return found;

        void Add(IEnumerable<ToolCommand> commands, string before)
        {
            foreach (var command in commands)
            {
                found.Add(before + command.Name, command);
                Add(command.Subcommands.OfType<ToolCommand>(), before + command.Name + " ");
            }
        }
    }
}
