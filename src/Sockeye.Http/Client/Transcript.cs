namespace Sockeye.Http.Client;

/// <summary>Which way bytes went.</summary>
public enum TranscriptDirection : byte
{
    /// <summary>From the client to the server.</summary>
    Sent = 0,

    /// <summary>From the server to the client.</summary>
    Received,
}

/// <summary>
/// Is given the exact bytes of HTTP, on the connection's owner, as they are written and as they arrive; beneath TLS
/// they look different. The memory is valid only during the call.
/// </summary>
public delegate void Transcript(TranscriptDirection direction, ReadOnlyMemory<byte> bytes);
