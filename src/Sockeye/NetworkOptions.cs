using System.Net;

namespace Sockeye;

/// <summary>How a network over the kernel is set up.</summary>
public sealed record NetworkOptions
{
    /// <summary>The defaults.</summary>
    public static NetworkOptions Default { get; } = new();

    /// <summary>The most loops that a network can have: 1,024.</summary>
    public const int LoopsMax = 1_024;

    /// <summary>The most threads that a pool can have: 16,384.</summary>
    public const int PoolThreadsMax = 16_384;

    /// <summary>Loops to run, each a thread with listeners of its own; 0 (default) means one per processor. Models
    /// that block, and the runtime's, do not use it.</summary>
    public int Loops { get; init => field = Between(value, 0, LoopsMax); }

    /// <summary>Threads of the <c>pool</c> model. Default 64.</summary>
    public int PoolThreads { get; init => field = Between(value, 1, PoolThreadsMax); } = 64;

    /// <summary>Accepted connections that wait for a thread of the pool; one more is reset. Default 1,024.</summary>
    public int PoolQueueMax { get; init => field = NotNegative(value); } = 1_024;

    /// <summary>
    /// How long a handler may hold its loop before <see cref="NetworkEventKind.LoopHeld"/> is reported.
    /// Default 100 ms; <see cref="Timeout.InfiniteTimeSpan"/> switches the watchdog off, and then no loop lends its
    /// thread (<see cref="Owner.Lend"/>).
    /// </summary>
    public TimeSpan LoopHeldAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Called with each report, on the thread where it happens; it must be quick and must not throw. Null (default)
    /// reports only a held or failed loop and a failed handler, on <see cref="System.Diagnostics.Trace"/>.
    /// </summary>
    public Action<NetworkEvent>? Observe { get; init; }

    private static int NotNegative(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value;
    }

    private static int Between(int value, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most);
        return value;
    }
}

/// <summary>Options of listening and binding.</summary>
public sealed record ListenOptions
{
    /// <summary>The defaults.</summary>
    public static ListenOptions Default { get; } = new();

    /// <summary>Limits of the listener and of the connections that it accepts.</summary>
    public Limits Limits { get; init; } = Limits.Default;

    /// <summary>Options of the sockets.</summary>
    public SocketOptions Socket { get; init; } = SocketOptions.Default;

    /// <summary>The longest datagram that there can be room for, in bytes: 65,535.</summary>
    public const int DatagramBytesMost = 65_535;

    /// <summary>
    /// Room for each received datagram, in bytes; a longer one is cut (<see cref="Datagram.IsTruncated"/>). Default
    /// 2,048, more than Ethernet carries in one piece; 1 to 65,535. While a handler has a batch, its socket holds room
    /// for a whole one (<see cref="DatagramSocket.ReceivedMax"/>): 256 KB by default, and 1 MB where the kernel joins
    /// datagrams. A socket that waits holds none.
    /// </summary>
    public int DatagramBytesMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ushort.MaxValue);
            field = value;
        }
    } = 2_048;
}

/// <summary>Options of connecting.</summary>
public sealed record ConnectOptions
{
    /// <summary>The defaults.</summary>
    public static ConnectOptions Default { get; } = new();

    /// <summary>How long the whole may take: name look-up and every address tried. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an address has before the next one is tried beside it: the Connection Attempt Delay of RFC 8305
    /// section 5, recommended 250 ms (default), at least 10 ms.
    /// </summary>
    public TimeSpan AttemptDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Limits of the connection.</summary>
    public Limits Limits { get; init; } = Limits.Default;

    /// <summary>Options of the socket.</summary>
    public SocketOptions Socket { get; init; } = SocketOptions.Default;

    /// <summary>Where to connect from; null (default) lets the kernel choose address and port.</summary>
    public Endpoint? From { get; init; }

    /// <summary>Looks names up instead of the network: a resolver of one's own, or addresses that are known. Null
    /// (default) asks <see cref="Network.ResolveAsync"/>.</summary>
    public Func<string, CancellationToken, ValueTask<IPAddress[]>>? Resolve { get; init; }

    /// <summary>Told, on the owner, of every address that is tried, and what became of it. For who shows the race of
    /// RFC 8305. Null (default) tells nobody.</summary>
    public Action<AddressAttempt>? AddressTried { get; init; }

    /// <summary>Told, on the owner, when a name has been looked up, with its addresses in the order in which they are
    /// tried; not for a literal. For who measures how long that took. Null (default) tells nobody.</summary>
    public Action<IReadOnlyList<IPAddress?>>? NameResolved { get; init; }
}

/// <summary>What became of an address that was tried.</summary>
public enum AddressOutcome : byte
{
    /// <summary>It is being tried.</summary>
    Begun = 0,

    /// <summary>It was connected, as the first of all that were tried.</summary>
    Connected,

    /// <summary>It could not be connected.</summary>
    Failed,

    /// <summary>Another one was connected first, or who asked for it gave up.</summary>
    GivenUp,

    /// <summary>It had not answered when the time for all of them was over (<see cref="ConnectOptions.Timeout"/>).
    /// </summary>
    TimedOut,
}

/// <summary>A step of connecting to one of the addresses of a name.</summary>
/// <param name="Address">The address; null for the path of a Unix endpoint.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Failure">Why it failed, or null.</param>
public readonly record struct AddressAttempt(
    IPAddress? Address, AddressOutcome Outcome, NetworkException? Failure = null);
