using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// The streams of a capture, found as its frames are read one after another. It knows neither a clock nor a file; once
/// its streams are there, nothing is allocated for a frame. One thread uses it.
/// </summary>
public sealed class StreamTable
{
    private readonly StreamLimits _limits;
    private readonly Budget _segments;
    private readonly HashSet<Conversation> _streams = new(StreamKey.Comparer);
    private readonly HashSet<Conversation>.AlternateLookup<StreamKey> _byKey;
    private Conversation? _newest;
    private Conversation? _oldest;
    private long _nanoseconds;

    /// <summary>An empty table.</summary>
    /// <param name="limits">What it may cost; <see cref="StreamLimits.Default"/> when null.</param>
    public StreamTable(StreamLimits? limits = null)
    {
        _limits = limits ?? StreamLimits.Default;
        _segments = new Budget(_limits.SegmentsTotalMax);
        _byKey = _streams.GetAlternateLookup<StreamKey>();
    }

    /// <summary>How many streams of TCP there were.</summary>
    public int TcpCount { get; private set; }

    /// <summary>How many streams of UDP there were.</summary>
    public int UdpCount { get; private set; }

    /// <summary>How many streams are known now.</summary>
    public int KnownCount { get; private set; }

    /// <summary>How many were forgotten, because there were too many.</summary>
    public long ForgottenCount { get; private set; }

    /// <summary>Receives a stream that is over for this table: another has its ports, or it was forgotten.</summary>
    public Action<Conversation>? Left { get; set; }

    /// <summary>The streams that are known, the one with the earliest latest packet first.</summary>
    public IEnumerable<Conversation> Known
    {
        get
        {
            for (Conversation? one = _oldest; one is not null; one = one.Newer)
            {
                yield return one;
            }
        }
    }

    /// <summary>Takes the next frame of the capture into account.</summary>
    public StreamPacket Take(in DissectedFrame frame) => Take(frame, out _, out _);

    /// <summary>Takes the next frame into account, and tells where in it the segment or datagram is.</summary>
    internal StreamPacket Take(in DissectedFrame frame, out TcpSegment segment, out LayerRecord layer)
    {
        // Where a frame has no time, that of the one before it must do.
        _nanoseconds = frame.Frame.Time?.Nanoseconds ?? _nanoseconds;
        return TcpSegment.TryRead(frame, _nanoseconds, out segment, out layer) ? Take(frame, segment)
            : TcpSegment.TryFindLayers(frame, Udp.Row, out _, out layer) ? TakeDatagram(frame, layer)
            : default;
    }

    private StreamPacket Take(in DissectedFrame frame, in TcpSegment segment)
    {
        var stream = (TcpStream?)Find(new StreamKey(StreamKind.Tcp, segment.Source, segment.Destination));
        bool isNew = stream is null;
        if (stream is not null && (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn
            && stream.IsOver(stream.SideOf(segment.Source), segment.Sequence))
        {
            Remove(stream);
            Left?.Invoke(stream);
            isNew = true;
        }

        if (isNew)
        {
            (StreamEnd client, StreamEnd server) = EndsOf(segment);
            stream = new TcpStream(
                TcpCount++, client, server, _limits, _segments, reusesPorts: stream is not null);
            Add(stream);
        }

        Side side = stream!.SideOf(segment.Source);
        stream.Count(side, frame.Frame, segment.Length);
        return new StreamPacket(stream, side, stream.Take(side, segment));
    }

    private static (StreamEnd Client, StreamEnd Server) EndsOf(in TcpSegment segment) =>
        (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) switch
        {
            TcpFlags.Syn => (segment.Source, segment.Destination),
            TcpFlags.Syn | TcpFlags.Ack => (segment.Destination, segment.Source),

            // Nobody saw who began; a server more likely has the lower port.
            _ when segment.Source.Port < segment.Destination.Port => (segment.Destination, segment.Source),
            _ => (segment.Source, segment.Destination),
        };

    private StreamPacket TakeDatagram(in DissectedFrame frame, in LayerRecord layer)
    {
        if (!UdpView.TryParse(frame.BytesOf(layer), out UdpView datagram))
        {
            return default;
        }

        var source = new StreamEnd(frame.Source.Internet, datagram.SourcePort);
        var destination = new StreamEnd(frame.Destination.Internet, datagram.DestinationPort);
        Conversation? stream = Find(new StreamKey(StreamKind.Udp, source, destination));
        if (stream is null)
        {
            stream = new UdpStream(UdpCount++, source, destination);
            Add(stream);
        }

        Side side = stream.SideOf(source);
        int length = datagram.Length == 0 ? datagram.Payload.Length : datagram.Length - Udp.HeaderBytes;
        stream.Count(side, frame.Frame, (uint)length);
        return new StreamPacket(stream, side, default);
    }

    private Conversation? Find(in StreamKey key)
    {
        // Packets of one stream often follow each other.
        if (_newest is { } newest && key.IsOf(newest))
        {
            return newest;
        }

        if (!_byKey.TryGetValue(key, out Conversation? stream))
        {
            return null;
        }

        Unlink(stream);
        Link(stream);
        return stream;
    }

    private void Add(Conversation stream)
    {
        if (KnownCount == _limits.StreamsMax)
        {
            Conversation oldest = _oldest!;
            Remove(oldest);
            ForgottenCount++;
            Left?.Invoke(oldest);
        }

        stream.Ordinal = TcpCount + UdpCount;
        _ = _streams.Add(stream);
        KnownCount++;
        Link(stream);
    }

    private void Remove(Conversation stream)
    {
        _ = _streams.Remove(stream);
        KnownCount--;
        Unlink(stream);
        stream.Release();
    }

    private void Link(Conversation stream)
    {
        stream.Older = _newest;
        stream.Newer = null;
        _ = _newest is null ? _oldest = stream : _newest.Newer = stream;
        _newest = stream;
    }

    private void Unlink(Conversation stream)
    {
        _ = stream.Older is null ? _oldest = stream.Newer : stream.Older.Newer = stream.Newer;
        _ = stream.Newer is null ? _newest = stream.Older : stream.Newer.Older = stream.Older;
        stream.Older = null;
        stream.Newer = null;
    }
}
