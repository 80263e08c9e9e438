namespace Sockeye.Capture;

/// <summary>What is captured, and how much memory it may take.</summary>
public sealed record LiveCaptureOptions
{
    /// <summary>The name that stands for every interface.</summary>
    public const string AnyInterface = "any";

    /// <summary>The longest that a frame may be kept: what tcpdump and Wireshark take for "all of it".</summary>
    public const int SnapLengthMax = 262_144;

    /// <summary>The memory of the ring, by default: some seconds in which nobody reads, if there is little traffic.
    /// </summary>
    public const int DefaultRingBytes = 16 * 1024 * 1024;

    /// <summary>The interface, such as <c>eth0</c>; by default all of them.</summary>
    public string Interface { get; init; } = AnyInterface;

    /// <summary>Which packets, in tcpdump's language, such as <c>tcp port 80</c>; empty for all.</summary>
    public string Filter { get; init; } = "";

    /// <summary>How many bytes of a frame are kept at most.</summary>
    public int SnapLength { get; init; } = SnapLengthMax;

    /// <summary>Whether frames for other stations are taken too; does nothing for all interfaces at once.</summary>
    public bool IsPromiscuous { get; init; }

    /// <summary>
    /// The memory that holds frames until they are read, rounded up to whole blocks; when it is full, the kernel drops
    /// and counts.
    /// </summary>
    public int RingBytes { get; init; } = DefaultRingBytes;
}
