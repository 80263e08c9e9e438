using System.Net;
using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>What only UDP has: ports to share, groups, everybody, and peers that are not there.</summary>
public sealed class DatagramsUdp(MatrixPage page) : ConformanceArea(page)
{
    /// <summary>SOL_UDP.</summary>
    private const int UdpLevel = 17;

    /// <summary>UDP_SEGMENT: how many bytes each datagram has that the kernel cuts off (udp(7)).</summary>
    private const int UdpSegment = 103;

    [Behaviour(On = Transports.Udp6)]
    internal static async Task OneSocketServesBothFamilies(Scene scene)
    {
        Listener listener = await scene.Network.ListenAsync(Endpoint.Parse("udp://*:0"), Datagrammed.Echo);
        foreach (string host in (string[])["127.0.0.1", "[::1]"])
        {
            await using DatagramSocket client = await scene.Network.BindAsync(Endpoint.Parse($"udp://{host}:0"));
            await Datagrammed.AssertEchoed(client, Endpoint.Parse($"udp://{host}:{listener.Endpoint.Port}"));
        }

        // A socket of both families sends to IPv4 addresses too.
        await using DatagramSocket dual = await scene.Network.BindAsync(Endpoint.Parse("udp://*:0"));
        await Datagrammed.AssertEchoed(dual, Endpoint.Parse($"udp://127.0.0.1:{listener.Endpoint.Port}"));
    }

    [Behaviour(On = Transports.Udp4)]
    [Except(Transports.Udp6, "IPv6 has no broadcast")]
    internal static async Task ABroadcastNeedsItsOption(Scene scene)
    {
        var options = new ListenOptions { Socket = new SocketOptions { Broadcast = true } };
        await using DatagramSocket receiver = await scene.Network.BindAsync(Endpoint.Parse("udp://0.0.0.0:0"));
        await using DatagramSocket allowed = await scene.BindAsync(options);
        await using DatagramSocket refused = await scene.BindAsync();
        var everyone = Endpoint.Parse($"udp://127.255.255.255:{receiver.LocalEndpoint.Port}");
        for (int i = 0; i < 3; i++)
        {
            refused.Send("no"u8, refused.AddressOf(everyone));
        }

        await refused.FlushAsync();
        Assert.Equal((0, 3), (refused.DatagramsSent, refused.DatagramsFailed));
        allowed.Send("hear, hear"u8, allowed.AddressOf(everyone));
        await allowed.FlushAsync();
        Assert.Equal((1, 0), (allowed.DatagramsSent, allowed.DatagramsFailed));
        DatagramBatch heard = await receiver.ReceiveAsync();
        Assert.Equal("hear, hear"u8, heard[0].Data);
    }

