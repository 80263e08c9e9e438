using System.Net;
using System.Text;
using Sockeye.Tests.Conformance;
using Sockeye.Tls;

namespace Sockeye.Tests.Engines;

/// <summary>What the kernel knows of a connection, and what becomes of the addresses of a name, on each
/// model.</summary>
public sealed class TcpInfoTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Theory]
    [Models]
    public async Task AConnectionTellsWhatTheKernelKnowsOfItUntilItIsClosed(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Echo);
        (TcpInfo? During, TcpInfo? After) told = await network.RunAsync(async () =>
        {
            Connection c = await network.ConnectAsync(listener.Endpoint);
            c.Write("Hello"u8);
            await c.FlushAsync();
            await c.ReadAsync();
            TcpInfo? during = c.ReadTcpInfo();
            c.Abort();
            return (during, c.ReadTcpInfo());
        }).WaitAsync(s_limit);
        Assert.Null(told.After);
        TcpInfo info = Assert.NotNull(told.During);
        Assert.InRange(info.RoundTripTime, TimeSpan.FromTicks(1), s_limit);
        Assert.InRange(info.RetransmissionTimeout, info.RoundTripTime, s_limit);
        Assert.InRange(info.SegmentsSent, 2, 100); // The ACK of the handshake, and the data.
        Assert.InRange(info.SegmentsReceived, 2, 100);
        Assert.Equal(5, info.BytesReceived);
        Assert.Equal(6, info.BytesAcknowledged); // The SYN counts as one.
        Assert.InRange(info.SendSegmentBytes, 500, 65_535);
        Assert.InRange(info.CongestionWindowSegments, 1, 1_000);
        Assert.Null(info.SlowStartThresholdSegments);
        Assert.Equal(0, info.Retransmissions);
    }

    [Theory]
    [Models]
    public async Task TlsTellsOfTheConnectionBeneathAndAUnixSocketOfNone(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        var certificate = new TlsServerOptions
        {
            Certificate = TlsCertificate.SelfSigned(TimeProvider.System, "localhost"),
        };
        await using Listener tls = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"), TlsLayer.Server(Echo, certificate));
        await using Listener unix = await network.ListenAsync(
            Endpoint.Parse($"unix:@sockeye-info-{Guid.NewGuid():n}"), Echo);
        (TcpInfo? Tls, TcpInfo? Unix) told = await network.RunAsync(async () =>
        {
            var options = new TlsClientOptions { ValidateServer = (_, _, _, _) => true };
            await using Connection secured = await TlsLayer.ConnectAsync(network, tls.Endpoint, options);
            await using Connection local = await network.ConnectAsync(unix.Endpoint);
            return (secured.ReadTcpInfo(), local.ReadTcpInfo());
        }).WaitAsync(s_limit);
        Assert.NotNull(told.Tls);
        Assert.Null(told.Unix);
    }

    [Theory]
    [Models]
    public async Task TheRaceTellsOfEveryAddressThatWasTried(string model)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Echo);
        var told = new StringBuilder();
        string? asked = null;
        var options = new ConnectOptions
        {
            // Nobody listens on the first, which says so at once.
            Resolve = (name, _) =>
            {
                asked = name;
                return ValueTask.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
            },
            AddressTried = attempt => told.Append($"{attempt.Address} {attempt.Outcome} {attempt.Failure?.Error}; "),
        };
        await network.RunAsync(async () =>
        {
            var endpoint = Endpoint.Parse($"tcp://two-addresses.test:{listener.Endpoint.Port}");
            await using Connection c = await network.ConnectAsync(endpoint, options);
            return c.RemoteEndpoint;
        }).WaitAsync(s_limit);
        Assert.Equal("two-addresses.test", asked);
        Assert.Equal(
            "127.0.0.2 Begun ; 127.0.0.2 Failed Refused; 127.0.0.1 Begun ; 127.0.0.1 Connected ; ", told.ToString());
    }

    [Fact]
    public void AnOlderKernelThatWritesLessLeavesZeros()
    {
        for (int length = 0; length <= TcpInfo.BytesMax; length++)
        {
            TcpInfo info = TcpInfo.Parse(new byte[length]);
            Assert.Equal(TimeSpan.Zero, info.RoundTripTime);
            Assert.Equal(0, info.PeerWindowBytes);
        }

        byte[] highest = new byte[TcpInfo.BytesMax + 100];
        highest.AsSpan().Fill(0xFF);
        TcpInfo most = TcpInfo.Parse(highest);
        Assert.Equal(TimeSpan.Zero, most.RoundTripTime); // All bits are the kernel's way to know none.
        Assert.Equal(int.MaxValue, most.CongestionWindowSegments);
        Assert.Equal(15, most.OwnWindowShift);
    }

    private static async ValueTask Echo(Connection c)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Write(received.Span);
            c.Consume(received.Length);
            await c.FlushAsync();
        }
    }
}
