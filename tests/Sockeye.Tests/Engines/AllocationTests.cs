using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests.Engines;

/// <summary>The hot path allocates nothing: a message received, answered and sent, with the engine's own
/// work.</summary>
public sealed class AllocationTests
{
    private const int MessagesOfWindow = 200;

    private static readonly TimeSpan s_limit = Patience.Time;

    /// <summary>The models with a loop, whose thread does nothing but this connection.</summary>
    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task AMessageAllocatesNothing(string model)
    {
        var allocations = new Allocations(MessagesOfWindow);
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"), (Connection c) => CountAsync(c, allocations));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, listener.Endpoint.Port);
        await Task.Run(() => Converse(client, allocations));
        allocations.AssertWithinLimit();
    }

    private static async ValueTask CountAsync(Connection c, Allocations allocations)
    {
        while (await c.ReadAsync() is { IsEmpty: false } received)
        {
            c.Write(received.Span);
            c.Consume(received.Length);
            allocations.Count();
            await c.FlushAsync();
        }
    }

    private static void Converse(Socket client, Allocations allocations)
    {
        client.ReceiveTimeout = (int)s_limit.TotalMilliseconds;
        byte[] message = new byte[64];
        while (!allocations.IsDone)
        {
            client.Send(message);
            for (int received = 0; received < message.Length;)
            {
                received += client.Receive(message.AsSpan(received));
            }
        }
    }
}
