using System.Net;

namespace Sockeye.Tests.Conformance;

/// <summary>Client connections: where they run, how they fail, how names are tried.</summary>
public sealed class Connecting(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task AClientTalksToAServer(Scene scene)
    {
        using var peer = new Rendezvous(scene);
        Task<Peer> accepting = peer.AcceptAsync();
        Connection c = await scene.ConnectAsync(peer.Endpoint);
        c.Write("hello"u8);
        await c.FlushAsync();
        Task answering = Task.Run(async () =>
        {
            Peer accepted = await accepting;
            Assert.Equal("hello", accepted.ReceiveText(5));
            accepted.Send("world");
            accepted.FinishSending();
            accepted.ReceiveToEnd();
        });
        Assert.Equal("world"u8.ToArray(), await Handlers.ReadExactlyAsync(c, 5));
        Assert.Equal(End.Finished, (await c.ReadAsync()).End);
        Assert.Equal((5L, 5L), (c.BytesReceived, c.BytesSent));
        await c.DisposeAsync();
        await answering;
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls, IsCore = true)]
    internal static async Task FromElsewhereTheAwaitGoesOnOnTheOwner(Scene scene)
    {
        using var peer = new Rendezvous(scene);
        Assert.Null(Owner.Current);
        Task<Peer> accepting = peer.AcceptAsync();
        await using Connection c = await scene.ConnectAsync(peer.Endpoint);
        Assert.True(c.Owner.IsCurrent);
        Assert.Same(scene.Network, c.Network);
        using Peer accepted = await accepting;
        Assert.True(c.Owner.IsCurrent);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task BothEndsMayBeSockeye(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await using Connection c = await scene.ConnectAsync(served.Endpoint);
        for (int i = 1; i < 100_000; i *= 7)
        {
            c.Write(Handlers.Pattern(i));
            await c.FlushAsync();
            Assert.Equal(Handlers.Pattern(i), await Handlers.ReadExactlyAsync(c, i));
        }

        await c.ShutdownAsync();
        Assert.Equal(End.Finished, (await c.ReadAsync()).End);
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task FromAHandlerTheConnectionHasTheSameOwner(Scene scene)
    {
        using var peer = new Rendezvous(scene);
        Served served = await scene.ServeAsync(async c =>
        {
            for (int i = 0; i < 5; i++)
            {
                Task<Peer> accepting = peer.AcceptAsync();
                await using Connection other = await scene.ConnectAsync(peer.Endpoint);
                using Peer accepted = await accepting;
                Assert.Same(c.Owner, other.Owner);
                Assert.True(c.Owner.IsCurrent);
            }
        });
        served.Connect();
        await served.First;
    }

    [Behaviour(On = Transports.Streams, IsCore = true)]
    internal static async Task ARefusedConnectSaysThatNobodyListens(Scene scene)
    {
        var peer = new Rendezvous(scene);
        Endpoint endpoint = peer.Endpoint;
        peer.Dispose();
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(
            async () => await scene.ConnectAsync(endpoint));
        Assert.Equal(NetworkError.Refused, error.Error);
        Assert.Equal(NetworkOperation.Connect, error.Operation);
        Assert.Equal(endpoint, error.Endpoint);
        Sentences.AssertOne(error.Message);
    }

    [Behaviour]
    internal static async Task AConnectThatNobodyAnswersTimesOut(Scene scene)
    {
        using var peer = new Rendezvous(scene, fullBacklog: true);
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(async () =>
            await scene.Network.ConnectAsync(
            peer.Endpoint, new ConnectOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
        Assert.Equal(NetworkError.TimedOut, error.Error);
        Sentences.AssertOne(error.Message);
    }

    [Behaviour]
    internal static async Task AConnectMayBeCancelled(Scene scene)
    {
        using var peer = new Rendezvous(scene, fullBacklog: true);
        using var cancel = new CancellationTokenSource(100);
        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await scene.Network.ConnectAsync(peer.Endpoint, cancellationToken: cancel.Token));
        Assert.True(cancel.IsCancellationRequested);
        Assert.IsNotType<NetworkException>(error.InnerException);
    }

    [Behaviour]
    internal static async Task AConnectFromAHandlerMayTimeOutAndTheHandlerGoesOn(Scene scene)
    {
        using var peer = new Rendezvous(scene, fullBacklog: true);
        Served served = await scene.ServeAsync(async c =>
        {
            NetworkException error = await Assert.ThrowsAsync<NetworkException>(async () =>
                await c.Network.ConnectAsync(
                peer.Endpoint, new ConnectOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
            Assert.Equal(NetworkError.TimedOut, error.Error);
            Assert.True(c.Owner.IsCurrent);
            c.Write("sorry"u8);
        });
        Assert.Equal("sorry", served.Connect().ReceiveTextToEnd());
        await served.First;
    }

    [Behaviour]
    internal static async Task ANameIsLookedUp(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await using Connection c =
            await scene.Network.ConnectAsync(Endpoint.Parse($"tcp://localhost:{served.Endpoint.Port}"));
        c.Write("x"u8);
        await c.FlushAsync();
        Assert.Equal(1, (await c.ReadAsync()).Length);
        Assert.Equal(served.Endpoint.Port, c.RemoteEndpoint.Port);
    }

    [Behaviour]
    internal static async Task ANameThatDoesNotExistSaysSo(Scene scene)
    {
        NetworkException error = await Assert.ThrowsAsync<NetworkException>(
            async () => await scene.Network.ConnectAsync(Endpoint.Parse("tcp://no-such-name.invalid:1")));
        Assert.Equal(NetworkError.NameNotFound, error.Error);
        Assert.Contains("no-such-name.invalid", error.Message, StringComparison.Ordinal);
        Sentences.AssertOne(error.Message);
    }

    [Behaviour]
    internal static async Task WhenOneAddressOfANameFailsTheNextIsTried(Scene scene)
    {
        // The name is localhost, which means both families or one; the server is on one of them, then on the other.
        IPAddress[] addresses = await scene.Network.ResolveAsync("localhost");
        foreach (IPAddress address in addresses)
        {
            using var listener = new Rendezvous(address);
            Task<Peer> accepting = listener.AcceptAsync();
            await using Connection c = await scene.Network.ConnectAsync(
                Endpoint.Parse($"tcp://localhost:{listener.Endpoint.Port}"));
            Assert.Equal(address, c.RemoteEndpoint.Address);
            (await accepting).Dispose();
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task ManyConnectsAtOnceAllSucceed(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () =>
        {
            await using Connection c = await scene.ConnectAsync(served.Endpoint);
            Assert.True(c.Owner.IsCurrent);
            c.Write(BitConverter.GetBytes(i));
            await c.FlushAsync();
            Assert.Equal(i, BitConverter.ToInt32(await Handlers.ReadExactlyAsync(c, 4)));
        })));
    }

    [Behaviour]
    internal static async Task AClientMayChooseWhereItComesFrom(Scene scene)
    {
        var seen = new TaskCompletionSource<Endpoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        Served served = await scene.ServeAsync(c =>
        {
            seen.SetResult(c.RemoteEndpoint);
            return default;
        });
        await using Connection c = await scene.Network.ConnectAsync(
            served.Endpoint, new ConnectOptions { From = Endpoint.Parse("tcp://127.0.0.7:0") });
        Assert.Equal("127.0.0.7", c.LocalEndpoint.Host);
        Assert.Equal(c.LocalEndpoint, await seen.Task.WaitAsync(scene.End));
    }
}
