using Sockeye.Http.Client;
using Sockeye.Tls;

namespace Sockeye.Cli.Fetching;

/// <summary>
/// A request to a server of our own before the one that is timed. The runtime compiles what runs for the first time,
/// and a phase would show that instead of the network: over loopback 130 ms without a rehearsal, 64 of them for finding
/// localhost in a file, and 5 ms after one (2026-11).
/// </summary>
internal static class Rehearsal
{
    /// <summary>How long each step may take; what it did not get to is then compiled on the way.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private static ReadOnlySpan<byte> Answer =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8;

    /// <summary>Makes the request, with the options of the one that follows, and shows nobody the answer.</summary>
    public static async Task RunAsync(
        Network network, Uri url, HttpFetcherOptions options, Output output, CancellationToken stop)
    {
        bool isTls = url.Scheme == Uri.UriSchemeHttps;
        ConnectionHandler handler = isTls
            ? TlsLayer.Server(AnswerAsync, new TlsServerOptions
            {
                Certificate = TlsCertificate.SelfSigned(network.Time, "localhost"),
            })
            : AnswerAsync;
        HttpFetcherOptions rehearsed = options with
        {
            Connect = options.Connect with { Timeout = s_limit },
            HeadTimeout = s_limit,
            BodyTimeout = s_limit,
            Cookies = null,
            Proxy = null,
            ConnectTo = null,
            RetriesMax = 0,
            Tls = new TlsClientOptions { HandshakeTimeout = s_limit, ValidateServer = static (_, _, _, _) => true },
        };
        try
        {
            await using Listener server = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), handler);
            using var fetcher = new HttpFetcher(network, rehearsed);
            var to = new Uri($"{url.Scheme}://localhost:{server.Endpoint.Port}/");
            await using FetchResponse response = await fetcher.SendAsync(new FetchRequest("GET", to), stop);
            using var unseen = new Output(Stream.Null, Stream.Null, static _ => null)
            {
                OutIsTerminal = output.OutIsTerminal,
            };
            HeadView.Write(unseen, response);
            await BodyView.WriteAsync(unseen, response, stop);
        }
        catch (Exception exception) when (exception is NetworkException or HttpRequestException or IOException)
        {
            // No loopback here, as in a fresh network namespace: then without a rehearsal.
        }
    }

    private static async ValueTask AnswerAsync(Connection connection)
    {
        if (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            connection.Consume(received.Length);
            connection.Write(Answer);
            await connection.FlushAsync();
        }
    }
}
