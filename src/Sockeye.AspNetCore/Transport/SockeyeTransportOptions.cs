namespace Sockeye.AspNetCore.Transport;

/// <summary>How Kestrel's connections are carried.</summary>
public sealed class SockeyeTransportOptions
{
    /// <summary>The I/O model. Default <c>auto</c>: the fastest that can run here.</summary>
    public IoModel Model { get; set; } = IoModel.Auto;

    /// <summary>How the network is set up.</summary>
    public NetworkOptions Network { get; set; } = NetworkOptions.Default;

    /// <summary>
    /// Limits of each endpoint and its connections. Kestrel has time-outs of its own, in step with its protocols, so
    /// the default switches <see cref="Limits.IdleTimeout"/> and <see cref="Limits.ReadTimeout"/> off here.
    /// </summary>
    public Limits Limits { get; set; } = Limits.Default with
    {
        IdleTimeout = Timeout.InfiniteTimeSpan,
        ReadTimeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Options of the sockets.</summary>
    public SocketOptions Socket { get; set; } = SocketOptions.Default;

    /// <summary>
    /// Runs the application on the loop that received the request, rather than on the thread pool. Faster, and only for
    /// applications that never block: one that does holds up every connection of its loop. Default false.
    /// </summary>
    public bool RunApplicationOnLoop { get; set; }

    /// <summary>
    /// Whether a client that has finished sending still gets its reply, whole. Kestrel takes such a client for one that
    /// has left: it cancels <c>RequestAborted</c> and drops what is written from then on. With true it is not told, and
    /// the application hears that a client has left only from a reset, or when it writes. Default false.
    /// </summary>
    public bool AllowHalfOpen { get; set; }

    /// <summary>Bytes received and not yet read by Kestrel, from which receiving pauses. Default 1,048,576.</summary>
    public int ReadBytesMax { get; set; } = 1_048_576;

    /// <summary>Bytes written by Kestrel and not yet sent, from which its flushes wait. Default 65,536.</summary>
    public int WriteBytesMax { get; set; } = 65_536;
}
