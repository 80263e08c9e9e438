using Sockeye.Cli.Serving;

namespace Sockeye.Cli.Loading.Models;

/// <summary>What a connection costs a server that has had one request of it and waits for the next.</summary>
internal static class IdleMemory
{
    private const int ConnectsAtOnceMax = 64;

    private static readonly TimeSpan s_answerTimeMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a server has to put away what it was busy with.</summary>
    private static readonly TimeSpan s_settleTime = TimeSpan.FromMilliseconds(150);

    private static ReadOnlySpan<byte> Request => "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8;

    private static ReadOnlySpan<byte> End => "Hello, World!"u8;

    /// <summary>Measures it by so many connections.</summary>
    /// <exception cref="NetworkException">The server does not take them.</exception>
    public static async Task<double> MeasureAsync(ServerProcess server, int connections, CancellationToken stop)
    {
        await using Network network = Network.Open(IoModel.Auto, new NetworkOptions { Loops = 1 });
        return await network.RunAsync(async () =>
        {
            await Task.Delay(s_settleTime, network.Time, stop);
            long before = server.MemoryBytes;
            List<Connection> idle = [];
            while (idle.Count < connections)
            {
                stop.ThrowIfCancellationRequested();
                int some = Math.Min(ConnectsAtOnceMax, connections - idle.Count);
                idle.AddRange(await Task.WhenAll(
                    Enumerable.Range(0, some).Select(_ => ConnectAsync(network, server.Endpoint, stop))));
            }

            await Task.Delay(s_settleTime, network.Time, stop);
            double bytes = (server.MemoryBytes - before) / (double)connections;
            idle.ForEach(connection => connection.Abort());
            return bytes;
        });
    }

    private static async Task<Connection> ConnectAsync(Network network, Endpoint endpoint, CancellationToken stop)
    {
        var options = new ConnectOptions { Limits = Limits.Default with { ReadTimeout = s_answerTimeMax } };
        Connection connection = await network.ConnectAsync(endpoint, options, stop);
        connection.Write(Request);
        await connection.FlushAsync();
        while (!connection.Unconsumed.Span.EndsWith(End))
        {
            if (await connection.ReadAsync(stop) is { IsEmpty: true } nothing)
            {
                throw new NetworkException(NetworkOperation.Connect, endpoint, NetworkError.Reset,
                    Resources.ModelsText.IdleEnded.With(nothing.End));
            }
        }

        connection.Consume(connection.Unconsumed.Length);
        return connection;
    }
}
