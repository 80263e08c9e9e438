using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>What following streams adds to a dissection: fields for trees, JSON and filters.</summary>
public static class StreamFields
{
    /// <summary>The number of a TCP connection.</summary>
    public static readonly Field TcpStreamNumber = new("tcp.stream", "Stream index", FieldKind.Number);

    /// <summary>The number of a stream of datagrams.</summary>
    public static readonly Field UdpStreamNumber = new("udp.stream", "Stream index", FieldKind.Number);

    /// <summary>The number of the first byte, counted from the SYN.</summary>
    public static readonly Field Sequence = new("tcp.seq", "Sequence Number (relative)", FieldKind.Number);

    /// <summary>The number after the last byte, counted from the SYN.</summary>
    public static readonly Field NextSequence = new("tcp.nxtseq", "Next Sequence Number (relative)", FieldKind.Number);

    /// <summary>The number that is expected next, counted from the other end's SYN.</summary>
    public static readonly Field Acknowledgment =
        new("tcp.ack", "Acknowledgment Number (relative)", FieldKind.Number);

    /// <summary>How much its sender can receive.</summary>
    public static readonly Field Window = new("tcp.window_size", "Calculated window size", FieldKind.Number);

    /// <summary>By what windows are multiplied.</summary>
    public static readonly Field WindowScale =
        new("tcp.window_size_scalefactor", "Window size scaling factor", FieldKind.Number);

    /// <summary>How long after the first packet of the stream.</summary>
    public static readonly Field TimeRelative =
        new("tcp.time_relative", "Time since first frame in this TCP stream", FieldKind.Time);

    /// <summary>What analysis found.</summary>
    public static readonly Field Analysis = new("tcp.analysis", "SEQ/ACK analysis", FieldKind.Group);

    /// <summary>That it found something remarkable.</summary>
    public static readonly Field Flags = new("tcp.analysis.flags", "TCP Analysis Flags", FieldKind.Group);

    /// <summary>How often the acknowledgement was repeated.</summary>
    public static readonly Field DuplicateNumber =
        new("tcp.analysis.duplicate_ack_num", "Duplicate ACK #", FieldKind.Number);

    /// <summary>Which acknowledgement is repeated.</summary>
    public static readonly Field DuplicateOf =
        new("tcp.analysis.duplicate_ack_frame", "Duplicate to the ACK in frame", FieldKind.Number);

    /// <summary>Which frame is acknowledged.</summary>
    public static readonly Field AcknowledgedFrame =
        new("tcp.analysis.acks_frame", "This is an ACK to the segment in frame", FieldKind.Number);

    /// <summary>How long after that frame.</summary>
    public static readonly Field AckRoundTrip =
        new("tcp.analysis.ack_rtt", "The RTT to ACK the segment was", FieldKind.Time);

    /// <summary>How long the handshake took.</summary>
    public static readonly Field InitialRoundTrip = new("tcp.analysis.initial_rtt", "iRTT", FieldKind.Time);

    /// <summary>How much is sent and not acknowledged.</summary>
    public static readonly Field BytesInFlight =
        new("tcp.analysis.bytes_in_flight", "Bytes in flight", FieldKind.Number);

    /// <summary>The client's state afterwards; Wireshark has no such field.</summary>
    public static readonly Field ClientState = new(
        "tcp.state.client", "State of the client", FieldKind.Number, static state => NameOf(state));

    /// <summary>The server's state afterwards.</summary>
    public static readonly Field ServerState = new(
        "tcp.state.server", "State of the server", FieldKind.Number, static state => NameOf(state));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Field> All { get; } =
    [
        TcpStreamNumber, UdpStreamNumber, Sequence, NextSequence, Acknowledgment, Window, WindowScale, TimeRelative,
        Analysis, Flags, DuplicateNumber, DuplicateOf, AcknowledgedFrame, AckRoundTrip, InitialRoundTrip,
        BytesInFlight, ClientState, ServerState, .. TcpMarks.Rows.Select(row => row.Field),
    ];

    /// <summary>Every protocol that Sockeye knows, with these fields: what filters are to be read with.</summary>
    public static ProtocolTable Table { get; } = new(ProtocolTable.Standard.Rows, All);

    internal static void Annotate(Dissector to, in LayerRecord layer, in StreamPacket packet, long nanoseconds)
    {
        if (packet.Stream is not TcpStream stream)
        {
            to.Annotate(layer, UdpStreamNumber, (ulong)packet.Stream!.Number);
            return;
        }

        TcpPacket tcp = packet.Tcp;
        to.Annotate(layer, TcpStreamNumber, (ulong)stream.Number);
        to.Annotate(layer, Sequence, tcp.Sequence);
        to.Annotate(layer, NextSequence, tcp.NextSequence);
        if ((tcp.Flags & TcpFlags.Ack) != 0)
        {
            to.Annotate(layer, Acknowledgment, tcp.Acknowledgment);
        }

        to.Annotate(layer, Window, tcp.Window);
        if (tcp.WindowScale > 0)
        {
            to.Annotate(layer, WindowScale, (ulong)tcp.WindowScale);
        }

        to.Annotate(layer, ClientState, (ulong)tcp.ClientState);
        to.Annotate(layer, ServerState, (ulong)tcp.ServerState);
        to.Annotate(layer, TimeRelative, (ulong)(nanoseconds - (stream.FirstTime?.Nanoseconds ?? nanoseconds)));
        AnnotateAnalysis(to, layer, stream, tcp);
    }

    private static void AnnotateAnalysis(Dissector to, in LayerRecord layer, TcpStream stream, in TcpPacket tcp)
    {
        to.Annotate(layer, Analysis, 0);
        if (tcp.AcknowledgedFrame > 0)
        {
            to.Annotate(layer, AcknowledgedFrame, (ulong)tcp.AcknowledgedFrame, 1);
            to.Annotate(layer, AckRoundTrip, (ulong)tcp.AckNanoseconds, 1);
        }

        if (stream.InitialRoundTripNanoseconds is { } roundTrip)
        {
            to.Annotate(layer, InitialRoundTrip, (ulong)roundTrip, 1);
        }

        if (tcp.BytesInFlight > 0)
        {
            to.Annotate(layer, BytesInFlight, tcp.BytesInFlight, 1);
        }

        if (tcp.DuplicateNumber > 0)
        {
            to.Annotate(layer, DuplicateNumber, (ulong)tcp.DuplicateNumber, 1);
            to.Annotate(layer, DuplicateOf, (ulong)tcp.DuplicateOf, 1);
        }

        if ((tcp.Marks & TcpMarks.Analysis) != 0)
        {
            to.Annotate(layer, Flags, 0, 1);
        }

        if (tcp.Marks == TcpMark.None)
        {
            return;
        }

        // A filter for retransmissions finds those of every kind.
        TcpMark marks = tcp.Marks | ((tcp.Marks & TcpMarks.AnyRetransmission) != 0 ? TcpMark.Retransmission : 0);

        for (int i = 0; i < TcpMarks.Rows.Count; i++)
        {
            TcpMarkRow row = TcpMarks.Rows[i];
            if ((marks & row.Mark) != 0)
            {
                to.Annotate(layer, row.Field, 0, row.IsAnalysis ? 2 : 1);
            }
        }
    }

    private static string NameOf(ulong state) => TcpStates.NameOf((TcpState)state);
}
