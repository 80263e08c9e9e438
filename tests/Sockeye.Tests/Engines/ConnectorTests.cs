using System.Net;
using Sockeye.Engines;

namespace Sockeye.Tests.Engines;

/// <summary>The race to connect belongs to the owner that runs it.</summary>
public sealed class ConnectorTests
{
    private static readonly Endpoint s_somewhere = Endpoint.Parse("tcp://127.0.0.1:9");

    [Fact]
    public async Task AnAttemptThatIsDoneAtOnceNeedsNoOtherThread()
    {
        // Giving up the others and the time-out once went over the thread pool, and waited for a free thread there.
        await using Network network = Network.Open(IoModel.Parse("poll"));
        CancellationToken token = default;
        Task<Connection> connecting = Connector.ConnectAsync(
            network,
            s_somewhere,
            ConnectOptions.Default,
            (_, ofAttempt) =>
            {
                token = ofAttempt;
                return Task.FromResult<Connection>(null!);
            },
            CancellationToken.None);
        Assert.True(connecting.IsCompletedSuccessfully);
        Assert.True(token.IsCancellationRequested, "the race is over for all");
    }

    [Fact]
    public async Task AnAttemptThatFailsAtOnceNeedsNoOtherThreadEither()
    {
        await using Network network = Network.Open(IoModel.Parse("poll"));
        Task<Connection> connecting = Connector.ConnectAsync(
            network,
            s_somewhere,
            ConnectOptions.Default,
            (_, _) => Task.FromException<Connection>(new FormatException("as asked")),
            CancellationToken.None);
        Assert.True(connecting.IsFaulted);
        await Assert.ThrowsAsync<FormatException>(() => connecting);
    }

    [Fact]
    public async Task AResolverThatSaysNothingIsToldFromAPeerThatDoes()
    {
        await using var network = new NetworkWithoutResolver();
        var clock = new ManualClock();
        network.Time = clock;
        Task<Connection> connecting = Connector.ConnectAsync(
            network,
            Endpoint.Parse("tcp://name.test:9"),
            ConnectOptions.Default,
            (_, _) => throw new InvalidOperationException("There is no address to try."),
            CancellationToken.None);
        clock.Advance(ConnectOptions.Default.Timeout);
        NetworkException late = await Assert.ThrowsAsync<NetworkException>(() => connecting);
        Assert.Equal(NetworkError.NameLookupTimedOut, late.Error);
        Assert.Contains("did not answer in time for the name 'name.test'", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAttemptThatRunsOutOfTimeIsToldFromOneThatWasTooSlow()
    {
        await using var network = new NetworkWithoutResolver();
        var clock = new ManualClock();
        network.Time = clock;
        List<AddressOutcome> told = [];
        ConnectOptions options = ConnectOptions.Default with { AddressTried = one => told.Add(one.Outcome) };
        Task<Connection> connecting = ConnectAsync(CancellationToken.None);
        clock.Advance(options.Timeout);
        NetworkException late = await Assert.ThrowsAsync<NetworkException>(() => connecting);
        Assert.Equal(NetworkError.TimedOut, late.Error);
        Assert.Equal([AddressOutcome.Begun, AddressOutcome.TimedOut], told);

        told.Clear();
        using var stop = new CancellationTokenSource();
        connecting = ConnectAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal([AddressOutcome.Begun, AddressOutcome.GivenUp], told);

        Task<Connection> ConnectAsync(CancellationToken cancellationToken) => Connector.ConnectAsync(
            network, s_somewhere, options,
            async (_, ofAttempt) =>
            {
                await Task.Delay(Timeout.Infinite, ofAttempt);
                throw new InvalidOperationException("That was forever.");
            },
            cancellationToken);
    }

    /// <summary>A network that never learns an address.</summary>
    private sealed class NetworkWithoutResolver : Network
    {
        public override string Name => "without resolver";

        protected override bool IsHere => true;

        public override ValueTask<Listener> ListenAsync(
            Endpoint endpoint, ConnectionHandler handler, ListenOptions? options = null) =>
            throw new NotSupportedException();

        public override ValueTask<Listener> ListenAsync(
            Endpoint endpoint, DatagramHandler handler, ListenOptions? options = null) =>
            throw new NotSupportedException();

        public override ValueTask<Connection> ConnectAsync(
            Endpoint endpoint, ConnectOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public override ValueTask<DatagramSocket> BindAsync(Endpoint endpoint, ListenOptions? options = null) =>
            throw new NotSupportedException();

        public override async ValueTask<IPAddress[]> ResolveAsync(
            string host, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return [];
        }

        public override ValueTask DisposeAsync() => default;

        protected override Owner ChooseOwner() => throw new NotSupportedException();
    }
}
