using System.Runtime.CompilerServices;

namespace Sockeye;

/// <summary>
/// The limits of a server or a client, all on by default with values that are safe on the open internet.
/// Times of <see cref="Timeout.InfiniteTimeSpan"/> switch a time-out off; counts are at least 1.
/// </summary>
public sealed record Limits
{
    /// <summary>The greatest count or size that a limit can be: 1,073,741,824.</summary>
    public const int Most = 1 << 30;

    // Far beyond any clock, and no sum with one overflows.
    private const long Never = long.MaxValue / 4;

    /// <summary>The defaults.</summary>
    public static Limits Default { get; } = new();

    /// <summary>Connections that one listener holds at a time. One more is reset at once and reported. Default
    /// 16,384.</summary>
    public int ConnectionsMax { get; init => field = AtLeast(value, 1); } = 16_384;

    /// <summary>
    /// Connections from one network address that one listener holds at a time. One more is reset at once and
    /// reported. Unix sockets have no address and do not count. Default 4,096.
    /// </summary>
    public int ConnectionsPerAddressMax { get; init => field = AtLeast(value, 1); } = 4_096;

    /// <summary>
    /// Bytes a connection may hold received and not consumed. A handler that reads again while this many wait gets
    /// an <see cref="InvalidOperationException"/>. Default 65,536; at least 1,024.
    /// </summary>
    public int InputBytesMax { get; init => field = AtLeast(value, 1_024); } = 65_536;

    /// <summary>
    /// Output waiting for the peer from which <see cref="Connection.FlushAsync"/> suspends until it is sent below
    /// the mark again. Default 65,536 bytes.
    /// </summary>
    public int OutputBytesHighWater { get; init => field = AtLeast(value, 1); } = 65_536;

    /// <summary>
    /// Bytes that may be written and not yet sent; writing more throws <see cref="InvalidOperationException"/>, which
    /// says to flush first. Default 1,048,576.
    /// </summary>
    public int OutputBytesMax { get; init => field = AtLeast(value, 1_024); } = 1_048_576;

    /// <summary>How long a read may wait while no byte moves in either direction. Default 2 minutes.</summary>
    public TimeSpan IdleTimeout { get; init => field = Positive(value); } = TimeSpan.FromMinutes(2);

    /// <summary>How long one read may wait, whatever is being sent meanwhile. Default 10 minutes.</summary>
    public TimeSpan ReadTimeout { get; init => field = Positive(value); } = TimeSpan.FromMinutes(10);

    /// <summary>How long pending output may wait without the peer taking a byte. On the <c>async</c> model what the
    /// kernel still holds is not seen, and the time runs until it has room again. Default 30 seconds.</summary>
    public TimeSpan WriteTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a closed connection waits for the peer's FIN and discards what still comes, so that the peer
    /// does not lose our last bytes to a reset (RFC 1122 section 4.2.2.13). It takes the place of SO_LINGER
    /// (socket(7)), which would block the loop in close(2). Default 2 seconds; zero closes at once.
    /// </summary>
    public TimeSpan CloseLinger { get; init => field = NotNegative(value); } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes discarded at most in that time; a peer that sends more is reset. Default 1,048,576.</summary>
    public int LingerBytesMax { get; init => field = AtLeast(value, 0); } = 1_048_576;

    /// <summary>How long the end of a listener waits for the handlers of connections that it has reset. One that still
    /// runs then finds its connection ended whenever it goes on. Default 1 second.</summary>
    public TimeSpan AbortTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(1);

    internal static long Milliseconds(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan ? Never : (long)Math.Ceiling(time.TotalMilliseconds);

    private static int AtLeast(int value, int least, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Most, name);
        return value;
    }

    internal static TimeSpan Positive(TimeSpan value, [CallerMemberName] string name = "")
    {
        if (value != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        }

        return value;
    }

    private static TimeSpan NotNegative(
        TimeSpan value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        return value;
    }
}
