using Sockeye.Wire;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Takes the frames of a capture apart, one after another, and says of each what it is in its stream: relative sequence
/// numbers, what is remarkable about it, the states of both ends.
/// </summary>
public sealed class StreamDissector
{
    private readonly Dissector _dissector;

    /// <summary>A dissector with no streams yet.</summary>
    /// <param name="wanted">Which fields to find; <see cref="FieldSet.None"/> is enough for a listing.</param>
    /// <param name="limits">What it may cost; <see cref="StreamLimits.Default"/> when null.</param>
    public StreamDissector(FieldSet wanted, StreamLimits? limits = null)
    {
        _dissector = new Dissector(wanted, StreamFields.Table);
        Streams = new StreamTable(limits);
    }

    /// <summary>The streams so far.</summary>
    public StreamTable Streams { get; }

    /// <summary>Takes the next frame apart; the result is valid until the one after it.</summary>
    /// <param name="captured">The frame.</param>
    /// <param name="packet">What it is in its stream.</param>
    public DissectedFrame Dissect(in CapturedFrame captured, out StreamPacket packet)
    {
        DissectedFrame frame = _dissector.Dissect(captured);
        packet = Streams.Take(frame, out TcpSegment segment, out LayerRecord layer);
        if (packet.Stream is not null)
        {
            StreamFields.Annotate(_dissector, layer, packet, segment.Nanoseconds);
        }

        if (packet.IsTcp && ReferenceEquals(frame.ShortName, Tcp.Row.ShortName))
        {
            TcpInfo.Write(_dissector.BeginInfo(Tcp.Row.ShortName), segment, packet.Tcp);
        }

        return frame;
    }
}
