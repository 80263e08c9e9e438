using System.Net;

namespace Sockeye.Tests.Conformance;

/// <summary>Datagrams of every kind: whole, in batches, and what a socket says at its end.</summary>
public sealed class Datagrams(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Datagrams, IsCore = true)]
    internal static async Task AThousandDatagramsAreEchoed(Scene scene)
    {
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), Datagrammed.Echo);
        await using DatagramSocket client = await scene.BindAsync();
        PeerAddress server = client.AddressOf(listener.Endpoint);
        HashSet<int> missing = [.. Enumerable.Range(0, 1_000)];
        while (missing.Count > 0)
        {
            // What was lost is sent again. Few are in flight, so that no buffer overflows.
            int asked = 0;
            foreach (int number in missing.Take(8))
            {
                Assert.True(client.Send(BitConverter.GetBytes(number), server));
                asked++;
            }

            Assert.Equal(End.None, await client.FlushAsync());
            while (asked > 0 && await Datagrammed.ReceiveWithin(client, 1_000) is { IsEmpty: false } batch)
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
    }

    [Behaviour(On = Transports.Datagrams, IsCore = true)]
    internal static async Task SeveralAreReceivedAtOnceInOrder(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        using var peer = new DatagramPeer(scene);
        for (int i = 0; i < 10; i++)
        {
            peer.Send([(byte)i], socket.LocalEndpoint);
        }

        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal(10, batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            Assert.Equal([(byte)i], batch[i].Data.ToArray());
            Assert.Equal(peer.Endpoint, batch[i].Peer.ToEndpoint());
            Assert.False(batch[i].IsTruncated);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => batch[10].Data.Length);
        peer.Send([99], socket.LocalEndpoint);
        DatagramBatch next = await socket.ReceiveAsync();
        Assert.Equal([99], next[0].Data.ToArray());
        Assert.Throws<InvalidOperationException>(() => batch[0].Data.Length);
        await socket.DisposeAsync();
        Assert.Throws<InvalidOperationException>(() => next[0].Data.Length);
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task MoreThanABatchComesInSeveral(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        using var peer = new DatagramPeer(scene);
        Endpoint here = socket.LocalEndpoint;

        // From another thread: a Unix peer waits while the queue is full.
        Task sending = Task.Run(() =>
        {
            for (int i = 0; i < 150; i++)
            {
                peer.Send([(byte)i], here);
            }
        });
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

        await sending;
    }

    [Behaviour(On = Transports.Datagrams, IsCore = true)]
    internal static async Task ADatagramThatWasCutSaysSo(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync(new ListenOptions { DatagramBytesMax = 8 });
        using var peer = new DatagramPeer(scene);
        peer.Send("exactly8"u8, socket.LocalEndpoint);
        peer.Send("rather longer"u8, socket.LocalEndpoint);
        peer.Send([], socket.LocalEndpoint);
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal(3, batch.Count);
        Assert.Equal("exactly8"u8, batch[0].Data);
        Assert.False(batch[0].IsTruncated);
        Assert.Equal("rather l"u8, batch[1].Data);
        Assert.True(batch[1].IsTruncated);
        Assert.True(batch[2].Data.IsEmpty);
        Assert.False(batch[2].IsTruncated);
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task TheLongestDatagramIsCarriedAndALongerOneRefused(Scene scene)
    {
        var options = new ListenOptions { DatagramBytesMax = DatagramSocket.DataBytesMax };
        await using DatagramSocket socket = await scene.BindAsync(options);
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        byte[] data = Handlers.Pattern(DatagramSocket.DataBytesMax);
        Assert.True(socket.Send(data, self));
        Assert.True(socket.Send([], self));
        Assert.Equal(End.None, await socket.FlushAsync());
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.True(batch[0].Data.SequenceEqual(data));
        Assert.True(batch[1].Data.IsEmpty);

        NetworkException tooLong = Assert.Throws<NetworkException>(() => socket.Send(new byte[data.Length + 1], self));
        Assert.Equal((NetworkOperation.Send, NetworkError.MessageTooLong), (tooLong.Operation, tooLong.Error));
    }

    [Behaviour(On = Transports.Datagrams, IsCore = true)]
    internal static async Task ACancelledReceiveLosesNothing(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        using var peer = new DatagramPeer(scene);
        using var soon = new CancellationTokenSource(20);
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await socket.ReceiveAsync(soon.Token));
        Assert.Equal(soon.Token, cancelled.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await socket.ReceiveAsync(soon.Token));
        peer.Send("kept"u8, socket.LocalEndpoint);
        DatagramBatch batch = await socket.ReceiveAsync();
        Assert.Equal("kept"u8, batch[0].Data);
    }

    [Behaviour(On = Transports.Datagrams, IsCore = true)]
    internal static async Task AStopEndsAWaitingReceiveOnce(Scene scene)
    {
        scene.Options = scene.Options with { Loops = 1 };
        bool begun = false;
        List<End> ends = [];
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), async socket =>
        {
            Volatile.Write(ref begun, true);
            ends.Add((await socket.ReceiveAsync()).End);

            // Until the deadline it may go on; a second receive would wait.
            socket.Send("bye"u8, socket.AddressOf(socket.LocalEndpoint));
            await socket.FlushAsync();
            DatagramBatch batch = await socket.ReceiveAsync();
            Assert.Equal("bye"u8, batch[0].Data);
        });
        await scene.Until(() => Volatile.Read(ref begun), "the handler has begun");
        Assert.Equal(0, listener.ConnectionCount);
        Assert.True(await listener.StopAsync(TimeSpan.FromSeconds(15)));
        Assert.Equal([End.Shutdown], ends);
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task AStopAbortsAtItsDeadline(Scene scene)
    {
        scene.Options = scene.Options with { Loops = 1 };
        bool begun = false;
        var ended = new TaskCompletionSource<End>(TaskCreationOptions.RunContinuationsAsynchronously);
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), async socket =>
        {
            Volatile.Write(ref begun, true);
            Assert.Equal(End.Shutdown, (await socket.ReceiveAsync()).End);
            ended.TrySetResult((await socket.ReceiveAsync()).End);
        });
        await scene.Until(() => Volatile.Read(ref begun), "the handler has begun");
        Assert.False(await listener.StopAsync(TimeSpan.FromMilliseconds(30)));
        Assert.Equal(End.Aborted, await ended.Task.WaitAsync(scene.End));
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task AHandlerThatWakesAfterTheEndOfTheNetworkFindsItsSocketClosed(Scene scene)
    {
        scene.Options = scene.Options with { Loops = 1 };
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource<(End, bool, End)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await scene.Network.ListenAsync(scene.FreshEndpoint(), async socket =>
        {
            begun.SetResult();
            await wake.Task;
            End received = (await socket.ReceiveAsync()).End;
            bool isSent = socket.Send("x"u8, socket.AddressOf(socket.LocalEndpoint));
            done.SetResult((received, isSent, await socket.FlushAsync()));
        }, Handlers.SoonAborted);
        await begun.Task.WaitAsync(scene.End);
        await scene.Network.DisposeAsync();
        wake.SetResult();
        Assert.Equal((End.Aborted, false, End.Aborted), await done.Task.WaitAsync(scene.End));
        Assert.Empty(scene.Events);
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task AHandlerOfDatagramsThatThrowsIsReportedAndItsSocketClosed(Scene scene)
    {
        scene.Options = scene.Options with { Loops = 1 };
        Listener listener = await scene.Network.ListenAsync(scene.FreshEndpoint(), async socket =>
        {
            await socket.ReceiveAsync();
            throw new InvalidDataException("as asked");
        });
        using var peer = new DatagramPeer(scene);
        peer.Send("go"u8, listener.Endpoint);
        NetworkEvent report = await scene.EventAsync(NetworkEventKind.HandlerFailed);
        Assert.Contains("as asked", report.Message, StringComparison.Ordinal);
        Assert.True(await listener.StopAsync(TimeSpan.FromSeconds(15)));
        Assert.Equal(report, Assert.Single(scene.Events));
    }

    [Behaviour(On = Transports.Datagrams)]
    [Except("runtime", "the runtime's sockets allocate")]
    internal static async Task NothingIsAllocatedForABatch(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        byte[] data = new byte[64];
        var allocations = new Allocations(rounds: 100);
        while (!allocations.IsDone)
        {
            for (int i = 0; i < 8; i++)
            {
                socket.Send(data, self);
            }

            await socket.FlushAsync();
            for (int received = 0; received < 8;)
            {
                received += (await socket.ReceiveAsync()).Count;
            }

            allocations.Count();
        }

        allocations.AssertWithinLimit();
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task ADatagramSocketIsForItsOwnerAlone(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        Exception? elsewhere = await Task.Run(() => Record.Exception(() => { _ = socket.ReceiveAsync(); }));
        Assert.IsType<InvalidOperationException>(elsewhere);
        Assert.True(socket.Owner.IsCurrent);
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task AClosedDatagramSocketSaysSo(Scene scene)
    {
        DatagramSocket socket = await scene.BindAsync();
        PeerAddress self = socket.AddressOf(socket.LocalEndpoint);
        await socket.DisposeAsync();
        await socket.DisposeAsync();
        Assert.Equal(End.Aborted, (await socket.ReceiveAsync()).End);
        Assert.Equal(End.Aborted, await socket.FlushAsync());
        Assert.False(socket.Send("x"u8, self));
        Assert.Throws<ObjectDisposedException>(() => socket.Join(IPAddress.Parse("239.77.12.9")));
        Assert.Throws<ObjectDisposedException>(() => socket.Leave(IPAddress.Parse("239.77.12.9")));
    }

    [Behaviour(On = Transports.Datagrams)]
    internal static async Task AnAddressOfAnotherKindIsRefused(Scene scene)
    {
        await using DatagramSocket socket = await scene.BindAsync();
        string ofAnother = scene.Transport switch
        {
            Transports.Udp4 => "udp://[::1]:1",
            Transports.Udp6 => "unixgram:/run/x",
            _ => "udp://127.0.0.1:1",
        };
        foreach (string bad in (string[])[ofAnother, "tcp://127.0.0.1:1", "udp://example.org:1", "udp://*:1"])
        {
            Assert.Equal(
                NetworkError.BadEndpoint, Datagrammed.Error(() => socket.AddressOf(Endpoint.Parse(bad))));
        }
    }
}
