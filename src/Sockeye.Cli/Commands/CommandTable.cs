namespace Sockeye.Cli.Commands;

/// <summary>
/// Every command, a row each, in the order that help lists them. The first rows give the tool its examples.
/// </summary>
internal static class CommandTable
{
    public static ToolCommand[] Create() =>
    [
        new DemoCommand(),
        new ServeCommand(),
        new ConnectCommand(),
        new FetchCommand(),
        new TraceCommand(),
        new LoadCommand(),
        new CaptureCommand(),
        new ReadCommand(),
        new ModelsCommand(),
        new VersionCommand(),
        new HelpCommand(),
    ];
}
