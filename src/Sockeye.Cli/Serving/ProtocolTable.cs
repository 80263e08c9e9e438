using Sockeye.Cli.Resources;

namespace Sockeye.Cli.Serving;

/// <summary>What <c>sockeye serve</c> serves: one row each.</summary>
internal static class ProtocolTable
{
    private static readonly string[] s_http = ["--header-timeout", "--access-log", "--access-log-format"];

    public static IReadOnlyList<Protocol> Rows { get; } =
    [
        new("greet", ServeText.Greet, Streams.AndDatagrams, ["--delay"], Streams.Server(Greet.Stream, Greet.Datagrams)),
        new("echo", ServeText.Echo, Streams.AndDatagrams, [], Streams.Server(Echo.Stream, Echo.Datagrams)),
        new("discard", ServeText.Discard, Streams.AndDatagrams, [], Streams.Server(Discard.Stream, Discard.Datagrams)),
        new("daytime", ServeText.Daytime, Streams.AndDatagrams, [], Streams.Server(Daytime.Stream, Daytime.Datagrams)),
        new("chargen", ServeText.Chargen, Streams.AndDatagrams, [], Streams.Server(Chargen.Stream, Chargen.Datagrams)),
        new("chat", ServeText.Chat, Streams.Schemes, [], Streams.Server(Chat.Stream)),
        new("exec", ServeText.Exec, Streams.Schemes, [], Streams.Server(Exec.Stream)),
        new("hello", ServeText.Hello, Sites.Schemes, ["--body-limit", .. s_http], Sites.Server(Hello.Site)),
        new("files", ServeText.Files, Sites.Schemes, ["--root", "--list", .. s_http], Sites.Server(FilesSite.Site)),
    ];

    /// <summary>The options that are for some of them only.</summary>
    public static IReadOnlyList<string> ParticularOptions { get; } = [.. Rows.SelectMany(row => row.Takes).Distinct()];
}
