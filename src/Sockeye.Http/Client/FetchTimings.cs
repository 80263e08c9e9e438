namespace Sockeye.Http.Client;

/// <summary>
/// When each phase of an exchange was over, counted from its beginning. A phase that there was none of has null: a
/// connection that was used before has no look-up, no connect and no TLS.
/// </summary>
public sealed class FetchTimings
{
    private readonly TimeProvider _time;
    private readonly long _began;

    internal FetchTimings(TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        BeganAt = time.GetUtcNow();
    }

    /// <summary>When it began.</summary>
    public DateTimeOffset BeganAt { get; }

    /// <summary>A connection was there, or the permission to make one.</summary>
    public TimeSpan? Queued { get; internal set; }

    /// <summary>The name was looked up.</summary>
    public TimeSpan? NameLookup { get; internal set; }

    /// <summary>Connected, to the proxy if there is one.</summary>
    public TimeSpan? Connect { get; internal set; }

    /// <summary>The proxy had made the tunnel.</summary>
    public TimeSpan? Proxy { get; internal set; }

    /// <summary>The TLS handshake was done.</summary>
    public TimeSpan? Tls { get; internal set; }

    /// <summary>The request was written whole, body included; null while it is not.</summary>
    public TimeSpan? RequestSent { get; internal set; }

    /// <summary>The head of the response was read.</summary>
    public TimeSpan? FirstByte { get; internal set; }

    /// <summary>The response was whole; null while it is not.</summary>
    public TimeSpan? End { get; internal set; }

    /// <summary>The connection had been used before.</summary>
    public bool IsReused { get; internal set; }

    /// <summary>How long it has taken so far.</summary>
    internal TimeSpan Now => _time.GetElapsedTime(_began);
}
