using System.Net.Sockets;

namespace Sockeye.Tests.Conformance;

/// <summary>The other side where that says more than another socket of our own: a plain one of the runtime, bound to
/// a fresh endpoint of the scene's transport.</summary>
internal sealed class DatagramPeer : IDisposable
{
    /// <summary>A call that waits for longer fails, so that nothing hangs.</summary>
    private const int WaitMilliseconds = Patience.Milliseconds;

    public DatagramPeer(Scene scene)
    {
        Endpoint wanted = scene.FreshEndpoint();
        Socket = Peer.New(wanted);
        Socket.Bind(Peer.AddressOf(wanted));
        Socket.ReceiveTimeout = WaitMilliseconds;
        Socket.SendTimeout = WaitMilliseconds;
        Endpoint = Socket.LocalEndPoint is System.Net.IPEndPoint bound
            ? Endpoint.From(bound, EndpointScheme.Udp)
            : wanted;
    }

    public Socket Socket { get; }

    /// <summary>Where it is bound.</summary>
    public Endpoint Endpoint { get; }

    public void Send(ReadOnlySpan<byte> data, Endpoint to) => Socket.SendTo(data, Peer.AddressOf(to));

    public void Dispose() => Socket.Dispose();
}

/// <summary>What many behaviours of datagrams do.</summary>
internal static class Datagrammed
{
    /// <summary>A handler that sends back what comes.</summary>
    public static async ValueTask Echo(DatagramSocket socket)
    {
        while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                socket.Send(batch[i].Data, batch[i].Peer);
            }

            await socket.FlushAsync();
        }
    }

    /// <summary>A datagram comes back from where it went; one that is lost is sent again.</summary>
    public static async Task AssertEchoed(DatagramSocket client, Endpoint server)
    {
        PeerAddress peer = client.AddressOf(server);
        byte[] data = Guid.NewGuid().ToByteArray();
        while (true)
        {
            client.Send(data, peer);
            Assert.Equal(End.None, await client.FlushAsync());
            if (await ReceiveWithin(client, 1_000) is { IsEmpty: false } batch)
            {
                Assert.Equal(data, batch[0].Data.ToArray());
                Assert.Equal(peer, batch[0].Peer);
                Assert.Equal(peer.GetHashCode(), batch[0].Peer.GetHashCode());
                Assert.Equal(server, batch[0].Peer.ToEndpoint());
                return;
            }
        }
    }

    /// <summary>What comes within a time; nothing when nothing does.</summary>
    public static async ValueTask<DatagramBatch> ReceiveWithin(DatagramSocket socket, int milliseconds)
    {
        using var limit = new CancellationTokenSource(milliseconds);
        try
        {
            return await socket.ReceiveAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return default;
        }
    }

    /// <summary>The error of what must fail.</summary>
    public static NetworkError Error(Action action) => Assert.Throws<NetworkException>(action).Error;
}
