using Sockeye.Cli.Loading;
using Sockeye.Cli.Loading.Protocols;
using Sockeye.Tests.Conformance;
using Sockeye.Tests.Http.Server;

namespace Sockeye.Tests.Cli.Loading;

/// <summary>On a connection that stays, a request allocates nothing: what is measured is the server, not our collector.
/// </summary>
public sealed class LoadAllocationTests
{
    private const int RepliesOfWindow = 1_000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, false)]
    [InlineData(1, true)]
    public async Task ARequestOfHttpAllocatesNothing(int pipeline, bool isPaced)
    {
        await using Site site = await Site.StartAsync(Site.CountBody);
        var choice = new ProtocolChoice(site.Url) { Pipeline = pipeline, Expect = ["GET 0"] };
        await AssertAllocatesNothingAsync(choice, isPaced);
    }

    [Fact]
    public async Task AMessageAllocatesNothing()
    {
        await using Network network = Network.Open(IoModel.Parse("epoll"), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), Handlers.Echo);
        await AssertAllocatesNothingAsync(new ProtocolChoice($"{listener.Endpoint}"), isPaced: false);
    }

    private static async Task AssertAllocatesNothingAsync(ProtocolChoice choice, bool isPaced)
    {
        LoadPlan plan = LoadScene.PlanOf(choice, long.MaxValue);
        using var enough = new CancellationTokenSource();
        var measured = new MeasuredProtocol((StreamProtocol)plan.Protocol, enough);
        await LoadScene.RunAsync(
            plan with { Protocol = measured, RatePerSecond = isPaced ? 20_000 : null }, enough.Token);
        measured.Allocations.AssertWithinLimit();
    }

    /// <summary>A protocol that looks at what its thread has allocated while replies are read.</summary>
    private sealed class MeasuredProtocol : StreamProtocol
    {
        private readonly StreamProtocol _inner;
        private readonly CancellationTokenSource _enough;

        public MeasuredProtocol(StreamProtocol inner, CancellationTokenSource enough)
            : base(inner.Name, inner.Endpoint)
        {
            _inner = inner;
            _enough = enough;
            Request = inner.Request;
        }

        public Allocations Allocations { get; } = new(RepliesOfWindow);

        public override long MessageBytes => _inner.MessageBytes;

        public override ReplyReader CreateReader(Lane lane) => new MeasuredReplies(_inner.CreateReader(lane), this);

        private void Count()
        {
            Allocations.Count();
            if (Allocations.IsDone)
            {
                _enough.Cancel();
            }
        }

        private sealed class MeasuredReplies(ReplyReader inner, MeasuredProtocol protocol) : ReplyReader
        {
            public override bool KeepsConnection => inner.KeepsConnection;

            public override void Reset() => inner.Reset();

            public override ReplyStatus Read(ReadOnlyMemory<byte> input, out int consumed)
            {
                protocol.Count();
                return inner.Read(input, out consumed);
            }
        }
    }
}
