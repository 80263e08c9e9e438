using System.Net.Sockets;
using System.Text;

namespace Sockeye.Tests.Linux;

public sealed class UringConnectionTests
{
    /// <summary>So that a long send finds no room in the kernel and stays in flight.</summary>
    private static readonly SocketOptions s_littleRoom = SocketOptions.Default with
    {
        SendBufferBytes = 4_096,
        ReceiveBufferBytes = 4_096,
    };

    [UringFact]
    public async Task EchoesTenMegabytesThroughFragments()
    {
        const int Bytes = 10 * 1_048_576;
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo);
        byte[] sent = new byte[Bytes];
        var random = new Random(7);
        random.NextBytes(sent);
        Socket client = server.Connect();
        Task sending = Task.Run(() =>
        {
            for (int at = 0; at < Bytes;)
            {
                int count = Math.Min(random.Next(1, 100_000), Bytes - at);
                at += client.Send(sent.AsSpan(at, count));
            }

            client.Shutdown(SocketShutdown.Send);
        });
        byte[] echoed = await Task.Run(() => UringServer.Receive(client, Bytes + 1));
        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(echoed));
    }

    [UringFact]
    public async Task LeftoversStayInFrontOfWhatFollows()
    {
        // Frames of five bytes out of fragments of seven, so that almost every read begins behind a leftover.
        const int Frames = 20_000;
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            while (await connection.ReadAsync() is { IsEmpty: false } received)
            {
                int whole = received.Length / 5 * 5;
                connection.Write(received.Span[..whole]);
                connection.Consume(whole);
                await connection.FlushAsync();
            }
        });
        byte[] sent = new byte[Frames * 5];
        new Random(8).NextBytes(sent);
        Socket client = server.Connect();
        Task sending = Task.Run(() =>
        {
            for (int at = 0; at < sent.Length; at += 7)
            {
                client.Send(sent.AsSpan(at, Math.Min(7, sent.Length - at)));
            }
        });
        byte[] echoed = await Task.Run(() => UringServer.Receive(client, sent.Length));
        await sending;
        Assert.Equal(sent, echoed);
    }

    [UringFact]
    public async Task ManyConnectionsFitThroughTinyQueues()
    {
        const int Connections = 300;
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo, submissions: 4, completions: 8);
        Socket[] clients = [.. Enumerable.Range(0, Connections).Select(_ => server.Connect())];
        for (int round = 0; round < 3; round++)
        {
            await server.HoldAsync(() =>
            {
                for (int i = 0; i < Connections; i++)
                {
                    clients[i].Send(BitConverter.GetBytes((round * Connections) + i));
                }
            });
            for (int i = 0; i < Connections; i++)
            {
                Assert.Equal((round * Connections) + i, BitConverter.ToInt32(UringServer.Receive(clients[i], 4)));
            }
        }
    }

    [UringFact]
    public async Task MoreReadyConnectionsThanBlocksLoseNothing()
    {
        // Each keeps a block while it holds its message back, and all of them are ready in the same turn.
        const int Connections = 600;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int received = 0;
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            await connection.ReadAsync();
            if (Interlocked.Increment(ref received) == Connections)
            {
                all.SetResult();
            }

            await all.Task;
            connection.Write(connection.Unconsumed.Span);
            await connection.FlushAsync();
        });
        Socket[] clients = [.. Enumerable.Range(0, Connections).Select(_ => server.Connect())];
        byte[][] messages = [.. clients.Select((_, i) => Encoding.ASCII.GetBytes($"message {i}"))];
        await server.HoldAsync(() =>
        {
            for (int i = 0; i < Connections; i++)
            {
                clients[i].Send(messages[i]);
            }
        });
        for (int i = 0; i < Connections; i++)
        {
            Assert.Equal(messages[i], UringServer.Receive(clients[i], messages[i].Length));
        }
    }

    [UringFact]
    public async Task CancelledReadKeepsItsBytes()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            using (var soon = new CancellationTokenSource(20))
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    async () => await connection.ReadAsync(soon.Token));
            }

            cancelled.SetResult();
            await sent.Task;
            Received received = await connection.ReadAsync();
            connection.Write(received.Span);
        });
        Socket client = server.Connect();
        await cancelled.Task.WaitAsync(UringServer.Limit);
        client.Send("kept"u8);
        sent.SetResult();
        Assert.Equal("kept"u8.ToArray(), UringServer.Receive(client, 4));
    }

    [UringFact]
    public async Task CancellationThatComesTooLateKeepsTheBytesBehindALeftover()
    {
        // With a receive behind the leftover "a" in flight: the kernel has done it before the cancellation, and the
        // loop sees that after it.
        var source = new CancellationTokenSource();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            await connection.ReadAsync();
            ValueTask<Received> read = connection.ReadAsync(source.Token);
            reading.SetResult();
            try
            {
                await read;
            }
            catch (OperationCanceledException)
            {
                // What was left over is used up while the kernel may still write behind it.
                connection.Write(connection.Unconsumed.Span[..1]);
                connection.Consume(1);
                await connection.ReadAsync();
            }

            connection.Write(connection.Unconsumed.Span);
        });
        Socket client = server.Connect();
        client.Send("a"u8);
        await reading.Task.WaitAsync(UringServer.Limit);
        await server.HoldAsync(() =>
        {
            client.Send("bc"u8);
            server.Loop.Post(_ => server.Loop.Flush(), null);
            source.Cancel();
        });
        Assert.Equal("abc"u8.ToArray(), UringServer.Receive(client, 4));
    }

    [UringFact]
    public async Task LateBytesWaitBesideWhatTheHandlerHoldsAndFollowIt()
    {
        // The receive goes into a large block; the leftover has moved to a small one, at which the handler still looks
        // when the kernel turns out to have done what was given up twice.
        const int First = 3_000;
        const int Consumed = 2_500;
        byte[] sent = new byte[First + 100];
        new Random(9).NextBytes(sent);
        var firstCancel = new CancellationTokenSource();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var failure = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            while (connection.Unconsumed.Length < First)
            {
                await connection.ReadAsync();
            }

            ValueTask<Received> first = connection.ReadAsync(firstCancel.Token);
            reading.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
            connection.Consume(Consumed);
            using var secondCancel = new CancellationTokenSource();
            ValueTask<Received> second = connection.ReadAsync(secondCancel.Token);
            secondCancel.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await second);
            ReadOnlyMemory<byte> held = connection.Unconsumed;
            while (connection.BytesReceived < sent.Length)
            {
                await Task.Delay(1);
            }

            try
            {
                Assert.Equal(sent[Consumed..First], held.ToArray());
                Assert.Equal(First - Consumed, connection.Unconsumed.Length);
                Received both = await connection.ReadAsync();
                Assert.Equal(sent[Consumed..], both.Span.ToArray());
                failure.SetResult();
            }
            catch (Exception exception)
            {
                failure.SetException(exception);
            }
        });
        Socket client = server.Connect();
        client.Send(sent.AsSpan(0, First));
        await reading.Task.WaitAsync(UringServer.Limit);
        await server.HoldAsync(() =>
        {
            client.Send(sent.AsSpan(First));
            server.Loop.Post(_ => server.Loop.Flush(), null);
            firstCancel.Cancel();
        });
        await failure.Task.WaitAsync(UringServer.Limit);
    }

    [UringFact]
    public async Task ReadAfterACancelledOneGetsWhatComesLater()
    {
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            for (int i = 0; i < 100; i++)
            {
                // Given up and wanted again before the kernel has seen the cancellation.
                using var source = new CancellationTokenSource();
                ValueTask<Received> read = connection.ReadAsync(source.Token);
                await source.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
            }

            again.SetResult();
            await UringServer.Echo(connection);
        });
        Socket client = server.Connect();
        await again.Task.WaitAsync(UringServer.Limit);
        client.Send("later"u8);
        Assert.Equal("later"u8.ToArray(), UringServer.Receive(client, 5));
    }

    [UringFact]
    public async Task HalfCloseStillGetsTheReply()
    {
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            while (await connection.ReadAsync() is { IsEmpty: false })
            {
            }

            connection.Write(connection.Unconsumed.Span);
            await connection.FlushAsync();
        });
        Socket client = server.Connect();
        client.Send("question"u8);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question"u8.ToArray(), UringServer.Receive(client, 100));
    }

    [UringFact]
    public async Task ResetReachesTheReader()
    {
        var end = new TaskCompletionSource<End>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            await connection.ReadAsync();
            connection.Write("x"u8);
            await connection.FlushAsync();
            connection.Consume(connection.Unconsumed.Length);
            end.SetResult((await connection.ReadAsync()).End);
        });
        Socket client = server.Connect();
        client.Send("x"u8);
        UringServer.Receive(client, 1);
        UringServer.Reset(client);
        Assert.Equal(End.Reset, await end.Task.WaitAsync(UringServer.Limit));
    }

    [UringFact]
    public async Task BytesBeforeAResetAreStillRead()
    {
        // The loop learns of the bytes, of the reset and of a failed send all at once.
        var reading = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = new TaskCompletionSource<(string, End)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            ValueTask<Received> read = connection.ReadAsync();
            reading.SetResult(connection);
            string text = Encoding.ASCII.GetString((await read).Span);
            connection.Consume(text.Length);
            got.SetResult((text, (await connection.ReadAsync()).End));
        });
        Socket client = server.Connect();
        Connection connection = await reading.Task.WaitAsync(UringServer.Limit);
        await server.HoldAsync(() =>
        {
            connection.Post(
                static state =>
                {
                    var connection = (Connection)state!;
                    connection.Write("too late"u8);
                    _ = connection.FlushAsync();
                },
                connection);
            client.Send("last words"u8);
            UringServer.Reset(client);
        });
        Assert.Equal(("last words", End.Reset), await got.Task.WaitAsync(UringServer.Limit));
    }

    [UringFact]
    public async Task LossIsNoticedWhileTheHandlerIsBusyElsewhere()
    {
        var watching = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            await using CancellationTokenRegistration registration = connection.Lost.Register(lost.SetResult);
            watching.SetResult();
            await lost.Task;
        });
        Socket client = server.Connect();
        await watching.Task.WaitAsync(UringServer.Limit);
        UringServer.Reset(client);
        await lost.Task.WaitAsync(UringServer.Limit);
    }

    [UringFact]
    public async Task ClosesWithEverythingInFlight()
    {
        // A receive behind a leftover, a send that finds no room, and a watch; then an abort from elsewhere.
        const int Connections = 50;
        var ready = new SemaphoreSlim(0);
        var connections = new List<Connection>();
        var ends = new List<End>();
        await using UringServer server = await UringServer.StartAsync(async connection =>
        {
            connections.Add(connection);
            await connection.ReadAsync();
            _ = connection.Lost;
            connection.GetSpan(900_000);
            connection.Advance(900_000);
            ValueTask<End> flush = connection.FlushAsync();
            ValueTask<Received> read = connection.ReadAsync();
            ready.Release();
            ends.Add((await read).End);
            ends.Add(await flush);
        }, options: s_littleRoom);
        Socket[] clients = [.. Enumerable.Range(0, Connections).Select(_ => server.Connect())];
        foreach (Socket client in clients)
        {
            client.Send("x"u8);
            Assert.True(await ready.WaitAsync(UringServer.Limit));
        }

        await server.Loop.InvokeAsync(() =>
        {
            connections.ForEach(connection => connection.Abort());
            return true;
        }).WaitAsync(UringServer.Limit);
        foreach (Socket client in clients)
        {
            Assert.Throws<SocketException>(() => UringServer.Receive(client, 1_000_000));
        }

        Assert.Equal(Enumerable.Repeat(End.Aborted, 2 * Connections), ends);
        Assert.Equal(0, server.Listener.ConnectionCount);
        Socket another = server.Connect();
        another.Send("y"u8);
        Assert.True(await ready.WaitAsync(UringServer.Limit), "the loop still serves");
    }

    [UringFact]
    public async Task NetworkEndsWithEverythingInFlight()
    {
        UringServer server = await UringServer.StartAsync(async connection =>
        {
            connection.GetSpan(900_000);
            connection.Advance(900_000);
            await connection.FlushAsync();
            await connection.ReadAsync();
        }, options: s_littleRoom);
        Socket[] clients = [.. Enumerable.Range(0, 20).Select(_ => server.Connect())];
        Array.ForEach(clients, client => UringServer.Receive(client, 1));
        await server.Network.DisposeAsync().AsTask().WaitAsync(UringServer.Limit);
        Assert.All(clients, client => Assert.Throws<SocketException>(() => UringServer.Receive(client, 1_000_000)));
        await server.DisposeAsync();
    }
}
