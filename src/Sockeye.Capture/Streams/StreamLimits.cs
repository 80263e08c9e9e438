namespace Sockeye.Capture.Streams;

/// <summary>What following streams may cost, however large or hostile the capture is.</summary>
public sealed record StreamLimits
{
    /// <summary>How much a stream takes at most, besides segments and bytes, which have limits of their own.</summary>
    internal const int BytesOfStream = 2_048;

    /// <summary>What is good for captures of millions of packets: they take a process some hundred megabytes at most,
    /// with what waits to be collected.</summary>
    public static StreamLimits Default { get; } = new();

    /// <summary>How many streams are known at once, each of up to two kilobytes; beyond it the one that was silent
    /// longest is forgotten.</summary>
    public int StreamsMax { get; init; } = 16_384;

    /// <summary>How many segments of one direction are remembered until they are acknowledged.</summary>
    public int SegmentsMax { get; init; } = 10_000;

    /// <summary>How many segments of all streams are remembered.</summary>
    public int SegmentsTotalMax { get; init; } = 400_000;

    /// <summary>How many bytes of one direction wait for bytes before them; beyond it those count as lost.</summary>
    public int HeldBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>How many pieces of one direction wait for bytes before them; beyond it those count as lost.</summary>
    public int HeldPiecesMax { get; init; } = 4_096;

    /// <summary>How many bytes of all streams wait for bytes before them.</summary>
    public int HeldBytesTotalMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>How much of a message that spans packets is kept; of a longer one, only its beginning.</summary>
    public int MessageBytesMax { get; init; } = 256 * 1024;

    /// <summary>How much of the messages of all streams is kept.</summary>
    public int MessageBytesTotalMax { get; init; } = 16 * 1024 * 1024;
}

/// <summary>How much of something there is for all streams together; one thread uses it.</summary>
internal sealed class Budget(long max)
{
    public long Used { get; private set; }

    public bool TryTake(long amount)
    {
        if (amount > max - Used)
        {
            return false;
        }

        Used += amount;
        return true;
    }

    public void Return(long amount) => Used -= amount;
}
