using System.Net.Sockets;
using Sockeye.Cli.Serving;
using Sockeye.Tests.Http.Client;

namespace Sockeye.Tests.Cli;

/// <summary>What <c>serve greet</c> serves, with its delays in our hands.</summary>
public sealed class GreetTests
{
    private const int Clients = 50;

    public static TheoryData<string> Models { get; } =
        [.. IoModel.All.Where(model => model.WhyUnavailable() is null).Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task GreetsFiftyClientsAtOnceAlthoughEachReplyIsDelayed(string model)
    {
        TimeSpan delay = TimeSpan.FromHours(1);
        var clock = new ManualClock();
        await using Network network = Network.Open(IoModel.Parse(model));
        network.Time = clock;
        await using Server server = await Server.StartAsync(
            network, [Endpoint.Parse("tcp://127.0.0.1:0")], Greet.Stream(
                new ServeSettings(delay, [], _ => { }, new DatagramCounts((_, _) => { }))));
        int port = server.Endpoints[0].Port;
        ServeClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => ServeClient.Connect(port))];
        Assert.All(clients, client => client.Expect("Welcome!"));
        foreach (string name in (string[])["Ada", "Grace", "Barbara"])
        {
            Assert.All(clients, client => client.Send(name));
            await Eventually.Async(() => clock.Waiting == Clients); // All of them wait at the same time.
            Assert.All(clients, client => Assert.Equal(0, client.Socket.Available));
            clock.Advance(delay);
            Assert.All(clients, client => client.Expect($"Hello, {name}!"));
        }

        Assert.All(clients, client => client.Dispose());
    }

    [Fact]
    public async Task NobodyWaitsForAPeerThatIsGone()
    {
        var clock = new ManualClock();
        await using Network network = Network.Open(IoModel.Parse("epoll"));
        network.Time = clock;
        await using Server server = await Server.StartAsync(
            network, [Endpoint.Parse("tcp://127.0.0.1:0")], Greet.Stream(
                new ServeSettings(TimeSpan.FromHours(1), [], _ => { }, new DatagramCounts((_, _) => { }))));
        using ServeClient client = ServeClient.Connect(server.Endpoints[0].Port);
        client.Expect("Welcome!");
        client.Send("Ada");
        await Eventually.Async(() => clock.Waiting == 1);
        client.Socket.LingerState = new LingerOption(true, 0); // A reset.
        client.Dispose();
        await Eventually.Async(() => clock.Waiting == 0 && server.ConnectionCount == 0);
    }
}
