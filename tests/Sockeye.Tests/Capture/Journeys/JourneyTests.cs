using System.Net;
using System.Text;
using Sockeye.Capture.Journeys;
using Sockeye.Http.Client;
using Sockeye.Tests.Conformance;

namespace Sockeye.Tests.Capture.Journeys;

/// <summary>Journeys to servers in our hands, on every model, and to servers that do as they like.</summary>
public sealed class JourneyTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [Models]
    public async Task EveryModelTakesTheWholeJourney(string model)
    {
        Journey journey = await TakeAsync("http", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", model: model);
        Assert.Null(journey.Failure);
        Assert.Equal(
            [JourneyPhaseKind.NameLookup, JourneyPhaseKind.Route, JourneyPhaseKind.Connect, JourneyPhaseKind.Send,
                JourneyPhaseKind.Wait, JourneyPhaseKind.Transfer, JourneyPhaseKind.Close],
            journey.Phases.Select(one => one.Kind));
        Assert.All(
            journey.Phases.Zip(journey.Phases.Skip(1)),
            two => Assert.Equal(two.First.Start + two.First.Duration, two.Second.Start));
        JourneyPhase last = journey.Phases[^1];
        Assert.InRange(journey.Total, last.Start + last.Duration, (last.Start + last.Duration) * 1.5);
        Assert.Equal(200, journey.Http!.Status);
        Assert.Equal("ok", Encoding.ASCII.GetString(journey.Http.Body.Span));
        Assert.Equal(JourneyClose.OursFirst, journey.Close);
        Assert.Equal(AddressOutcome.Connected, Assert.Single(journey.Attempts).Outcome);
        Assert.NotNull(journey.Kernel);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nok")]
    public async Task AServerThatClosesFirstIsLeftInTimeWait(string response)
    {
        Journey journey = await TakeAsync("http", response, closes: true);
        Assert.Null(journey.Failure);
        Assert.Equal(2, journey.Http!.BodyBytes);
        Assert.Equal(JourneyClose.PeersFirst, journey.Close);
    }

    [Fact]
    public async Task AServerThatNeverClosesIsNotWaitedForForever()
    {
        Journey journey = await TakeAsync("tcp", "", holds: true);
        Assert.Null(journey.Failure);
        Assert.Equal(JourneyClose.Unanswered, journey.Close);
    }

    [Fact]
    public async Task ABodyWithoutEndIsCutShort()
    {
        Journey journey = await TakeAsync("http", "HTTP/1.1 200 OK\r\n\r\n", endless: true);
        Assert.Null(journey.Failure);
        Assert.True(journey.Http!.IsCutShort);
        Assert.InRange(
            journey.Http.BodyBytes, JourneyPlan.ReceivedBytesMax, JourneyPlan.ReceivedBytesMax + (16 << 20));
        Assert.Equal(JourneyPlan.KeptBytesMax, journey.Http.Body.Length);
        Assert.Equal(JourneyClose.Reset, journey.Close);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")]
    [InlineData("")]
    public async Task AnAnswerThatIsNoneEndsTheJourneyThere(string response)
    {
        Journey journey = await TakeAsync("http", response, closes: true);
        Assert.IsType<BadResponseException>(journey.Failure!.Exception);
        Assert.InRange(journey.Failure.Phase, JourneyPhaseKind.Wait, JourneyPhaseKind.Transfer);
    }

    [Fact]
    public async Task ANameWithoutAddressAndAPortWithoutServerAreFailuresAndNotExceptions()
    {
        await using Network network = Network.Open();
        Journey unknown = await Journey.TakeAsync(network, Plan("http://nowhere.test/") with
        {
            LookUp = (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([]),
        }).WaitAsync(s_limit);
        Assert.Equal(JourneyPhaseKind.NameLookup, unknown.Failure!.Phase);
        using var nobody = new ClosedPort();
        Journey refused = await Journey.TakeAsync(network, Plan($"tcp://{nobody.Tcp}")).WaitAsync(s_limit);
        Assert.Equal(JourneyPhaseKind.Connect, refused.Failure!.Phase);
        Assert.Equal(NetworkError.Refused, Assert.Single(refused.Attempts).Failure!.Error);
        Assert.Equal(JourneyClose.None, refused.Close);
    }

    private static JourneyPlan Plan(string target) => new()
    {
        Target = Endpoint.Parse(target),
        LookUp = (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]),
        CloseTimeout = TimeSpan.FromSeconds(1),
    };

    /// <summary>Goes to a server that answers what it reads with this.</summary>
    private static async Task<Journey> TakeAsync(
        string scheme, string response, string model = "epoll", bool closes = false, bool holds = false,
        bool endless = false)
    {
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Listener server = await network.ListenAsync(Endpoint.Parse("tcp://127.0.0.1:0"), ServeAsync);
        try
        {
            return await Journey.TakeAsync(network, Plan($"{scheme}://server.test:{server.Endpoint.Port}"))
                .WaitAsync(s_limit);
        }
        finally
        {
            over.SetResult();
        }

        async ValueTask ServeAsync(Connection connection)
        {
            if (holds)
            {
                await over.Task;
                return;
            }

            while (await connection.ReadAsync() is { IsEmpty: false } received)
            {
                connection.Consume(received.Length);
                connection.Write(Encoding.ASCII.GetBytes(response));
                byte[] more = new byte[16_384];
                End end = await connection.FlushAsync();
                while (endless && end == End.None)
                {
                    connection.Write(more);
                    end = await connection.FlushAsync();
                }

                if (closes)
                {
                    return;
                }
            }
        }
    }
}
