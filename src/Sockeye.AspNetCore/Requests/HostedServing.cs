using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Requests;

/// <summary>What all exchanges of a server share.</summary>
internal sealed class HostedServing(SockeyeServerOptions options, ILogger logger)
{
    private const int IdCharacters = 13;

    // So that identifiers of one run are not those of the next.
    private readonly long _firstId = TimeProvider.System.GetUtcNow().Ticks;
    private long _requests;

    public SockeyeServerOptions Options => options;

    public ILogger Logger => logger;

    public bool RunsOnLoop { get; } = options.RunApplicationOnLoop;

    /// <summary>A connection's identifier: 13 characters of base 32.</summary>
    public string ConnectionIdOf(Connection connection) =>
        string.Create(IdCharacters, _firstId + connection.Id, static (text, id) =>
        {
            const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
            for (int i = text.Length - 1; i >= 0; i--)
            {
                text[i] = Digits[(int)(id & 31)];
                id >>= 5;
            }
        });

    /// <summary>A request's: its connection's, a colon, and eight digits; no other has it.</summary>
    public string NextTraceIdentifier(string connectionId)
    {
        uint number = (uint)Interlocked.Increment(ref _requests);
        return string.Create(null, $"{connectionId}:{number:X8}");
    }
}
