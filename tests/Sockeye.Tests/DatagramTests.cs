using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests;

/// <summary>Datagram sockets on every model that can run here. A plain socket of the runtime is the other side where
/// that says more than another of our own.</summary>
public sealed class DatagramTests
{
    private const int TimeoutMilliseconds = 20_000;

    private static readonly NetworkOptions s_oneLoop = new() { Loops = 1 };
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(TimeoutMilliseconds);

    public static TheoryData<string> Models =>
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    /// <summary>Without the runtime's sockets, which allocate.</summary>
    public static TheoryData<string> LoopModels =>
        [.. IoModel.All.Where(m => m.WhyUnavailable() is null && m.Family != "runtime").Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public Task EchoesAThousandDatagrams(string model) => Run(model, async network =>
    {
        await using Listener listener = await network.ListenAsync(Udp(), Echo);
        await using DatagramSocket client = await network.BindAsync(Udp());
        PeerAddress server = client.AddressOf(listener.Endpoint);
        HashSet<int> missing = [.. Enumerable.Range(0, 1_000)];
        while (missing.Count > 0)
        {
            // What was lost is sent again. Few are in flight, so that no buffer overflows.
            int asked = 0;
            foreach (int number in missing.Take(16))
            {
                Assert.True(client.Send(BitConverter.GetBytes(number), server));
                asked++;
            }

            Assert.Equal(End.None, await client.FlushAsync());
            while (asked > 0 && await ReceiveWithin(client, 1_000) is { IsEmpty: false } batch)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    Assert.Equal(server, batch[i].Peer);
                    missing.Remove(BitConverter.ToInt32(batch[i].Data));
                    asked--;
                }
            }
        }

        Assert.InRange(client.DatagramsReceived, 1_000, client.DatagramsSent);
        Assert.Equal(0, client.DatagramsFailed);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ReceivesSeveralAtOnceInOrder(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        using Socket peer = Peer(out IPEndPoint peerAddress);
        for (int i = 0; i < 10; i++)
        {
            peer.SendTo([(byte)i], Address(socket));
        }

        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal(10, batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            Assert.Equal([(byte)i], batch[i].Data.ToArray());
            Assert.Equal(Endpoint.From(peerAddress, EndpointScheme.Udp), batch[i].Peer.ToEndpoint());
            Assert.False(batch[i].IsTruncated);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => batch[10].Data.Length);
        peer.SendTo([99], Address(socket));
        DatagramBatch next = await socket.ReceiveAsync();
        Assert.Equal([99], next[0].Data.ToArray());
        Assert.Throws<InvalidOperationException>(() => batch[0].Data.Length);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ReceivesMoreThanABatch(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        using Socket peer = Peer(out _);
        for (int i = 0; i < 150; i++)
        {
            peer.SendTo([(byte)i], Address(socket));
        }

        int next = 0;
        while (next < 150)
        {
            DatagramBatch batch = await socket.ReceiveAsync();
            Assert.InRange(batch.Count, 1, DatagramSocket.ReceivedMax);
            for (int i = 0; i < batch.Count; i++)
            {
                Assert.Equal((byte)next++, batch[i].Data[0]);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task SaysWhenADatagramWasCut(string model) => Run(model, async network =>
    {
        var options = new ListenOptions { DatagramBytesMax = 8 };
        await using DatagramSocket socket = await network.BindAsync(Udp(), options);
        using Socket peer = Peer(out _);
        peer.SendTo("exactly8"u8, Address(socket));
        peer.SendTo("rather longer"u8, Address(socket));
        peer.SendTo([], Address(socket));
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal(3, batch.Count);
        Assert.Equal("exactly8"u8, batch[0].Data);
        Assert.False(batch[0].IsTruncated);
        Assert.Equal("rather l"u8, batch[1].Data);
        Assert.True(batch[1].IsTruncated);
        Assert.True(batch[2].Data.IsEmpty);
        Assert.False(batch[2].IsTruncated);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task CarriesTheLongestDatagram(string model) => Run(model, async network =>
    {
        var options = new ListenOptions { DatagramBytesMax = DatagramSocket.DataBytesMax };
        await using DatagramSocket socket = await network.BindAsync(Udp(), options);
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        byte[] data = new byte[DatagramSocket.DataBytesMax];
        Random.Shared.NextBytes(data);
        Assert.True(socket.Send(data, self));
        Assert.True(socket.Send([], self));
        Assert.Equal(End.None, await socket.FlushAsync());
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.True(batch[0].Data.SequenceEqual(data));
        Assert.True(batch[1].Data.IsEmpty);

        NetworkException tooLong = Assert.Throws<NetworkException>(() => socket.Send(new byte[data.Length + 1], self));
        Assert.Equal((NetworkOperation.Send, NetworkError.MessageTooLong), (tooLong.Operation, tooLong.Error));
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ServesBothFamiliesOnOneSocket(string model) => Run(model, async network =>
    {
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("udp://*:0"), Echo);
        foreach (string host in new[] { "127.0.0.1", "[::1]" })
        {
            await using DatagramSocket client = await network.BindAsync(Endpoint.Parse($"udp://{host}:0"));
            var server = Endpoint.Parse($"udp://{host}:{listener.Endpoint.Port}");
            await AssertEchoed(client, client.AddressOf(server), server);
        }

        // A socket of both families sends to IPv4 addresses too.
        await using DatagramSocket dual = await network.BindAsync(Endpoint.Parse("udp://*:0"));
        var four = Endpoint.Parse($"udp://127.0.0.1:{listener.Endpoint.Port}");
        await AssertEchoed(dual, dual.AddressOf(four), four);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ServesAUnixPathAndRemovesIt(string model) => Run(model, async network =>
    {
        string path = Path.Combine(Path.GetTempPath(), $"sockeye-{Guid.NewGuid():N}");
        var endpoint = Endpoint.Parse($"unixgram:{path}");
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            // Hidden while it is closed, because the runtime would remove it.
            stale.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
        }

        File.Move(path + ".kept", path);

        Assert.True(File.Exists(path));
        await using (Listener listener = await network.ListenAsync(endpoint, Echo))
        {
            NetworkException taken =
                await Assert.ThrowsAsync<NetworkException>(async () => await network.BindAsync(endpoint));
            Assert.Equal(NetworkError.AddressInUse, taken.Error);
            await using DatagramSocket client = await network.BindAsync(Endpoint.Parse("unixgram:@"));
            Assert.StartsWith("unixgram:@", client.LocalEndpoint.ToString());
            await AssertEchoed(client, client.AddressOf(endpoint), endpoint);
        }

        Assert.False(File.Exists(path));
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ServesAnAbstractName(string model) => Run(model, async network =>
    {
        var endpoint = Endpoint.Parse($"unixgram:@sockeye-{Guid.NewGuid():N}");
        await using Listener listener = await network.ListenAsync(endpoint, Echo);
        await using DatagramSocket client = await network.BindAsync(Endpoint.Parse("unixgram:@"));
        await AssertEchoed(client, client.AddressOf(endpoint), endpoint);

        // A peer without a name can be heard, not answered: the answer fails, and the server goes on.
        using (var nameless = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            nameless.SendTo("?"u8, new UnixDomainSocketEndPoint('\0' + endpoint.Path[1..]));
        }

        await AssertEchoed(client, client.AddressOf(endpoint), endpoint);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task GivesUpAUnixPeerThatDoesNotReceive(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("unixgram:@"));
        string name = $"sockeye-{Guid.NewGuid():N}";
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint('\0' + name));
        PeerAddress peer = socket.AddressOf(Endpoint.Parse($"unixgram:@{name}"));
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
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task SendsToABroadcastAddress(string model) => Run(model, async network =>
    {
        var options = new ListenOptions { Socket = new SocketOptions { Broadcast = true } };
        await using DatagramSocket receiver = await network.BindAsync(Endpoint.Parse("udp://0.0.0.0:0"));
        await using DatagramSocket allowed = await network.BindAsync(Udp(), options);
        await using DatagramSocket refused = await network.BindAsync(Udp());
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
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task JoinsAndLeavesAGroup(string model) => Run(model, async network =>
    {
        var group = IPAddress.Parse("239.77.12.9");
        var options = new ListenOptions { Socket = new SocketOptions { Interface = "lo", MulticastHops = 1 } };
        await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("udp://0.0.0.0:0"), options);
        PeerAddress all = socket.AddressOf(Endpoint.Parse($"udp://{group}:{socket.LocalEndpoint.Port}"));
        PeerAddress self = socket.AddressOf(Endpoint.Parse($"udp://127.0.0.1:{socket.LocalEndpoint.Port}"));

        // A group's datagrams pass the loop-back before later ones do: the second shows what the first did.
        socket.Join(group, "lo");
        socket.Join(group, "lo");
        Assert.Equal(["group", "self"], await SendBoth());
        socket.Leave(group, "lo");
        socket.Leave(group, "lo");
        Assert.Equal(["self"], await SendBoth());

        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.Join(group, "no-such-if")));
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.Join(IPAddress.Loopback)));

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
                    received.Add(System.Text.Encoding.ASCII.GetString(batch[i].Data));
                }
            }

            return received;
        }
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ACancelledReceiveLosesNothing(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        using Socket peer = Peer(out _);
        using var soon = new CancellationTokenSource(20);
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await socket.ReceiveAsync(soon.Token));
        Assert.Equal(soon.Token, cancelled.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await socket.ReceiveAsync(soon.Token));
        peer.SendTo("kept"u8, Address(socket));
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal("kept"u8, batch[0].Data);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task AStopEndsAWaitingReceiveOnce(string model) => Run(model, s_oneLoop, async network =>
    {
        List<End> ends = [];
        int sockets = 0;
        Listener listener = await network.ListenAsync(Udp(), async socket =>
        {
            Interlocked.Increment(ref sockets);
            DatagramBatch batch = await socket.ReceiveAsync();
            lock (ends)
            {
                ends.Add(batch.End);
            }

            // Until the deadline it may go on; a second receive would wait.
            socket.Send("bye"u8, socket.AddressOf(socket.LocalEndpoint));
            await socket.FlushAsync();
            batch = await socket.ReceiveAsync();
            Assert.Equal("bye"u8, batch[0].Data);
        });
        Assert.Equal(0, listener.ConnectionCount);
        Assert.True(await listener.StopAsync(s_timeout));
        Assert.Equal(sockets, ends.Count);
        Assert.All(ends, end => Assert.Equal(End.Shutdown, end));
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task AStopAbortsAtItsDeadline(string model) => Run(model, async network =>
    {
        var ended = new TaskCompletionSource<End>();
        Listener listener = await network.ListenAsync(
            Udp(),
            async socket =>
            {
                Assert.Equal(End.Shutdown, (await socket.ReceiveAsync()).End);
                ended.TrySetResult((await socket.ReceiveAsync()).End);
            },
            new ListenOptions { Socket = new SocketOptions { Broadcast = true } });
        Assert.False(await listener.StopAsync(TimeSpan.FromMilliseconds(30)));
        Assert.Equal(End.Aborted, await ended.Task);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task AFailingHandlerClosesItsSocketAndIsReported(string model)
    {
        var reports = new System.Collections.Concurrent.ConcurrentQueue<NetworkEvent>();
        var options = new NetworkOptions { Loops = 1, Observe = reports.Enqueue };
        return Run(model, options, async network =>
        {
            await using Listener listener = await network.ListenAsync(Udp(), async socket =>
            {
                await socket.ReceiveAsync();
                throw new InvalidDataException("as asked");
            });
            using Socket peer = Peer(out _);
            peer.SendTo("go"u8, new IPEndPoint(IPAddress.Loopback, listener.Endpoint.Port));
            while (reports.IsEmpty)
            {
                await Task.Delay(5);
            }

            NetworkEvent report = Assert.Single(reports);
            Assert.Equal(NetworkEventKind.HandlerFailed, report.Kind);
            Assert.Contains("as asked", report.Message);
            Assert.True(await listener.StopAsync(s_timeout));
        });
    }

    [Theory]
    [MemberData(nameof(Models))]
    public Task SendingToNobodyBreaksNothing(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        int closedPort;
        using (Socket gone = Peer(out IPEndPoint address))
        {
            closedPort = address.Port;
        }

        PeerAddress nobody = socket.AddressOf(Endpoint.Parse($"udp://127.0.0.1:{closedPort}"));
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
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task ARefusedDatagramIsCountedAndTheOthersGo(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Endpoint.Parse("unixgram:@"));
        PeerAddress nobody = socket.AddressOf(Endpoint.Parse($"unixgram:@sockeye-{Guid.NewGuid():N}"));
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        foreach (PeerAddress peer in new[] { nobody, self, nobody, nobody, self, nobody })
        {
            Assert.True(socket.Send("x"u8, peer));
        }

        Assert.Equal(End.None, await socket.FlushAsync());
        Assert.Equal((2, 4), (socket.DatagramsSent, socket.DatagramsFailed));
        Assert.Equal(2, (await socket.ReceiveAsync()).Count);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task AFullQueueIsSentFirst(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        for (int i = 0; i <= DatagramSocket.QueuedMax; i++)
        {
            Assert.True(socket.Send([(byte)i], self));
        }

        Assert.Equal(DatagramSocket.QueuedMax, socket.DatagramsSent);
        await socket.FlushAsync();
        Assert.Equal(DatagramSocket.QueuedMax + 1, socket.DatagramsSent);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task DatagramsForOnePeerArriveAsTheyWereSent(string model) => Run(model, async network =>
    {
        // Those of one length to one peer leave the socket as one message; nobody may notice.
        int[] lengths = [100, 100, 100, 60, 60, 100, 0, 0, 100, 1_452, 1_452, 7, 1_453, 1_453, 1, 1, 1];
        await using DatagramSocket socket = await network.BindAsync(Udp());
        using Socket one = Peer(out IPEndPoint oneAddress);
        using Socket other = Peer(out IPEndPoint otherAddress);
        PeerAddress toOne = socket.AddressOf(Endpoint.From(oneAddress, EndpointScheme.Udp));
        PeerAddress toOther = socket.AddressOf(Endpoint.From(otherAddress, EndpointScheme.Udp));
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
        one.ReceiveTimeout = other.ReceiveTimeout = 10_000;
        for (int i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(lengths[i], one.Receive(buffer));
            Assert.Equal(-1, buffer.AsSpan(0, lengths[i]).IndexOfAnyExcept((byte)i));
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1, other.Receive(buffer));
        }

        Assert.Equal((0, 0), (one.Available, other.Available));
    });

    [Theory]
    [MemberData(nameof(LoopModels))]
    public Task AllocatesNothingForEachBatch(string model) => Run(model, async network =>
    {
        await using DatagramSocket socket = await network.BindAsync(Udp());
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        byte[] data = new byte[64];
        long before = 0;
        for (int round = 0; round < 1_500; round++)
        {
            if (round == 500)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            for (int i = 0; i < 8; i++)
            {
                socket.Send(data, self);
            }

            await socket.FlushAsync();
            for (int received = 0; received < 8;)
            {
                received += (await socket.ReceiveAsync()).Count;
            }
        }

        // The smallest object has 24 bytes. A collection caused by another test may move the count by some 8 KB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000 * 23);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task LoopsShareAPort(string model) => Run(model, new NetworkOptions { Loops = 2 }, async network =>
    {
        var owners = new System.Collections.Concurrent.ConcurrentDictionary<Owner, int>();
        await using Listener listener = await network.ListenAsync(Udp(), async socket =>
        {
            if (owners.IsEmpty || IoModel.Parse(model).Family == "readiness")
            {
                owners.TryAdd(socket.Owner, 0);
            }

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
            await using DatagramSocket client = await network.BindAsync(Udp());
            await AssertEchoed(client, client.AddressOf(listener.Endpoint), listener.Endpoint);
        }

        Assert.InRange(owners.Values.Sum(), 16, 200);
        NetworkException taken = await Assert.ThrowsAsync<NetworkException>(
            async () => await network.ListenAsync(listener.Endpoint, Echo));
        Assert.Equal(NetworkError.AddressInUse, taken.Error);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public Task MisuseIsRefused(string model) => Run(model, async network =>
    {
        await using Listener listener = await network.ListenAsync(Udp(), Echo);
        DatagramSocket socket = await network.BindAsync(Udp());
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.AddressOf(Endpoint.Parse("udp://example.org:1"))));
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.AddressOf(Endpoint.Parse("udp://*:1"))));
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.AddressOf(Endpoint.Parse("udp://[::1]:1"))));
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.AddressOf(Endpoint.Parse("unixgram:/tmp/x"))));
        Assert.Equal(NetworkError.BadEndpoint, Error(() => socket.AddressOf(Endpoint.Parse("tcp://127.0.0.1:1"))));
        Exception? elsewhere = null;
        var thread = new Thread(() => elsewhere = Record.Exception(() => { _ = socket.ReceiveAsync(); }));
        thread.Start();
        Assert.True(thread.Join(TimeoutMilliseconds));
        Assert.IsType<InvalidOperationException>(elsewhere);

        await socket.DisposeAsync();
        await socket.DisposeAsync();
        Assert.Equal(End.Aborted, (await socket.ReceiveAsync()).End);
        Assert.Equal(End.Aborted, await socket.FlushAsync());
        Assert.False(socket.Send("x"u8, self));

        foreach (string bad in new[] { "tcp://127.0.0.1:0", "unix:@a", "-" })
        {
            NetworkException exception = await Assert.ThrowsAsync<NetworkException>(
                async () => await network.ListenAsync(Endpoint.Parse(bad), Echo));
            Assert.Equal(NetworkError.BadEndpoint, exception.Error);
        }

        NetworkException notOurs = await Assert.ThrowsAsync<NetworkException>(
            async () => await network.BindAsync(Endpoint.Parse("udp://192.0.2.1:0")));
        Assert.Equal(NetworkError.AddressNotAvailable, notOurs.Error);
    });

    private static async ValueTask Echo(DatagramSocket socket)
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

    private static async Task AssertEchoed(DatagramSocket client, PeerAddress peer, Endpoint from)
    {
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
                Assert.Equal(from, batch[0].Peer.ToEndpoint());
                return;
            }
        }
    }

    private static async ValueTask<DatagramBatch> ReceiveWithin(DatagramSocket socket, int milliseconds)
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

    private static Endpoint Udp() => Endpoint.Parse("udp://127.0.0.1:0");

    private static IPEndPoint Address(DatagramSocket socket)
    {
        Assert.True(socket.LocalEndpoint.TryGetIPEndPoint(out IPEndPoint? address));
        return address;
    }

    private static Socket Peer(out IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        address = (IPEndPoint)socket.LocalEndPoint!;
        return socket;
    }

    private static NetworkError Error(Action action) => Assert.Throws<NetworkException>(action).Error;

    private static Task Run(string model, Func<Network, Task> test) =>
        Run(model, new NetworkOptions { Loops = 2, LoopHeldAfter = Timeout.InfiniteTimeSpan }, test);

    private static async Task Run(string model, NetworkOptions options, Func<Network, Task> test)
    {
        // On the pool, with the test's own context left behind: a test goes on wherever its sockets live.
        await Task.Run(async () =>
        {
            Network network = Network.Open(IoModel.Parse(model), options);
            try
            {
                await test(network);
            }
            finally
            {
                await network.DisposeAsync().ConfigureAwait(false);
            }
        }).WaitAsync(s_timeout);
    }
}
