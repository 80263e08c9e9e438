using System.Net;
using System.Net.Sockets;

namespace Sockeye.Tests.Engines;

/// <summary>The hot path allocates nothing: a message received, answered and sent, with the engine's own
/// work.</summary>
public sealed class AllocationTests
{
    private const int WarmUpMessages = 20_000;
    private const int CountedMessages = 5_000;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>The models with a loop, whose thread does nothing but this connection.</summary>
    public static TheoryData<string> LoopModels { get; } =
        [.. IoModel.All.Where(m => m.Family != "runtime" && m.WhyUnavailable() is null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(LoopModels))]
    public async Task AMessageAllocatesNothing(string model)
    {
        var allocated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Network network = Network.Open(IoModel.Parse(model), new NetworkOptions { Loops = 1 });
        await using Listener listener = await network.ListenAsync(
            Endpoint.Parse("tcp://127.0.0.1:0"), (Connection c) => CountAsync(c, allocated));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, listener.Endpoint.Port);
        await Task.Run(() => Converse(client));
        Assert.Equal(0, await allocated.Task.WaitAsync(s_limit));
    }

    private static async ValueTask CountAsync(Connection c, TaskCompletionSource<long> allocated)
    {
        long before = 0;
        for (int i = 0; await c.ReadAsync() is { IsEmpty: false } received; i++)
        {
            c.Write(received.Span);
            c.Consume(received.Length);
            await c.FlushAsync();
            if (i == WarmUpMessages)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (i == WarmUpMessages + CountedMessages)
            {
                allocated.SetResult(GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    private static void Converse(Socket client)
    {
        client.ReceiveTimeout = (int)s_limit.TotalMilliseconds;
        byte[] message = new byte[64];
        for (int i = 0; i <= WarmUpMessages + CountedMessages; i++)
        {
            client.Send(message);
            for (int received = 0; received < message.Length;)
            {
                received += client.Receive(message.AsSpan(received));
            }
        }
    }
}
