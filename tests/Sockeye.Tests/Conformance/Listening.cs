using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>Where one may listen, and what is said when one may not.</summary>
[Except(Transports.Tls, "TLS is a layer above what listens")]
public sealed class Listening(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Tcp)]
    internal static async Task PortZeroGetsAFreePort(Scene scene)
    {
        Served one = await scene.ServeAsync(Handlers.Echo);
        Served two = await scene.ServeAsync(Handlers.Echo);
        Assert.InRange(one.Endpoint.Port, 1, 65_535);
        Assert.NotEqual(one.Endpoint, two.Endpoint);
        foreach (Served served in (Served[])[one, two])
        {
            Peer peer = served.Connect();
            peer.Send("x");
            peer.Receive(1);
        }
    }

    [Behaviour(On = Transports.Tcp)]
    internal static async Task ABusyPortSaysSo(Scene scene)
    {
        using var busy = new Rendezvous(scene);
        NetworkException error = await FailsAsync(scene, busy.Endpoint, NetworkError.AddressInUse);
        Assert.Contains($"{busy.Endpoint.Port}", error.Message, StringComparison.Ordinal);
    }

    [Behaviour(On = Transports.Tcp)]
    internal static async Task AnotherListenerOfOurOwnOnThePortSaysSo(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await FailsAsync(scene, served.Endpoint, NetworkError.AddressInUse);
        Peer peer = served.Connect();
        peer.Send("x");
        peer.Receive(1);
    }

    [Behaviour]
    internal static async Task ListenersMaySharePortsWhenBothSaySo(Scene scene)
    {
        var share = new SocketOptions { SharePort = true };
        Served one = await scene.ServeAsync(Handlers.Echo, socket: share);
        Served two = await scene.ServeAsync(Handlers.Echo, socket: share, endpoint: one.Endpoint);
        Assert.Equal(one.Endpoint, two.Endpoint);
        for (int i = 0; i < 20; i++)
        {
            Peer peer = one.Connect();
            peer.Send("x");
            peer.Receive(1);
        }

        Assert.Equal(20, one.Connections.Count + two.Connections.Count);
    }

    [Behaviour]
    internal static async Task AnAddressThatIsNotOursSaysSo(Scene scene) => await FailsAsync(
        scene, Endpoint.Parse("tcp://192.0.2.1:0"), NetworkError.AddressNotAvailable);

    [Behaviour]
    internal static async Task APrivilegedPortWithoutPrivilegeSaysWhichOneIsNeeded(Scene scene)
    {
        if (!scene.MayNotBindPrivilegedPorts)
        {
            // Asked of the message alone where this process may bind them; the probe asks it of the kernel.
            NetworkException message = Sockeye.Linux.Failures.Of(
                NetworkOperation.Listen, Endpoint.Parse("tcp://127.0.0.1:80"), Sockeye.Linux.Errno.EACCES);
            Assert.Equal(NetworkError.PermissionDenied, message.Error);
            Assert.Contains("CAP_NET_BIND_SERVICE", message.Message, StringComparison.Ordinal);
            Sentences.AssertOne(message.Message);
            return;
        }

        NetworkException error =
            await FailsAsync(scene, Endpoint.Parse("tcp://127.0.0.1:80"), NetworkError.PermissionDenied);
        Assert.Contains("CAP_NET_BIND_SERVICE", error.Message, StringComparison.Ordinal);
    }

    [Behaviour]
    internal static async Task ADatagramEndpointIsRefusedForConnections(Scene scene) => await FailsAsync(
        scene, Endpoint.Parse("udp://127.0.0.1:0"), NetworkError.BadEndpoint);

    [Behaviour(On = Transports.Tcp6)]
    internal static async Task EveryAddressServesBothFamilies(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo, endpoint: Endpoint.Parse("tcp://*:0"));
        foreach (string host in (string[])["127.0.0.1", "[::1]"])
        {
            using var peer = Peer.To(Endpoint.Parse($"tcp://{host}:{served.Endpoint.Port}"));
            peer.Send("x");
            peer.Receive(1);
        }
    }

    [Behaviour(On = Transports.Tcp6)]
    internal static async Task EveryAddressOfIPv6ServesThatFamilyAlone(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo, endpoint: Endpoint.Parse("tcp://[::]:0"));
        using var six = Peer.To(Endpoint.Parse($"tcp://[::1]:{served.Endpoint.Port}"));
        six.Send("x");
        six.Receive(1);
        using var four = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException error = Assert.Throws<SocketException>(() =>
            four.Connect(IPAddress.Loopback, served.Endpoint.Port));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Behaviour]
    internal static async Task AClosedPortMayBeBoundAgainAtOnce(Scene scene)
    {
        Served served = await scene.ServeAsync(_ => default);
        Endpoint endpoint = served.Endpoint;
        Peer peer = served.Connect();
        Assert.Empty(peer.ReceiveToEnd()); // We close first, and keep the connection in TIME-WAIT.
        peer.Dispose();
        await scene.Until(() => served.Listener.ConnectionCount == 0, "the connection is gone");
        await served.Listener.DisposeAsync();
        Served again = await scene.ServeAsync(_ => default, endpoint: endpoint);
        Assert.Empty(again.Connect().ReceiveToEnd());
    }

    [Behaviour(On = Transports.UnixPath)]
    internal static async Task AUnixPathThatIsTooLongSaysSo(Scene scene)
    {
        string directory = scene.Keep(new TemporaryDirectory()).Path;
        FormatException? said = null;
        try
        {
            string path = $"unix:{directory}/{new string('x', 100)}";
            await FailsAsync(scene, Endpoint.Parse(path), NetworkError.BadEndpoint);
        }
        catch (FormatException exception)
        {
            said = exception; // The grammar refuses it before any model sees it.
        }

        Assert.Contains("107", said?.Message ?? "107", StringComparison.Ordinal);
    }

    [Behaviour(On = Transports.UnixPath)]
    internal static async Task ADirectoryThatIsMissingSaysSo(Scene scene) => await FailsAsync(
        scene, Endpoint.Parse($"unix:{scene.Keep(new TemporaryDirectory()).Path}/none/s"), NetworkError.BadEndpoint);

    [Behaviour(On = Transports.Unix)]
    internal static async Task ALiveUnixPathIsRefused(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await FailsAsync(scene, served.Endpoint, NetworkError.AddressInUse);
        Peer peer = served.Connect();
        peer.Send("x");
        peer.Receive(1);
    }

    [Behaviour(On = Transports.UnixPath)]
    internal static async Task AStaleUnixPathIsReplaced(Scene scene)
    {
        Endpoint endpoint = scene.FreshEndpoint();
        using (Socket killed = Peer.New(endpoint))
        {
            killed.Bind(Peer.AddressOf(endpoint));
            killed.Listen();
            File.Move(endpoint.Path, endpoint.Path + "~"); // The runtime deletes the path that it bound when it closes.
        }

        File.Move(endpoint.Path + "~", endpoint.Path);
        Served served = await scene.ServeAsync(Handlers.Echo, endpoint: endpoint);
        Peer peer = served.Connect();
        peer.Send("x");
        peer.Receive(1);
    }

    [Behaviour(On = Transports.UnixPath)]
    internal static async Task AFileAtTheUnixPathIsNotDeleted(Scene scene)
    {
        Endpoint endpoint = scene.FreshEndpoint();
        await File.WriteAllTextAsync(endpoint.Path, "precious");
        await FailsAsync(scene, endpoint, NetworkError.AddressInUse);
        Assert.Equal("precious", await File.ReadAllTextAsync(endpoint.Path));
    }

    [Behaviour(On = Transports.UnixPath)]
    internal static async Task TheUnixPathIsGoneAfterTheStop(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        Assert.True(File.Exists(served.Endpoint.Path));
        await served.Listener.DisposeAsync();
        Assert.False(File.Exists(served.Endpoint.Path));
    }

    [Behaviour(On = Transports.UnixPath)]
    [Except("runtime", "the runtime's sockets delete the path that they bound, whoever has it now")]
    internal static async Task AUnixPathOfOneWhoCameAfterUsIsLeftAlone(Scene scene)
    {
        Endpoint endpoint = scene.FreshEndpoint();
        Served served = await scene.ServeAsync(Handlers.Echo, endpoint: endpoint);
        File.Delete(endpoint.Path);
        using Socket successor = Peer.New(endpoint);
        successor.Bind(Peer.AddressOf(endpoint));
        successor.Listen();
        await served.Listener.DisposeAsync();
        Assert.True(File.Exists(endpoint.Path));
    }

    private static async Task<NetworkException> FailsAsync(Scene scene, Endpoint endpoint, NetworkError expected)
    {
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(
            async () => await scene.ServeAsync(Handlers.Echo, endpoint: endpoint));
        Assert.Equal(expected, error.Error);
        Assert.Equal(endpoint, error.Endpoint);
        Assert.Equal(NetworkOperation.Listen, error.Operation);
        Sentences.AssertOne(error.Message);
        return error;
    }
}
