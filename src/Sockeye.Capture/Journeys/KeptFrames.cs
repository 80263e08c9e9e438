using Sockeye.Wire;
using Sockeye.Wire.Link;

namespace Sockeye.Capture.Journeys;

/// <summary>A frame in memory.</summary>
/// <param name="Source">The number of the capture that it came from.</param>
/// <param name="Time">When it was seen.</param>
/// <param name="Bytes">What was captured of it.</param>
/// <param name="LengthOnWire">How many bytes it had on the wire.</param>
/// <param name="Options">Its options in a pcapng file.</param>
internal sealed record KeptFrame(int Source, Timestamp Time, byte[] Bytes, long LengthOnWire, byte[] Options)
{
    /// <summary>What a frame takes beside its bytes: the heads of three objects, the other fields, and its places in
    /// the list and in the order by time.</summary>
    public const int ObjectsBytes = 160;

    public CapturedFrame ToFrame(int number, LinkType linkType) => new()
    {
        Interface = number,
        Time = Time,
        Bytes = Bytes,
        LengthOnWire = LengthOnWire,
        Options = Options,
        LinkType = linkType,
    };
}

/// <summary>Frames of several captures, in the order in which they came, as many as there is memory for. Any thread may
/// use it.</summary>
/// <param name="bytesMax">How much memory they may take, with their objects.</param>
internal sealed class KeptFrames(long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly List<KeptFrame> _frames = []; // Under the lock, like the two that follow.
    private long _bytes;
    private long _missing;

    /// <summary>How many there was no room for.</summary>
    public long Missing
    {
        get
        {
            lock (_lock)
            {
                return _missing;
            }
        }
    }

    /// <summary>Keeps a copy of a frame, or counts it as missing.</summary>
    public void Add(int source, in CapturedFrame frame)
    {
        int cost = frame.Bytes.Length + frame.Options.Length + KeptFrame.ObjectsBytes;
        lock (_lock)
        {
            if (_bytes + cost > bytesMax)
            {
                _missing++;
                return;
            }

            _bytes += cost;
            _frames.Add(new KeptFrame(
                source, frame.Time ?? default, frame.Bytes.ToArray(), frame.LengthOnWire, frame.Options.ToArray()));
        }
    }

    /// <summary>Those that came after the first so many.</summary>
    public KeptFrame[] Since(int first)
    {
        lock (_lock)
        {
            return [.. _frames[first..]];
        }
    }
}
