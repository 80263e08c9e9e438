namespace Sockeye;

/// <summary>Socket options that people ask for, in plain words. Zero, null or false leaves the kernel's
/// default.</summary>
public sealed record SocketOptions
{
    /// <summary>The defaults.</summary>
    public static SocketOptions Default { get; } = new();

    /// <summary>
    /// SO_REUSEADDR (socket(7)), on by default for listeners: binds although connections of an earlier listener on the
    /// port are still in TIME-WAIT. It does not let two listeners share a port, and shortens no TIME-WAIT.
    /// </summary>
    public bool ReuseAddress { get; init; } = true;

    /// <summary>
    /// SO_REUSEPORT (socket(7)): several listeners of the same user share the port, and the kernel spreads connections
    /// over them by a hash of the addresses. Loops of one listener share theirs anyway. Off by default, because
    /// another process could silently take part of the traffic.
    /// </summary>
    public bool SharePort { get; init; }

    /// <summary>Connections that wait to be accepted (listen(2)); the kernel caps it at net.core.somaxconn. Default
    /// 4,096.</summary>
    public int Backlog { get; init; } = 4_096;

    /// <summary>TCP_NODELAY (tcp(7)): sends small segments at once. On by default, since output is gathered here
    /// anyway.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>
    /// SO_KEEPALIVE with TCP_KEEPIDLE (tcp(7)): probes a peer that was silent for this long, so that one that vanished
    /// is noticed. Zero (default) does not probe; rounded up to seconds.
    /// </summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>SO_RCVBUF (socket(7)) in bytes; the kernel doubles it for its book-keeping. 0 tunes itself.</summary>
    public int ReceiveBufferBytes { get; init; }

    /// <summary>SO_SNDBUF (socket(7)) in bytes; the kernel doubles it for its book-keeping. 0 tunes itself.</summary>
    public int SendBufferBytes { get; init; }

    /// <summary>
    /// IPV6_V6ONLY (ipv6(7)): true serves IPv6 alone, false also IPv4 on the same socket. Null (default): an
    /// endpoint for every address (<c>tcp://*:80</c>) serves both, <c>[::]</c> serves IPv6 alone.
    /// </summary>
    public bool? IPv6Only { get; init; }

    /// <summary>SO_BINDTODEVICE (socket(7)): only traffic of this interface, such as <c>eth0</c>; null for
    /// all.</summary>
    public string? Interface { get; init; }

    /// <summary>SO_BROADCAST (socket(7)): lets a datagram socket send to broadcast addresses.</summary>
    public bool Broadcast { get; init; }

    /// <summary>IP_MULTICAST_TTL (ip(7)): how many routers a multicast datagram may cross; 0 leaves the default of
    /// 1.</summary>
    public int MulticastHops { get; init; }

    /// <summary>IP_MULTICAST_LOOP (ip(7)): whether our own multicast datagrams come back to this machine. Default
    /// true.</summary>
    public bool MulticastLoopback { get; init; } = true;
}
