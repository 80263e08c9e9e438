using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Sockeye.Tests.Cli;

namespace Sockeye.Tests;

/// <summary>What the README shows is true: its code compiles, its commands run.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(Repository.PathOf("README.md"));

    [Fact]
    public void TheCodeCompiles()
    {
        string[] blocks = [.. Regex.Matches(s_readme, "```csharp\n(.*?)```", RegexOptions.Singleline)
            .Select(match => match.Groups[1].Value)];
        Assert.Equal(4, blocks.Length);
        const string Usings = "using System; using System.Threading; using System.Threading.Tasks;\n";
        AssertCompiles($"{Usings}{blocks[0]}\nstatic async Task Client(Network network)\n{{\n{blocks[1]}\n}}\n");
        AssertCompiles($"{Usings}{blocks[2]}");
        AssertCompiles($"using Microsoft.AspNetCore.Builder;\n{blocks[3]}"); // As in every web project.
    }

    private static void AssertCompiles(string program)
    {
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Readme",
            [CSharpSyntaxTree.ParseText(program)],
            [.. assemblies.Select(file => MetadataReference.CreateFromFile(file))]);
        Assert.Empty(compilation.GetDiagnostics().Where(one => one.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public async Task TheDemoIsGreenOnEveryModel()
    {
        await using ToolProcess tool = ToolProcess.Start("demo", "--json");
        string[] lines = (await tool.ReadTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (int code, string error) = await tool.ExitAsync();
        Assert.True(code == 0, string.Join('\n', lines) + error);
        Assert.Equal(IoModel.All.Count, lines.Length);
        Assert.All(lines, line => Assert.Contains(
            JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()!, s_readme, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryCommandShownIsACommandLineThatParses()
    {
        string[] lines = [.. Regex.Matches(s_readme, @"(?m)^(\./sockeye .*?)(   .*)?$").Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Null(ShellLine.WhatIsWrongWith(line)));
    }

    [NeedsFact("curl")]
    public async Task TheFilesShownAreServedAsShown()
    {
        Match shown = Regex.Match(s_readme, @"\$ \./sockeye (serve files .*)\n\$ curl (.*)\n((?:.*\n)*?)```");
        Assert.True(shown.Success);
        string[] serve = shown.Groups[1].Value
            .Replace(":8080", ":0")
            .Replace("--root ", $"--root {Repository.PathOf("")}/")
            .Split(' ');
        await using ToolProcess tool = ToolProcess.Start([.. serve, "--json", "--quiet"]);
        string curl = shown.Groups[2].Value.Replace(":8080", $":{await tool.PortAsync()}");
        await using ToolProcess client = ToolProcess.StartOther(["curl", .. curl.Split(' ')]);
        string pattern = Regex.Escape(shown.Groups[3].Value.TrimEnd('\n')).Replace("…", ".*");
        Assert.Matches($"^{pattern}$", (await client.ReadTextAsync()).ReplaceLineEndings("\n"));
        await tool.ExpectAsync("\"GET /conformance.md HTTP/1.1\" 206 13");
        await tool.StopAsync();
    }

    [Fact]
    public async Task TheFetchesShownGiveWhatIsShown()
    {
        string shown = Regex.Match(s_readme, @"```\n(\$ \./sockeye fetch .*?)```", RegexOptions.Singleline)
            .Groups[1].Value;
        await using ToolProcess server = ToolProcess.Start("serve", "hello", "http://127.0.0.1:0", "--json");
        string port = $":{await server.PortAsync()}";
        string[] commands =
            [.. Regex.Matches(shown, @"(?m)^\$ \./sockeye (.*)$").Select(match => match.Groups[1].Value)];
        Assert.Equal(3, commands.Length);
        string given = "";
        foreach (string command in commands)
        {
            var result = await CapturedOutput.OfAsync(
                command.Replace(":8080", port), isTerminal: true, new() { ["NO_COLOR"] = "1" });
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            given += $"$ ./sockeye {command}\n{result.Out}";
        }

        given = Regex.Replace(given.Replace(port, ":8080"), "(?m)Date: .*$", "Date: …");
        Assert.Equal(shown, given);
        await server.StopAsync();
    }
}
