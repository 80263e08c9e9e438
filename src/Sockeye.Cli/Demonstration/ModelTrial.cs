using System.Diagnostics;
using System.Globalization;
using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Demonstration;

/// <summary>What one model showed. Null figures were not reached.</summary>
/// <param name="Model">The model.</param>
/// <param name="Problem">Why it is not green, or why it cannot run here; null when all went well.</param>
internal sealed record ModelResult(IoModel Model, string? Problem)
{
    /// <summary>It cannot run on this machine, which is no fault.</summary>
    public bool IsUnavailable { get; init; }

    /// <summary>The greeting came as it should.</summary>
    public bool Greeted { get; init; }

    /// <summary>How long the clients that came at once took together.</summary>
    public TimeSpan? Concurrent { get; init; }

    /// <summary>The server's processor time for one message and its reply, in microseconds.</summary>
    public double? MicrosecondsPerMessage { get; init; }

    /// <summary>The server's memory for one idle connection.</summary>
    public long? BytesPerConnection { get; init; }
}

/// <summary>Tries a model: greets, checks that a delay holds up nobody, and measures processor time and
/// memory.</summary>
internal sealed class ModelTrial(IoModel model, Network network, CancellationToken stop)
{
    /// <summary>Clients that come at once, each of whose replies waits for <see cref="Delay"/>.</summary>
    public const int ConcurrentClients = 20;

    /// <summary>The delay of each reply; one after the other they would take 20 times as long.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(300);

    private const int MeasuredClients = 16;
    private const int WarmUpMessages = 1_500;
    private const int MeasuredMessages = 1_500;
    private const int IdleClients = 400;
    private const int IdleClientsOnPool = 32; // It has 64 threads, of which the measured clients hold 16.

    /// <summary>Well above the delay, for slow machines, and well below one after the other.</summary>
    private static readonly TimeSpan s_concurrentTimeMax = Delay * ConcurrentClients / 2;

    /// <summary>Runs it. What goes wrong is in the result.</summary>
    public async Task<ModelResult> RunAsync()
    {
        if (model.WhyUnavailable() is { } reason)
        {
            return new ModelResult(model, reason) { IsUnavailable = true };
        }

        var result = new ModelResult(model, null);
        try
        {
            using (ServerProcess server = await StartAsync(TimeSpan.Zero))
            {
                await GreetAsync(server);
                result = result with { Greeted = true };
                (double microseconds, long bytes) = await MeasureAsync(server);
                result = result with { MicrosecondsPerMessage = microseconds, BytesPerConnection = bytes };
            }

            using (ServerProcess server = await StartAsync(Delay))
            {
                TimeSpan took = await GreetAtOnceAsync(server);
                result = result with { Concurrent = took };
                return took <= s_concurrentTimeMax
                    ? result
                    : result with { Problem = $"{ConcurrentClients} clients at once took {took.TotalSeconds:0.0} s" };
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            return result with { Problem = exception.Message };
        }
    }

    private Task<ServerProcess> StartAsync(TimeSpan delay)
    {
        string milliseconds = delay.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + "ms";
        return ServerProcess.StartAsync(
            new ServerStart(model, "greet", "tcp://127.0.0.1:0", "--delay", milliseconds), stop);
    }

    private async Task GreetAsync(ServerProcess server)
    {
        await using GreetClient client = await GreetClient.ConnectAsync(network, server.Endpoint);
        await client.GreetAsync("Michael", 3);
    }

    private async Task<TimeSpan> GreetAtOnceAsync(ServerProcess server)
    {
        GreetClient[] clients = await ConnectAsync(server, ConcurrentClients);
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select((client, i) => client.GreetAsync($"client {i}", 1)));
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        await CloseAsync(clients);
        return took;
    }

    private async Task<(double Microseconds, long Bytes)> MeasureAsync(ServerProcess server)
    {
        GreetClient[] clients = await ConnectAsync(server, MeasuredClients);
        await Task.WhenAll(clients.Select(client => client.GreetAsync("Michael", WarmUpMessages)));
        ServerUsage before = await server.UsageAsync(stop);
        await Task.WhenAll(clients.Select(client => client.GreetAsync("Michael", MeasuredMessages)));
        ServerUsage used = await server.UsageAsync(stop) - before;
        double microseconds = used.ProcessorTime.TotalMicroseconds / (MeasuredClients * MeasuredMessages);

        long memory = server.MemoryBytes;
        GreetClient[] idle = await ConnectAsync(server, model.Name == "pool" ? IdleClientsOnPool : IdleClients);
        await Task.WhenAll(idle.Select(client => client.GreetAsync("Michael", 1)));
        long bytes = Math.Max(0, server.MemoryBytes - memory) / idle.Length;
        await CloseAsync(clients);
        await CloseAsync(idle);
        return (microseconds, bytes);
    }

    private async Task<GreetClient[]> ConnectAsync(ServerProcess server, int count)
    {
        var clients = new List<GreetClient>(count);
        for (int i = 0; i < count; i++)
        {
            stop.ThrowIfCancellationRequested();
            clients.Add(await GreetClient.ConnectAsync(network, server.Endpoint));
        }

        return [.. clients];
    }

    private static async Task CloseAsync(GreetClient[] clients)
    {
        foreach (GreetClient client in clients)
        {
            await client.DisposeAsync();
        }
    }
}
