using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Commands;

/// <summary><c>sockeye version</c>: what this is and what it runs on.</summary>
internal sealed class VersionCommand() : ToolCommand("version", Text.VersionSummary)
{
    /// <summary>What <c>--version</c> prints.</summary>
    public static string NameAndVersion => $"sockeye {Version}";

    public override IReadOnlyList<Example> Examples =>
    [
        new("sockeye version", Text.VersionExamplePlain),
        new("sockeye version --json", Text.VersionExampleJson),
    ];

    private static string Version { get; } = typeof(VersionCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public override Task<int> RunAsync(ParseResult arguments, Output output, CancellationToken stop)
    {
        var runtime = RuntimeInformation.FrameworkDescription;
        var system = RuntimeInformation.OSDescription;
        var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        if (output.Json)
        {
            output.JsonLine("version", (runtime, system, architecture), static (json, facts) =>
            {
                json.WriteString("version", Version);
                json.WriteString("runtime", facts.runtime);
                json.WriteString("system", facts.system);
                json.WriteString("architecture", facts.architecture);
                json.WriteNumber("processors", Environment.ProcessorCount);
            });
        }
        else
        {
            output.Line(NameAndVersion);
            output.Line(runtime);
            output.Line($"{system}, {architecture}, {Environment.ProcessorCount} processors");
        }

        return Task.FromResult(ExitCode.Done);
    }
}
