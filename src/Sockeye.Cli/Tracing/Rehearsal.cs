using System.Net;
using Sockeye.Capture.Journeys;
using Sockeye.Diagnostics.Names;
using Sockeye.Tls;

namespace Sockeye.Cli.Tracing;

/// <summary>
/// Takes the same kind of journey once inside this machine before the real one, to a server of our own. The runtime
/// compiles what runs for the first time, and a phase would show that instead of the network: over loopback, 326 ms
/// without a rehearsal and 3 ms after one, with packets 1 ms apart (2026-11).
/// </summary>
internal static class Rehearsal
{
    /// <summary>How long it may take; what it did not get to is then compiled on the way.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private static ReadOnlySpan<byte> Response => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8;

    /// <summary>Rehearses a plan.</summary>
    /// <param name="network">Where the journey will go.</param>
    /// <param name="plan">What it will be.</param>
    /// <param name="hosts">The names that nobody will be asked for.</param>
    /// <param name="stop">Stops it.</param>
    public static async Task RunAsync(Network network, JourneyPlan plan, HostsFile hosts, CancellationToken stop)
    {
        try
        {
            await TravelAsync(network, plan, hosts, stop);
        }
        catch (NetworkException)
        {
            // No loopback here, as in a fresh network namespace: then without a rehearsal.
        }
    }

    private static async Task TravelAsync(
        Network network, JourneyPlan plan, HostsFile hosts, CancellationToken stop)
    {
        bool isTls = plan.Target.Scheme is EndpointScheme.Https or EndpointScheme.Tls;
        ConnectionHandler handler = isTls
            ? TlsLayer.Server(AnswerAsync, new TlsServerOptions
            {
                Certificate = TlsCertificate.SelfSigned(network.Time, "localhost"),
            })
            : AnswerAsync;
        await using Listener server = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), handler);
        string scheme = plan.Target.Scheme.ToString().ToLowerInvariant();
        await Journey.TakeAsync(
            network,
            plan with
            {
                Target = Endpoint.Parse($"{scheme}://localhost:{server.Endpoint.Port}"),
                LookUp = (name, cancellation) => LookUpAsync(network, plan, hosts, name, cancellation),
                Approaching = null,
                TakesAnyCertificate = true,
                Timeout = s_limit,
                CloseTimeout = s_limit,
                GreetingTimeout = TimeSpan.FromMilliseconds(1),
            },
            stop);
    }

    private static async Task<IReadOnlyList<IPAddress>> LookUpAsync(
        Network network, JourneyPlan plan, HostsFile hosts, string name, CancellationToken stop)
    {
        if (plan.Target.Address is null)
        {
            await using Listener server = await network.ListenAsync(Endpoint.Parse("udp://127.0.0.1:0"), EchoAsync);
            var configuration = new ResolverConfiguration
            {
                Servers = [server.Endpoint],
                Timeout = s_limit,
                Attempts = 1,
            };
            await new StubResolver(network, configuration, HostsFile.Empty).ResolveAsync($"{name}.invalid", stop);
            var way = new TraceWay(new StubResolver(network, configuration, hosts), configuration, static _ => { });
            await way.LookUpAsync(name, stop); // Known without asking, and sorted by the routes.
        }

        return [IPAddress.Loopback];
    }

    private static async ValueTask AnswerAsync(Connection connection)
    {
        while (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            connection.Consume(received.Length);
            connection.Write(Response);
            await connection.FlushAsync();
        }
    }

    /// <summary>Answers a question of the DNS with itself: there is nothing.</summary>
    private static async ValueTask EchoAsync(DatagramSocket socket)
    {
        const int FlagsAt = 2;
        const byte ResponseBit = 0x80;
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                byte[] message = batch[i].Data.ToArray();
                message[FlagsAt] |= ResponseBit;
                socket.Send(message, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }
}
