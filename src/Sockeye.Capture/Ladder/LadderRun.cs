using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Ladder;

/// <summary>Data that goes on and on in one direction: the first segment has a row, the others share one.</summary>
internal sealed class LadderRun
{
    private Conversation? _stream;
    private Side _side;
    private string _protocol = "";
    private int _from;
    private int _to;
    private long _segments;
    private long _bytes;
    private long _acknowledgments;
    private long _firstFrame;

    /// <summary>Begins a run with a segment that has a row of its own.</summary>
    public void Begin(in StreamPacket packet, in DissectedFrame frame, int from, int to)
    {
        _stream = IsPlainData(packet) ? packet.Stream : null;
        _side = packet.From;
        _protocol = frame.ShortName;
        _from = from;
        _to = to;
    }

    /// <summary>Whether a packet only goes on with the run; then it is counted.</summary>
    public bool TryJoin(in StreamPacket packet, in DissectedFrame frame)
    {
        if (packet.Stream != _stream || _stream is null)
        {
            return false;
        }

        if (packet.From == _side && IsPlainData(packet) && frame.ShortName == _protocol)
        {
            _firstFrame = _segments == 0 ? frame.Frame.Number : _firstFrame;
            _segments++;
            _bytes += packet.Tcp.PayloadLength;
            return true;
        }

        // What only acknowledges the run is part of it, once more of it than one segment has come.
        if (packet.From != _side && _segments > 0 && IsPlain(packet) && packet.Tcp.PayloadLength == 0)
        {
            _acknowledgments++;
            return true;
        }

        return false;
    }

    /// <summary>The row of those that were counted; null when there are none.</summary>
    public LadderRow? Take()
    {
        LadderRow? row = _segments == 0 ? null : new LadderRow
        {
            Kind = LadderKind.Folded,
            From = _from,
            To = _to,
            Frame = _firstFrame,
            Label = Numbers.Fill(
                _segments == 1 ? StreamText.LadderFoldedOne : StreamText.LadderFolded, Numbers.Grouped(_segments),
                Numbers.Grouped(_bytes)),
            Words = _acknowledgments == 0 ? "" : Numbers.Fill(
                _acknowledgments == 1 ? StreamText.LadderFoldedAck : StreamText.LadderFoldedAcks,
                Numbers.Grouped(_acknowledgments)),
        };
        _stream = null;
        (_segments, _bytes, _acknowledgments) = (0, 0, 0);
        return row;
    }

    private static bool IsPlainData(in StreamPacket packet) => IsPlain(packet) && packet.Tcp.PayloadLength > 0;

    // A window that changes is an everyday thing within a run.
    private static bool IsPlain(in StreamPacket packet) => packet.IsTcp
        && (packet.Tcp.Marks & ~TcpMark.WindowUpdate) == TcpMark.None && packet.Tcp.Progress == TcpProgress.None
        && (packet.Tcp.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) == 0;
}
