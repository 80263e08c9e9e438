namespace Sockeye.Cli.Commands;

/// <summary>Every command, a row each, in the order that help lists them: the first rows are the tool's examples.</summary>
internal static class CommandTable
{
    public static ToolCommand[] Create() =>
    [
        new VersionCommand(),
        new HelpCommand(),
    ];
}
