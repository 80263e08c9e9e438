using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>What only datagrams of Unix sockets have: a path, a name, and peers whose queue is full.</summary>
public sealed class DatagramsUnix(MatrixPage page) : ConformanceArea(page)
{
    private static readonly Endpoint s_anyName = Endpoint.Parse("unixgram:@");

    [Behaviour(On = Transports.UnixgramPath)]
    internal static async Task AStaleDatagramPathIsReplacedALiveOneRefusedAndOursRemoved(Scene scene)
    {
        Endpoint endpoint = scene.FreshEndpoint();
        using (Socket killed = Peer.New(endpoint))
        {
            killed.Bind(Peer.AddressOf(endpoint));
            File.Move(endpoint.Path, endpoint.Path + "~"); // The runtime deletes the path that it bound when it closes.
        }

        File.Move(endpoint.Path + "~", endpoint.Path);
        await using (Listener listener = await scene.Network.ListenAsync(endpoint, Datagrammed.Echo))
        {
            NetworkException taken =
                await Assert.ThrowsAsync<NetworkException>(async () => await scene.Network.BindAsync(endpoint));
            Assert.Equal(NetworkError.AddressInUse, taken.Error);
            await using DatagramSocket client = await scene.Network.BindAsync(s_anyName);
            await Datagrammed.AssertEchoed(client, endpoint);
        }

        Assert.False(File.Exists(endpoint.Path));
    }

    [Behaviour(On = Transports.Unixgram)]
    internal static async Task ANameIsChosenWhereNoneIsGiven(Scene scene)
    {
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), Datagrammed.Echo);
        await using DatagramSocket client = await scene.Network.BindAsync(s_anyName);
        Assert.StartsWith("unixgram:@", client.LocalEndpoint.ToString(), StringComparison.Ordinal);
        await Datagrammed.AssertEchoed(client, listener.Endpoint);
    }

    [Behaviour(On = Transports.Unixgram)]
    internal static async Task APeerWithoutANameIsHeardAndCannotBeAnswered(Scene scene)
    {
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), Datagrammed.Echo);
        using (Socket nameless = Peer.New(listener.Endpoint))
        {
            nameless.SendTo("?"u8, Peer.AddressOf(listener.Endpoint));
        }

        // The answer fails, and the server goes on.
        await using DatagramSocket client = await scene.BindAsync();
        await Datagrammed.AssertEchoed(client, listener.Endpoint);
    }

    [Behaviour(On = Transports.Unixgram)]
    internal static async Task APeerThatDoesNotReceiveIsGivenUp(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        using var deaf = new DatagramPeer(scene);
        PeerAddress peer = socket.AddressOf(deaf.Endpoint);
        while (socket.DatagramsFailed == 0)
        {
            for (int i = 0; i < 60; i++)
            {
                Assert.True(socket.Send("hello"u8, peer));
            }

            Assert.Equal(End.None, await socket.FlushAsync());
        }

        // And it takes no longer for those that do.
        Assert.True(socket.Send("still here"u8, socket.AddressOf(socket.LocalEndpoint)));
        await socket.FlushAsync();
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal("still here"u8, batch[0].Data);
    }

    [Behaviour(On = Transports.Unixgram)]
    internal static async Task ARefusedDatagramIsCountedAndTheOthersGo(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        PeerAddress nobody = socket.AddressOf(scene.FreshEndpoint());
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        foreach (PeerAddress peer in (PeerAddress[])[nobody, self, nobody, nobody, self, nobody])
        {
            Assert.True(socket.Send("x"u8, peer));
        }

        Assert.Equal(End.None, await socket.FlushAsync());
        Assert.Equal((2, 4), (socket.DatagramsSent, socket.DatagramsFailed));
        Assert.Equal(2, (await socket.ReceiveAsync()).Count);
    }
}
