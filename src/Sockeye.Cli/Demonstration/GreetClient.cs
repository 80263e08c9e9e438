using System.Text;

namespace Sockeye.Cli.Demonstration;

/// <summary>A client of the greeting server, on the network of its choice. Each has one connection.</summary>
internal sealed class GreetClient : IAsyncDisposable
{
    private static readonly TimeSpan s_replyTimeMax = TimeSpan.FromSeconds(10);

    private readonly Connection _connection;

    private GreetClient(Connection connection) => _connection = connection;

    /// <summary>Connects and takes the welcome; on an owner of the network.</summary>
    public static async Task<GreetClient> ConnectAsync(Network network, Endpoint endpoint)
    {
        var options = new ConnectOptions { Limits = Limits.Default with { ReadTimeout = s_replyTimeMax } };
        var client = new GreetClient(await network.ConnectAsync(endpoint, options));
        await client.ExpectAsync("Welcome!"u8.ToArray());
        return client;
    }

    /// <summary>Sends the name this many times, each when the reply to the last has come.</summary>
    public async Task GreetAsync(string name, int times)
    {
        byte[] sent = Encoding.UTF8.GetBytes(name);
        byte[] expected = Encoding.UTF8.GetBytes($"Hello, {name}!");
        for (int i = 0; i < times; i++)
        {
            _connection.Write(sent);
            await _connection.FlushAsync();
            await ExpectAsync(expected);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask ExpectAsync(byte[] expected)
    {
        while (_connection.Unconsumed.Length < expected.Length)
        {
            if (await _connection.ReadAsync() is { IsEmpty: true } nothing)
            {
                throw new InvalidDataException($"the server ended the connection ({nothing.End})");
            }
        }

        if (!_connection.Unconsumed.Span.SequenceEqual(expected))
        {
            string got = Encoding.UTF8.GetString(_connection.Unconsumed.Span);
            throw new InvalidDataException($"the server sent '{got}', not '{Encoding.UTF8.GetString(expected)}'");
        }

        _connection.Consume(expected.Length);
    }
}
