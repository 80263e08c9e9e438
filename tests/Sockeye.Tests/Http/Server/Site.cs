using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Sockeye.Http;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Http.Server;

/// <summary>An HTTP server on a real port, and plain sockets of the runtime to talk to it.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly Network _network;

    private readonly bool _isSecure;

    private Site(Network network, HttpServer server)
    {
        _network = network;
        _isSecure = server.Endpoints[0].Scheme == EndpointScheme.Https;
        Server = server;
    }

    public HttpServer Server { get; }

    /// <summary>What clients call it, without a path.</summary>
    public string Url => $"{(_isSecure ? "https" : "http")}://127.0.0.1:{Port}";

    public int Port => Server.Endpoints[0].Port;

    public static Task<Site> StartAsync(
        HttpHandler handler, HttpServerOptions? options = null, string model = "epoll") =>
        StartAsync(model, handler, options);

    /// <summary>Starts a server on what <see cref="HostsAttribute"/> names: a model, and perhaps TLS.</summary>
    public static async Task<Site> StartAsync(string on, HttpHandler handler, HttpServerOptions? options = null)
    {
        bool isSecure = on.EndsWith(HostsAttribute.Tls, StringComparison.Ordinal);
        string model = isSecure ? on[..^HostsAttribute.Tls.Length] : on;
        Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        HttpServer server = await HttpServer.StartAsync(
            network,
            [Endpoint.Parse(isSecure ? "https://127.0.0.1:0" : "http://127.0.0.1:0")],
            handler,
            (options ?? HttpServerOptions.Default) with
            {
                Tls = isSecure ? options?.Tls ?? Secured.Server : null,
            });
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
        Socket socket = ConnectSocket();
        if (!_isSecure)
        {
            return new RawClient(socket);
        }

        var tls = new SslStream(new NetworkStream(socket));
        tls.AuthenticateAsClient(Secured.PeerAsClient());
        return new RawClient(socket, tls);
    }

    /// <summary>A client that is connected, and speaks no TLS whatever the site does.</summary>
    public RawClient ConnectWithoutTls() => new(ConnectSocket());

    /// <summary>A socket that is connected.</summary>
    public Socket ConnectSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, Port);
        return socket;
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
