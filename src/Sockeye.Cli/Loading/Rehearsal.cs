using Sockeye.Cli.Loading.Protocols;

namespace Sockeye.Cli.Loading;

/// <summary>
/// Some requests to a server of our own, before the first one to the other's: what runs for the first time is compiled
/// first, and that would be taken for the latency of the server.
/// </summary>
internal static class Rehearsal
{
    /// <summary>After thirty calls the runtime begins to compile a method for good.</summary>
    private const int Requests = 500;

    /// <summary>Requests that are longer are not worth it: there are few of them in a second.</summary>
    private const int RequestBytesMax = 65_536;

    private static int s_count;

    /// <summary>Makes the requests.</summary>
    public static async Task RunAsync(LoadPlan plan, Network network)
    {
        int number = Interlocked.Increment(ref s_count);
        var endpoint = Endpoint.Parse($"unix:@sockeye-rehearsal-{Environment.ProcessId}-{number}");
        if (plan.Protocol.Rehearse(endpoint) is not { } rehearsed
            || rehearsed.Protocol.Request.Length > RequestBytesMax
            || rehearsed.Reply.Length > RequestBytesMax)
        {
            return;
        }

        int requestBytes = rehearsed.Protocol.Request.Length;
        try
        {
            await using Listener listener = await network.ListenAsync(
                endpoint, connection => AnswerAsync(connection, requestBytes, rehearsed.Reply));
            var lane = new Lane(
                plan with
                {
                    Protocol = rehearsed.Protocol,
                    Connections = 1,
                    Requests = Requests,
                    Duration = Timeout.InfiniteTimeSpan,
                    RatePerSecond = null,
                    Close = false,
                    WarmUp = TimeSpan.Zero,
                },
                network, index: 0, lanes: 1);
            await network.RunAsync(() => lane.RunAsync(Task.FromResult(LoadClock.Now)));
        }
        catch (NetworkException)
        {
            // Somewhere without such sockets the first requests are slower, and that is all.
        }
    }

    private static async ValueTask AnswerAsync(Connection connection, int requestBytes, ReadOnlyMemory<byte> reply)
    {
        int taken = 0;
        while (await connection.ReadAsync() is { IsEmpty: false } received)
        {
            taken += received.Length;
            connection.Consume(received.Length);
            for (; taken >= requestBytes; taken -= requestBytes)
            {
                connection.Write(reply.Span);
            }

            await connection.FlushAsync();
        }
    }
}

/// <summary>How a protocol is rehearsed.</summary>
/// <param name="Protocol">The same, spoken to another peer.</param>
/// <param name="Reply">What that peer answers to each request.</param>
internal sealed record Rehearsed(StreamProtocol Protocol, ReadOnlyMemory<byte> Reply);
