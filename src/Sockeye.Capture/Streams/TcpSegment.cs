using System.Buffers.Binary;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>What analysis needs of a TCP segment, and where it stands in its frame.</summary>
internal readonly ref struct TcpSegment
{
    private const int Ipv6LengthAt = 4;
    private const int Ipv6HeaderBytes = 40;
    private const int Ipv4LengthAt = 2;

    public required StreamEnd Source { get; init; }

    public required StreamEnd Destination { get; init; }

    public TcpSequence Sequence { get; init; }

    public TcpSequence Acknowledgment { get; init; }

    public TcpFlags Flags { get; init; }

    public ushort Window { get; init; }

    /// <summary>How many bytes it carried on the wire, which may be more than were captured.</summary>
    public uint Length { get; init; }

    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>What was captured of its data.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    public int PayloadAt { get; init; }

    public int Start { get; init; }

    public int HeaderLength { get; init; }

    public long Frame { get; init; }

    public long Nanoseconds { get; init; }

    public bool HasAck => (Flags & TcpFlags.Ack) != 0;

    /// <summary>Whether it opens, closes or breaks off: then it is more than data and acknowledgement.</summary>
    public bool IsControl => (Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;

    /// <summary>Whether it takes sequence numbers.</summary>
    public bool Occupies => Length > 0 || (Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0;

    /// <summary>The number of what comes after it.</summary>
    public TcpSequence End => Sequence + (Length + ((Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u));

    /// <summary>Reads the segment of a frame; false when there is none, or not the whole header but options.</summary>
    public static bool TryRead(
        in DissectedFrame frame, long nanoseconds, out TcpSegment segment, out LayerRecord layer)
    {
        segment = default;
        if (!TryFindLayers(frame, Tcp.Row, out LayerRecord internet, out layer)
            || !TcpView.TryParse(frame.BytesOf(layer), frame.Frame.IsCutShort, out TcpView view))
        {
            return false;
        }

        ReadOnlySpan<byte> captured = view.Payload;
        uint length = LengthOnWire(frame, internet, layer, view.HeaderLength, captured.Length);
        segment = new TcpSegment
        {
            Source = new StreamEnd(frame.Source.Internet, view.SourcePort),
            Destination = new StreamEnd(frame.Destination.Internet, view.DestinationPort),
            Sequence = view.Sequence,
            Acknowledgment = view.Acknowledgment,
            Flags = view.Flags,
            Window = view.Window,
            Length = length,
            Options = view.Options,
            Payload = captured,
            PayloadAt = layer.Start + layer.Length - captured.Length,
            Start = layer.Start,
            HeaderLength = view.HeaderLength,
            Frame = frame.Frame.Number,
            Nanoseconds = nanoseconds,
        };
        return true;
    }

    /// <summary>The layer of a protocol of this packet, and that of the internet protocol beneath it.</summary>
    public static bool TryFindLayers(
        in DissectedFrame frame, Protocol wanted, out LayerRecord internet, out LayerRecord found)
    {
        internet = default;
        found = default;
        foreach (LayerRecord one in frame.Layers)
        {
            if (one.IsQuoted)
            {
                return false;
            }

            if (one.Protocol == Ipv4.Row || one.Protocol == Ipv6.Row)
            {
                internet = one;
            }
            else if (one.Protocol == wanted && internet.Protocol is not null)
            {
                found = one;
                return true;
            }
        }

        return false;
    }

    // A capture may have kept only the beginning: then the length of the packet around it tells. A packet whose length
    // the card was to fill in says zero (TSO).
    private static uint LengthOnWire(
        in DissectedFrame frame, in LayerRecord internet, in LayerRecord layer, int header, int captured)
    {
        if (!frame.Frame.IsCutShort)
        {
            return (uint)captured;
        }

        ReadOnlySpan<byte> packet = frame.BytesOf(internet);
        bool isIpv6 = internet.Protocol == Ipv6.Row;
        int total = BinaryPrimitives.ReadUInt16BigEndian(packet[(isIpv6 ? Ipv6LengthAt : Ipv4LengthAt)..]);
        int length = total + (isIpv6 ? Ipv6HeaderBytes : 0) - (layer.Start - internet.Start) - header;
        return total == 0 ? (uint)captured : (uint)Math.Max(length, captured);
    }
}