    [Behaviour(On = Transports.Udp4)]
    [Except(Transports.Udp6, "the loop-back interface carries no multicast of IPv6")]
    internal static async Task AGroupIsJoinedAndLeft(Scene scene)
    {
        var group = IPAddress.Parse("239.77.12.9");
        var options = new ListenOptions { Socket = new SocketOptions { Interface = "lo", MulticastHops = 1 } };
        await using DatagramSocket socket = await scene.Network.BindAsync(Endpoint.Parse("udp://0.0.0.0:0"), options);
        PeerAddress all = socket.AddressOf(Endpoint.Parse($"udp://{group}:{socket.LocalEndpoint.Port}"));
        PeerAddress self = socket.AddressOf(Endpoint.Parse($"udp://127.0.0.1:{socket.LocalEndpoint.Port}"));

        // A group's datagrams pass the loop-back before later ones do: the second shows what the first did.
        socket.Join(group, "lo");
        socket.Join(group, "lo");
        Assert.Equal(["group", "self"], await SendBoth());
        socket.Leave(group, "lo");
        socket.Leave(group, "lo");
        Assert.Equal(["self"], await SendBoth());

        async Task<List<string>> SendBoth()
        {
            Assert.True(socket.Send("group"u8, all));
            Assert.True(socket.Send("self"u8, self));
            Assert.Equal(End.None, await socket.FlushAsync());
            List<string> received = [];
            while (received.LastOrDefault() != "self")
            {
                DatagramBatch batch = await socket.ReceiveAsync();
                for (int i = 0; i < batch.Count; i++)
                {
                    received.Add(Encoding.ASCII.GetString(batch[i].Data));
                }
            }

            return received;
        }
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task AGroupThatCannotBeJoinedSaysSo(Scene scene)
    {
        bool isFour = scene.Transport == Transports.Udp4;
        var group = IPAddress.Parse(isFour ? "239.77.12.9" : "ff15::77:12:9");
        IPAddress single = isFour ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        await using DatagramSocket socket = await scene.BindAsync();
        Assert.Equal(NetworkError.BadEndpoint, Datagrammed.Error(() => socket.Join(group, "no-such-if")));
        Assert.Equal(NetworkError.BadEndpoint, Datagrammed.Error(() => socket.Join(single)));
        socket.Join(group, "lo");
        socket.Leave(group, "lo");
    }

    [Behaviour(On = Transports.Udp, IsCore = true)]
    internal static async Task SendingToNobodyBreaksNothing(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        Endpoint gone;
        using (var peer = new DatagramPeer(scene))
        {
            gone = peer.Endpoint;
        }

        PeerAddress nobody = socket.AddressOf(gone);
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        for (int round = 0; round < 3; round++)
        {
            Assert.True(socket.Send("lost"u8, nobody));
            Assert.True(socket.Send("found"u8, self));
            Assert.True(socket.Send("lost"u8, nobody));
            Assert.Equal(End.None, await socket.FlushAsync());
            DatagramBatch batch = await socket.ReceiveAsync();
            Assert.Equal((1, End.None), (batch.Count, batch.End));
            Assert.Equal("found"u8, batch[0].Data);
        }
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task AFullQueueIsSentFirst(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        for (int i = 0; i <= DatagramSocket.QueuedMax; i++)
        {
            Assert.True(socket.Send([(byte)i], self));
        }

        Assert.Equal(DatagramSocket.QueuedMax, socket.DatagramsSent);
        await socket.FlushAsync();
        Assert.Equal(DatagramSocket.QueuedMax + 1, socket.DatagramsSent);
    }

    [Behaviour(On = Transports.Udp, IsCore = true)]
    internal static async Task DatagramsForOnePeerArriveAsTheyWereSent(Scene scene)
    {
        // Those of one length to one peer leave the socket as one message; nobody may notice.
        int[] lengths = [100, 100, 100, 60, 60, 100, 0, 0, 100, 1_452, 1_452, 7, 1_453, 1_453, 1, 1, 1];
        await using DatagramSocket socket = await scene.BindAsync();
        using var one = new DatagramPeer(scene);
        using var other = new DatagramPeer(scene);
        PeerAddress toOne = socket.AddressOf(one.Endpoint);
        PeerAddress toOther = socket.AddressOf(other.Endpoint);
        for (int i = 0; i < lengths.Length; i++)
        {
            byte[] data = new byte[lengths[i]];
            Array.Fill(data, (byte)i);
            Assert.True(socket.Send(data, toOne));
            if (i % 5 == 4)
            {
                Assert.True(socket.Send([42], toOther));
            }
        }

        Assert.Equal(End.None, await socket.FlushAsync());
        Assert.Equal((lengths.Length + 3, 0), (socket.DatagramsSent, socket.DatagramsFailed));
        byte[] buffer = new byte[2_048];
        for (int i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(lengths[i], one.Socket.Receive(buffer));
            Assert.Equal(-1, buffer.AsSpan(0, lengths[i]).IndexOfAnyExcept((byte)i));
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1, other.Socket.Receive(buffer));
        }

        Assert.Equal((0, 0), (one.Socket.Available, other.Socket.Available));
    }

    [Behaviour(On = Transports.Udp, IsCore = true)]
    internal static async Task TrainsArriveAsTheyWereSent(Scene scene)
    {
        // Two peers in turns, equal lengths and others: what the kernel joins must come apart as it was.
        int[] lengths = [64, 64, 64, 64, 64, 64, 10, 64, 64, 0, 1_452, 1_452, 1_452, 9, 1_453, 1_453, 1, 1, 1, 64];
        await using DatagramSocket socket = await scene.BindAsync();
        await using DatagramSocket one = await scene.BindAsync();
        await using DatagramSocket other = await scene.BindAsync();
        PeerAddress here = one.AddressOf(socket.LocalEndpoint);
        var senders = new Dictionary<PeerAddress, int>
        {
            [socket.AddressOf(one.LocalEndpoint)] = 0,
            [socket.AddressOf(other.LocalEndpoint)] = 0,
        };
        for (int round = 1; round <= 5; round++)
        {
            foreach (DatagramSocket sender in (DatagramSocket[])[one, other])
            {
                for (int i = 0; i < lengths.Length; i++)
                {
                    byte[] data = new byte[lengths[i]];
                    Array.Fill(data, (byte)((round * lengths.Length) + i));
                    Assert.True(sender.Send(data, here));
                }

                Assert.Equal(End.None, await sender.FlushAsync());
            }

            while (senders.Values.Any(count => count < round * lengths.Length))
            {
                DatagramBatch batch = await socket.ReceiveAsync();
                for (int i = 0; i < batch.Count; i++)
                {
                    int count = senders[batch[i].Peer]++;
                    Assert.Equal(lengths[count % lengths.Length], batch[i].Data.Length);
                    Assert.Equal(-1, batch[i].Data.IndexOfAnyExcept((byte)(lengths.Length + count)));
                    Assert.False(batch[i].IsTruncated);
                }
            }
        }
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task TrainsThatAreMoreThanABatchComeInSeveral(Scene scene)
    {
        // More than one wake-up may give, and not more than waits in the kernel one by one.
        const int Trains = 5, Length = 64;
        var options = new ListenOptions { Socket = new SocketOptions { ReceiveBufferBytes = 1 << 20 } };
        await using DatagramSocket socket = await scene.BindAsync(options);
        using var peer = new DatagramPeer(scene);
        await AskToJoin(socket, peer);
        peer.Socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(1));
        byte[] train = new byte[Length];
        for (int i = 0; i < Trains; i++)
        {
            Array.Fill(train, (byte)i);
            peer.Send(train, socket.LocalEndpoint);
        }

        peer.Socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(0));
        peer.Send([42], socket.LocalEndpoint);
        for (int received = 0; received <= Trains * Length;)
        {
            DatagramBatch batch = await socket.ReceiveAsync();
            Assert.InRange(batch.Count, 1, DatagramSocket.ReceivedMax);
            for (int i = 0; i < batch.Count; i++, received++)
            {
                byte expected = (byte)(received == Trains * Length ? 42 : received / Length);
                Assert.Equal([expected], batch[i].Data.ToArray());
                Assert.Equal(peer.Endpoint, batch[i].Peer.ToEndpoint());
            }
        }
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task WhatIsCutInATrainSaysSo(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync(new ListenOptions { DatagramBytesMax = 8 });
        using var peer = new DatagramPeer(scene);
        await AskToJoin(socket, peer);
        peer.Socket.SetRawSocketOption(UdpLevel, UdpSegment, BitConverter.GetBytes(10));
        peer.Send("0123456789abcdefghijklmn"u8, socket.LocalEndpoint);
        List<string> received = [];
        while (received.Count < 3)
        {
            DatagramBatch batch = await socket.ReceiveAsync();
            for (int i = 0; i < batch.Count; i++)
            {
                received.Add(Encoding.ASCII.GetString(batch[i].Data) + (batch[i].IsTruncated ? "…" : ""));
            }
        }

        Assert.Equal(["01234567…", "abcdefgh…", "klmn"], received);
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task LoopsShareAPort(Scene scene)
    {
        var owners = new System.Collections.Concurrent.ConcurrentDictionary<Owner, int>();
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), async socket =>
        {
            while (await socket.ReceiveAsync() is { IsEmpty: false } batch)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    owners.AddOrUpdate(socket.Owner, 1, (_, count) => count + 1);
                    socket.Send(batch[i].Data, batch[i].Peer);
                }

                await socket.FlushAsync();
            }
        });

        // The kernel spreads peers over the sockets by a hash of their addresses; each peer is served wherever it is.
        for (int i = 0; i < 16; i++)
        {
            await using DatagramSocket client = await scene.BindAsync();
            await Datagrammed.AssertEchoed(client, listener.Endpoint);
        }

        Assert.InRange(owners.Values.Sum(), 16, 200);
        NetworkException taken = await Assert.ThrowsAsync<NetworkException>(
            async () => await scene.Network.ListenAsync(listener.Endpoint, Datagrammed.Echo));
        Assert.Equal(NetworkError.AddressInUse, taken.Error);
    }

    /// <summary>So many datagrams at once that the socket asks the kernel to join what comes from now on.</summary>
    private static async Task AskToJoin(DatagramSocket socket, DatagramPeer peer)
    {
        const int Many = 30;
        for (int i = 0; i < Many; i++)
        {
            peer.Send([(byte)i], socket.LocalEndpoint);
        }

        for (int received = 0; received < Many;)
        {
            received += (await socket.ReceiveAsync()).Count;
        }
    }

    [Behaviour(On = Transports.Udp4)]
    internal static async Task AnEndpointThatIsNotForDatagramsIsRefused(Scene scene)
    {
        foreach (string bad in (string[])["tcp://127.0.0.1:0", "unix:@a", "-"])
        {
            NetworkException exception = await Assert.ThrowsAsync<NetworkException>(
                async () => await scene.Network.ListenAsync(Endpoint.Parse(bad), Datagrammed.Echo));
            Assert.Equal(NetworkError.BadEndpoint, exception.Error);
        }
    }

    [Behaviour(On = Transports.Udp)]
    internal static async Task DatagramsOnAnAddressThatIsNotOursSaySo(Scene scene)
    {
        string elsewhere = scene.Transport == Transports.Udp4 ? "192.0.2.1" : "[2001:db8::1]";
        NetworkException notOurs = await Assert.ThrowsAsync<NetworkException>(
            async () => await scene.Network.BindAsync(Endpoint.Parse($"udp://{elsewhere}:0")));
        Assert.Equal(NetworkError.AddressNotAvailable, notOurs.Error);
    }
}
