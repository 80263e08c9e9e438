using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>What <c>sockeye serve</c> serves: one row each.</summary>
internal static class ProtocolTable
{
    public static IReadOnlyList<Protocol> Rows { get; } =
    [
        new("greet", Text.ServeGreet, Greet.Stream, Greet.Datagrams),
        new("echo", Text.ServeEcho, Echo.Stream, Echo.Datagrams),
        new("discard", Text.ServeDiscard, Discard.Stream, Discard.Datagrams),
        new("daytime", Text.ServeDaytime, Daytime.Stream, Daytime.Datagrams),
        new("chargen", Text.ServeChargen, Chargen.Stream, Chargen.Datagrams),
        new("chat", Text.ServeChat, Chat.Stream, null),
        new("exec", Text.ServeExec, Exec.Stream, null),
    ];
}
