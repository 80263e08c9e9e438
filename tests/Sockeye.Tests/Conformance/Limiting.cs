using System.Text;

namespace Sockeye.Tests.Conformance;

/// <summary>The limits on connections, and that they are given back.</summary>
public sealed class Limiting(MatrixPage page) : ConformanceArea(page)
{
    [Behaviour]
    [Except(Transports.Tls, "it is refused before TLS begins")]
    internal static async Task OneConnectionTooManyIsResetAndReported(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo, new Limits { ConnectionsMax = 3 });
        Peer[] peers = [served.Connect(), served.Connect(), served.Connect()];
        await scene.Until(() => served.Listener.ConnectionCount == 3, "three are in");
        Peer extra = served.Connect();
        Assert.True(extra.IsReset());
        NetworkEvent refused = await scene.EventAsync(NetworkEventKind.Refused);
        Assert.Contains("Limits.ConnectionsMax (3)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(extra.LocalEndpoint, refused.Peer);
        foreach (Peer peer in peers)
        {
            peer.Send("still here");
            Assert.Equal("still here", peer.ReceiveText(10));
        }
    }

    [Behaviour(On = Transports.Tcp)]
    [Except(Transports.Tls, "it is refused before TLS begins")]
    [Except(Transports.Unix, "a Unix peer has no address")]
    internal static async Task OneConnectionTooManyFromAnAddressIsResetAndReported(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo, new Limits { ConnectionsPerAddressMax = 2 });
        Peer[] peers = [served.Connect(), served.Connect()];
        await scene.Until(() => served.Listener.ConnectionCount == 2, "two are in");
        Assert.True(served.Connect().IsReset());
        NetworkEvent refused = await scene.EventAsync(NetworkEventKind.Refused);
        Assert.Contains("Limits.ConnectionsPerAddressMax (2)", refused.Message, StringComparison.Ordinal);
        foreach (Peer peer in peers)
        {
            peer.Send("x");
            peer.Receive(1);
        }
    }

    [Behaviour(On = Transports.Unix)]
    internal static async Task UnixPeersHaveNoAddressToBeCounted(Scene scene)
    {
        Served served = await scene.ServeAsync(Handlers.Echo, new Limits { ConnectionsPerAddressMax = 1 });
        for (int i = 0; i < 5; i++)
        {
            Peer peer = served.Connect();
            peer.Send("x");
            peer.Receive(1);
        }
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task ThePlaceOfAClosedConnectionIsFreeAgain(Scene scene)
    {
        Served served = await scene.ServeAsync(
            Handlers.Echo, new Limits { ConnectionsMax = 2, ConnectionsPerAddressMax = 2 });
        for (int i = 0; i < 20; i++)
        {
            await scene.Until(() => served.Listener.ConnectionCount < 2, "a place is free");
            Peer peer = served.Connect();
            peer.Send("x");
            peer.Receive(1);
            if (i % 2 == 0)
            {
                peer.Reset();
            }
            else
            {
                peer.Dispose();
            }
        }

        Assert.DoesNotContain(scene.Events, report => report.Kind == NetworkEventKind.Refused);
    }

    [Behaviour]
    internal static async Task LimitsOfOneListenerAreNotThoseOfAnother(Scene scene)
    {
        Served small = await scene.ServeAsync(Handlers.Echo, new Limits { ConnectionsMax = 1 });
        Served large = await scene.ServeAsync(Handlers.Echo);
        small.Connect();
        await scene.Until(() => small.Listener.ConnectionCount == 1, "one is in");
        Assert.True(small.Connect().IsReset());
        Peer peer = large.Connect();
        peer.Send("x");
        peer.Receive(1);
        Assert.Equal(1, large.Listener.ConnectionCount);
    }

    [Behaviour]
    [Except("readiness", "its loops take connections without number")]
    [Except("completion", "its loops take connections without number")]
    [Except("runtime", "it takes connections without number")]
    [Except("threads", "every connection has a thread of its own")]
    internal static async Task ConnectionsBeyondThePoolWaitAndThoseBeyondItsQueueAreReset(Scene scene)
    {
        scene.Options = scene.Options with { PoolThreads = 2, PoolQueueMax = 1 };
        Served served = await scene.ServeAsync(Handlers.Echo);
        Peer[] first = [served.Connect(), served.Connect()];
        foreach (Peer peer in first)
        {
            peer.Send("x");
            peer.Receive(1);
        }

        Peer waiting = served.Connect();
        waiting.Send("patience");
        await Task.Delay(30);
        await scene.Until(
            () =>
            {
                using var extra = Peer.To(served.Endpoint);
                return extra.IsReset();
            },
            "one more is reset");
        Assert.Contains(
            "NetworkOptions.PoolQueueMax (1)", (
                await scene.EventAsync(NetworkEventKind.Refused)).Message, StringComparison.Ordinal);
        Assert.Equal(0, waiting.Socket.Available);
        first[0].FinishSending();
        Assert.Equal("patience", waiting.ReceiveText(8));
    }

    [Behaviour(On = Transports.Tcp4 | Transports.Tls)]
    internal static async Task TheEndpointsAreThoseOfThePeer(Scene scene)
    {
        var seen = new StringBuilder();
        Served served = await scene.ServeAsync(async c =>
        {
            seen.Append($"{Place(c.LocalEndpoint)} {Place(c.RemoteEndpoint)}");
            await c.ReadAsync();
        });
        Peer peer = served.Connect();
        peer.Send("x");
        await served.First;
        Assert.Equal($"{Place(served.Endpoint)} {Place(peer.LocalEndpoint)}", seen.ToString());

        // They may be asked for after the close, too.
        await scene.EventAsync(NetworkEventKind.Closed);
        Assert.Equal(Place(peer.LocalEndpoint), Place(served.Connections.Single().RemoteEndpoint));
        Assert.Equal(Place(served.Endpoint), Place(served.Connections.Single().LocalEndpoint));
    }

    /// <summary>Without the scheme, which over TLS is not the carrier's.</summary>
    private static string Place(Endpoint endpoint) => $"{endpoint.Host} {endpoint.Port}";
}
