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
}
