namespace Sockeye.Cli.Serving;

/// <summary>Protocols that are a handler of connections, and maybe one of datagrams.</summary>
internal static class Streams
{
    /// <summary>Where connections are accepted.</summary>
    public static EndpointScheme[] Schemes { get; } = [EndpointScheme.Tcp, EndpointScheme.Tls, EndpointScheme.Unix];

    /// <summary>Where datagrams are, too.</summary>
    public static EndpointScheme[] AndDatagrams { get; } =
        [.. Schemes, EndpointScheme.Udp, EndpointScheme.UnixDatagram];

    /// <summary>How a server of such a protocol starts.</summary>
    public static Func<ServeStart, ValueTask<RunningServer>> Server(
        Func<ServeSettings, ConnectionHandler> stream, Func<ServeSettings, DatagramHandler>? datagrams = null) =>
        async start =>
        {
            Server server = await Sockeye.Server.StartAsync(
                start.Network, start.Endpoints, stream(start.Settings), new ServerOptions
                {
                    Listen = start.Listen,
                    Tls = start.Tls,
                    Datagrams = datagrams?.Invoke(start.Settings),
                    StopDeadline = start.StopDeadline,
                });
            return new RunningServer(
                server, server.Endpoints, () => server.ConnectionCount, () => server.StopAsync());
        };
}
