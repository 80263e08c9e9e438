using Sockeye.Http.Protocol;

namespace Sockeye.Http;

/// <summary>Is told of a request when its response is complete.</summary>
public delegate void AccessLog(in AccessEntry entry);

/// <summary>What became of one request. Valid during the call only.</summary>
public readonly ref struct AccessEntry
{
    /// <summary>The connection it came on.</summary>
    public required Connection Connection { get; init; }

    /// <summary>Its head; null when it was rejected before the whole of it was there.</summary>
    public required RequestHead? Head { get; init; }

    /// <summary>When its head was complete.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long the response took from then on.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The status of the response; 0 when the connection was lost before there was one.</summary>
    public required int Status { get; init; }

    /// <summary>Bytes of the response's content that were handed to the connection: none to HEAD, whatever its handler
    /// wrote, and of a file that was cut off what the kernel had taken.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>The rule that the request broke; <see cref="HttpRule.None"/> for most.</summary>
    public required HttpRule Rule { get; init; }
}
