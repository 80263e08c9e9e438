namespace Sockeye.Cli.Serving;

/// <summary>What <c>sockeye serve</c> was asked for, as far as the handlers care.</summary>
/// <param name="Delay">How long <c>greet</c> waits before it replies.</param>
/// <param name="Command">The command of <c>exec</c>, with its arguments.</param>
/// <param name="Note">Writes a line of the log; may be called from any thread.</param>
/// <param name="Datagrams">Counts datagrams.</param>
internal sealed record ServeSettings(
    TimeSpan Delay, IReadOnlyList<string> Command, Action<string> Note, DatagramCounts Datagrams);

/// <summary>Something that <c>sockeye serve</c> serves. To add one: a file with its handler, and its row in the
/// table.</summary>
/// <param name="Name">The word people type.</param>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Stream">Makes the handler of connections.</param>
/// <param name="Datagrams">Makes the handler of datagrams; null when it serves none.</param>
internal sealed record Protocol(
    string Name,
    string Summary,
    Func<ServeSettings, ConnectionHandler> Stream,
    Func<ServeSettings, DatagramHandler>? Datagrams);
