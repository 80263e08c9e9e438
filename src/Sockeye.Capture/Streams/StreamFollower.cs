using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Receives what one end of a stream said.
/// </summary>
/// <param name="from">Which end said it.</param>
/// <param name="piece">What it said.</param>
public delegate void StreamPieceHandler(Side from, StreamPiece piece);

/// <summary>Follows one stream: what both ends said, in the order in which it came to be known.</summary>
public sealed class StreamFollower
{
    private readonly TcpAssembler[] _sides;
    private readonly StreamPieceHandler _handler;

    /// <summary>A follower of a stream that has not begun.</summary>
    /// <param name="handler">Receives the pieces.</param>
    /// <param name="limits">What it may hold; <see cref="StreamLimits.Default"/> when null.</param>
    public StreamFollower(StreamPieceHandler handler, StreamLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _sides = [new TcpAssembler(limits), new TcpAssembler(limits)];
    }

    /// <summary>What is known of the bytes that an end sent.</summary>
    public TcpAssembler From(Side side) => _sides[(int)side];

    /// <summary>Takes the next packet of the stream.</summary>
    public void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        ReadOnlySpan<byte> payload = StreamPayload.Of(frame, packet);
        if (!packet.IsTcp)
        {
            if (packet.Stream is not null)
            {
                _handler(packet.From, new StreamPiece(0, payload));
            }

            return;
        }

        TcpPacket tcp = packet.Tcp;
        if ((tcp.Flags & TcpFlags.Rst) != 0)
        {
            return; // What a reset carries is not of the stream.
        }

        TcpAssembler own = From(packet.From);
        if ((tcp.Flags & TcpFlags.Syn) != 0)
        {
            own.Begin(tcp.RawSequence + 1);
        }

        if ((tcp.Flags & TcpFlags.Fin) != 0)
        {
            own.End(tcp.RawSequence + tcp.PayloadLength);
        }

        if ((tcp.Flags & TcpFlags.Ack) != 0)
        {
            Pass(packet.From.Other(), From(packet.From.Other()).Skip(tcp.RawAcknowledgment));
        }

        bool isSyn = (tcp.Flags & TcpFlags.Syn) != 0;
        Pass(packet.From, own.Take(isSyn ? tcp.RawSequence + 1 : tcp.RawSequence, payload));
    }

    /// <summary>Says that no more packets come.</summary>
    public void Finish()
    {
        Pass(Side.Client, From(Side.Client).Finish());
        Pass(Side.Server, From(Side.Server).Finish());
    }

    private void Pass(Side side, StreamPieces pieces)
    {
        while (pieces.TryRead(out StreamPiece piece))
        {
            _handler(side, piece);
        }
    }
}
