using System.Text;
using Sockeye.Http;
using Sockeye.Http.Client;
using Sockeye.Http.Protocol;
using Sockeye.Tls;

namespace Sockeye.Tests.Http.Client;

/// <summary>A server of ours and a fetcher, both on one network.</summary>
internal sealed class FetchScene : IAsyncDisposable
{
    public static readonly TimeSpan TimeOut = Patience.Time;

    private FetchScene(Network network, HttpServer server, HttpFetcher fetcher)
    {
        Network = network;
        Server = server;
        Fetcher = fetcher;
    }

    public Network Network { get; }

    public HttpServer Server { get; }

    public HttpFetcher Fetcher { get; }

    public string Root => $"{(Server.Endpoints[0].Scheme == EndpointScheme.Https ? "https" : "http")}://127.0.0.1:"
        + Server.Endpoints[0].Port;

    public static async Task<FetchScene> StartAsync(
        string model, HttpHandler handler, HttpFetcherOptions? options = null, string endpoint = "http://127.0.0.1:0",
        HttpServerOptions? serverOptions = null)
    {
        Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 2 });
        HttpServer server = await HttpServer.StartAsync(network, [Endpoint.Parse(endpoint)], handler, serverOptions);
        return new FetchScene(network, server, new HttpFetcher(network, options));
    }

    public static TlsServerOptions Tls { get; } = new()
    {
        Certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost", "127.0.0.1"),
    };

    public Task<FetchResponse> GetAsync(string path) =>
        Fetcher.SendAsync(new FetchRequest("GET", Root + path)).WaitAsync(TimeOut);

    public Task<FetchResponse> SendAsync(FetchRequest request) => Fetcher.SendAsync(request).WaitAsync(TimeOut);

    public async ValueTask DisposeAsync()
    {
        Fetcher.Dispose();
        await Server.DisposeAsync().AsTask().WaitAsync(TimeOut);
        await Network.DisposeAsync().AsTask().WaitAsync(TimeOut);
    }

    /// <summary>Paths that tests ask for.</summary>
    public static async ValueTask ServeAsync(HttpRequest request, HttpResponse response)
    {
        switch (Encoding.ASCII.GetString(request.Path))
        {
            case "/hello":
                response.Write("Hello, World!"u8);
                break;
            case "/echo":
                while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
                {
                    response.Write(piece.Span);
                    await response.FlushAsync();
                }

                break;
            case "/count":
                long count = 0;
                while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
                {
                    count += piece.Length;
                }

                response.Write($"{count}");
                break;
            case "/empty":
                response.Status = StatusCode.NoContent;
                break;
            case "/large":
                response.ContentLength = 10 << 20;
                for (int i = 0; i < 160; i++)
                {
                    response.Write(new byte[65_536]);
                    await response.FlushAsync();
                }

                break;
            case "/trailers":
                response.Write("body"u8);
                await response.FlushAsync();
                response.AddTrailer("X-Sum"u8, "42"u8);
                break;
            case "/early":
                await response.SendInterimAsync(103);
                response.Write("after"u8);
                break;
            case "/head":
                response.Write($"{Encoding.ASCII.GetString(request.Head.Bytes)}");
                break;
            default:
                response.Status = StatusCode.NotFound;
                break;
        }
    }
}
