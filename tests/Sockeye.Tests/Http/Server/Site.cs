using System.Net;
using System.Net.Sockets;
using Sockeye.Http;

namespace Sockeye.Tests.Http.Server;

/// <summary>An HTTP server on a real port, and plain sockets of the runtime to talk to it.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly Network _network;

    private Site(Network network, HttpServer server)
    {
        _network = network;
        Server = server;
    }

    public HttpServer Server { get; }

    public int Port => Server.Endpoints[0].Port;

    /// <summary>What the server reported of connections that it had to reset.</summary>
    public List<string> Reports { get; } = [];

    public static async Task<Site> StartAsync(
        HttpHandler handler, HttpServerOptions? options = null, string model = "epoll")
    {
        Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        HttpServer server = await HttpServer.StartAsync(
            network, [Endpoint.Parse("http://127.0.0.1:0")], handler, options);
        return new Site(network, server);
    }

    /// <summary>Reads the whole body and says how long it was; the handler of most tests.</summary>
    public static async ValueTask CountBody(HttpRequest request, HttpResponse response)
    {
        long count = 0;
        while (await request.ReadBodyAsync() is { IsEmpty: false } piece)
        {
            count += piece.Length;
        }

        response.Write($"{request.Head.MethodText} {count}");
    }

    /// <summary>A client that is connected.</summary>
    public RawClient Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, Port);
        return new RawClient(socket);
    }

    /// <summary>Sends a request and gives everything that comes until the server closes.</summary>
    public string Ask(string request)
    {
        using RawClient client = Connect();
        client.Send(request);
        return client.ReadToEnd();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _network.DisposeAsync();
    }
}
