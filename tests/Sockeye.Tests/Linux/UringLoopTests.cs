using System.Net.Sockets;
using Sockeye.Engines;
using Sockeye.Linux;

namespace Sockeye.Tests.Linux;

public sealed class UringLoopTests
{
    [UringFact]
    public async Task StoppedListenerClosesWhatItAcceptedTooLate()
    {
        bool served = false;
        await using UringServer server = await UringServer.StartAsync(_ =>
        {
            served = true;
            return default;
        });
        Socket? client = null;
        ValueTask<bool> stop = default;
        await server.HoldAsync(() =>
        {
            // The kernel has accepted it before the stop, and the loop sees that after it.
            client = server.Connect();
            server.Loop.Post(_ => server.Loop.Flush(), null);
            stop = server.Listener.StopAsync(TimeSpan.Zero);
        });
        await stop.AsTask().WaitAsync(UringServer.Limit);
        Assert.ThrowsAny<SocketException>(() => Assert.NotEmpty(UringServer.Receive(client!, 1)));
        Assert.False(served);
    }

    [UringFact]
    public async Task StoppedListenerFreesItsPortAtOnce()
    {
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo);
        Endpoint endpoint = server.Listener.Endpoint;
        await server.Listener.DisposeAsync();
        for (int i = 0; i < 20; i++)
        {
            Listener again = await server.Network.ListenAsync(endpoint, UringServer.Echo);
            await again.DisposeAsync();
        }
    }

    [UringFact]
    public async Task DescriptorsThatAreUsedAgainMixNothingUp()
    {
        // Connections that come and go in the same turn take each other's numbers, slots and blocks.
        const int Rounds = 200;
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo, submissions: 8);
        for (int i = 0; i < Rounds; i++)
        {
            Socket kept = server.Connect();
            Socket gone = server.Connect();
            await server.HoldAsync(() =>
            {
                gone.Send("gone"u8);
                UringServer.Reset(gone);
                kept.Send(BitConverter.GetBytes(i));
            });
            Assert.Equal(BitConverter.GetBytes(i), UringServer.Receive(kept, 4));
            kept.Close();
        }
    }

    [UringFact]
    public async Task ConnectsAndTalksToItself()
    {
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo);
        await using Connection connection = await server.Network.ConnectAsync(server.Listener.Endpoint);
        connection.Write("hello"u8);
        await connection.FlushAsync();
        Assert.Equal("hello"u8.ToArray(), (await connection.ReadAsync()).Span.ToArray());
        Assert.True(connection.Owner.IsCurrent);
    }

    [UringFact]
    public async Task RefusedConnectIsAnError()
    {
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo);
        Endpoint endpoint = server.Listener.Endpoint;
        await server.Listener.DisposeAsync();
        var failure = await Assert.ThrowsAsync<NetworkException>(
            async () => await server.Network.ConnectAsync(endpoint));
        Assert.Equal(NetworkError.Refused, failure.Error);
    }

    [UringFact]
    public async Task WatchesALevelAndNotAnEdge()
    {
        using var loopback = new Loopback();
        await using UringServer server = await UringServer.StartAsync(UringServer.Echo);
        (int client, int descriptor) = loopback.Connect();
        var watched = new Watched(server.Loop, 3);
        await server.Loop.InvokeAsync(() => server.Loop.Watch(watched, descriptor, Readiness.None, out watched.Slot));
        Loopback.Value(Interop.Send(client, "x"u8));
        await server.Loop.InvokeAsync(() =>
        {
            Assert.Equal(Readiness.None, watched.Seen);
            server.Loop.SetInterest(watched.Slot, Readiness.Readable);
            return true;
        });

        // Nobody takes the byte, so it is reported again and again.
        await watched.Done.Task.WaitAsync(UringServer.Limit);
        Assert.Equal(Readiness.Readable, watched.Seen);
        await server.Loop.InvokeAsync(() =>
        {
            Assert.Equal(Readiness.None, server.Loop.InterestOf(watched.Slot));
            watched.Begin(2);
            server.Loop.SetInterest(watched.Slot, Readiness.Writable);
            return true;
        });
        await watched.Done.Task.WaitAsync(UringServer.Limit);
        Assert.Equal(Readiness.Writable, watched.Seen);
        await server.Loop.InvokeAsync(() =>
        {
            server.Loop.Unwatch(watched.Slot);
            return true;
        });
    }

    private sealed class Watched(UringLoop loop, int times) : IWatched
    {
        internal int Slot;
        private int _times = times;

        internal Readiness Seen { get; private set; }

        internal TaskCompletionSource Done { get; private set; } = New();

        internal void Begin(int count)
        {
            Seen = Readiness.None;
            _times = count;
            Done = New();
        }

        public void OnReady(Readiness readiness)
        {
            Seen |= readiness;
            if (--_times == 0)
            {
                loop.SetInterest(Slot, Readiness.None);
                Done.SetResult();
            }
        }

        public void OnLoopEnd()
        {
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
