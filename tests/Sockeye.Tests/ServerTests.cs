using System.Net;
using System.Net.Sockets;
using Sockeye.Tests.Adapters;
using Sockeye.Tls;

namespace Sockeye.Tests;

public sealed class ServerTests
{
    private static readonly Endpoint s_anyPort = Endpoint.Parse("tcp://127.0.0.1:0");

    [Fact]
    public async Task OneHandlerServesSeveralEndpoints()
    {
        await using Network network = Network.Open();
        var unix = Endpoint.Parse($"unix:@sockeye-{Guid.NewGuid():N}");
        await using Server server = await Server.StartAsync(network, [s_anyPort, unix, s_anyPort], Greet);
        Assert.Equal(3, server.Endpoints.Count);
        Assert.Equal(unix, server.Endpoints[1]);
        Assert.NotEqual(server.Endpoints[0].Port, server.Endpoints[2].Port);
        foreach (Endpoint endpoint in server.Endpoints)
        {
            await using Connection client = await network.ConnectAsync(endpoint);
            Assert.Equal("hi", Text(await client.ReadAsync()));
        }

        Assert.True(await server.StopAsync());
    }

    [Fact]
    public async Task WhenOneEndpointCannotBeBoundNoneStays()
    {
        await using Network network = Network.Open();
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var taken = Endpoint.From((IPEndPoint)busy.LocalEndpoint, EndpointScheme.Tcp);
        var first = Endpoint.Parse($"unix:@sockeye-{Guid.NewGuid():N}");
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            async () => await Server.StartAsync(network, [first, taken], Greet));
        Assert.Equal(taken, refused.Endpoint);
        Assert.Equal(NetworkError.AddressInUse, refused.Error);
        await using Server again = await Server.StartAsync(network, [first], Greet);
    }

    [Theory]
    [InlineData("tls://127.0.0.1:0", "ServerOptions.Tls")]
    [InlineData("udp://127.0.0.1:0", "datagrams")]
    public async Task EndpointWithoutWhatItNeedsIsRefusedInOneSentence(string endpoint, string expected)
    {
        await using Network network = Network.Open();
        NetworkException refused = await Assert.ThrowsAsync<NetworkException>(
            async () => await Server.StartAsync(network, [Endpoint.Parse(endpoint)], Greet));
        Assert.Contains(expected, refused.Message);
    }

    [Fact]
    public async Task NetworkByItselfRefusesTlsInsteadOfServingPlainText()
    {
        await using Network network = Network.Open();
        var endpoint = Endpoint.Parse("tls://127.0.0.1:0");
        NetworkException listening = await Assert.ThrowsAsync<NetworkException>(
            async () => await network.ListenAsync(endpoint, Greet));
        NetworkException connecting = await Assert.ThrowsAsync<NetworkException>(
            async () => await network.ConnectAsync(endpoint.WithPort(1)));
        Assert.Equal(NetworkError.BadEndpoint, listening.Error);
        Assert.Equal(NetworkError.BadEndpoint, connecting.Error);
    }

    [Fact]
    public async Task StopLetsHandlersFinishWithinTheDeadline()
    {
        await using Network network = Network.Open();
        await using Server server = await Server.StartAsync(network, [s_anyPort, s_anyPort], async c =>
        {
            c.Write("hi"u8);
            await c.FlushAsync();
            while (await c.ReadAsync() is { IsEmpty: false } received)
            {
                c.Consume(received.Length);
            }

            c.Write("bye"u8);
        });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[1].Port);
        Assert.Equal("hi", await Served.ReadAsync(client.Client, 2));
        Assert.Equal(1, server.ConnectionCount);
        ValueTask<bool> stopping = server.StopAsync(Served.TimeOut);
        Assert.Equal("bye", await Served.ReadAsync(client.Client, 3));
        client.Dispose();
        Assert.True(await stopping);
    }

    [Fact]
    public async Task StopResetsAtTheDeadline()
    {
        await using Network network = Network.Open();
        await using Server server = await Server.StartAsync(network, [s_anyPort], async c =>
        {
            c.Write("hi"u8);
            await c.FlushAsync();
            while (await c.ReadAsync() is { End: End.None or End.Shutdown } received)
            {
                c.Consume(received.Length);
            }
        });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Endpoints[0].Port);
        Assert.Equal("hi", await Served.ReadAsync(client.Client, 2));
        Assert.False(await server.StopAsync(TimeSpan.FromMilliseconds(50)));
        await Assert.ThrowsAsync<SocketException>(() => Served.ReadToEndAsync(client.Client));
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("threads")]
    public async Task TlsEndpointsAreServedBesidePlainOnes(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model));
        TlsCertificate certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost", "127.0.0.1");
        await using Server server = await Server.StartAsync(
            network,
            [s_anyPort, Endpoint.Parse("tls://127.0.0.1:0")],
            Greet,
            new ServerOptions { Tls = new TlsServerOptions { Certificate = certificate } });
        Assert.Equal(EndpointScheme.Tls, server.Endpoints[1].Scheme);
        await using Connection plain = await network.ConnectAsync(server.Endpoints[0]);
        Assert.Equal("hi", Text(await plain.ReadAsync()));
        await using Connection secret = await TlsLayer.ConnectAsync(
            network, server.Endpoints[1], new TlsClientOptions { ValidateServer = (_, _, _, _) => true });
        Assert.True(secret.Owner.IsCurrent);
        Assert.Equal("hi", Text(await secret.ReadAsync()));
        Assert.Equal(End.Finished, (await secret.ReadAsync()).End);
    }

    private static string Text(Received received) => System.Text.Encoding.ASCII.GetString(received.Span);

    private static async ValueTask Greet(Connection c)
    {
        c.Write("hi"u8);
        await c.FlushAsync();
    }
}
