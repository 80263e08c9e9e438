using Sockeye.Wire.Application;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Receives what one end of a stream said.
/// </summary>
/// <param name="from">Which end said it.</param>
/// <param name="piece">What it said.</param>
public delegate void StreamPieceHandler(Side from, StreamPiece piece);

/// <summary>
/// Follows one stream: what both ends said, in the order in which it came to be known. Where TLS is opened, that is
/// what the application said.
/// </summary>
public sealed class StreamFollower
{
    private readonly TcpAssembler[] _sides;
    private readonly long[] _bytes = new long[2];
    private readonly long[] _closedBytes = new long[2];
    private readonly StreamPieceHandler _handler;
    private readonly StreamLimits _limits;
    private readonly List<(Side Side, byte[] Bytes)> _handshake = [];
    private int _handshakeBytes;
    private Form _form;

    /// <summary>A follower of a stream that has not begun.</summary>
    /// <param name="handler">Receives the pieces.</param>
    /// <param name="limits">What it may hold; <see cref="StreamLimits.Default"/> when null.</param>
    public StreamFollower(StreamPieceHandler handler, StreamLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _limits = limits ?? StreamLimits.Default;
        _sides = [new TcpAssembler(limits), new TcpAssembler(limits)];
    }

    private enum Form : byte
    {
        /// <summary>Nobody has said anything.</summary>
        Unknown = 0,

        /// <summary>A handshake of TLS: what is said may be opened.</summary>
        Handshake,

        /// <summary>What is said within TLS.</summary>
        Opened,

        /// <summary>What is said, as it is.</summary>
        Raw,
    }

    /// <summary>Whether what is handed over is what was said within TLS.</summary>
    public bool IsOpened => _form == Form.Opened;

    /// <summary>What is known of the bytes that an end sent.</summary>
    public TcpAssembler From(Side side) => _sides[(int)side];

    /// <summary>How many bytes of an end were handed over.</summary>
    public long BytesOf(Side side) => _bytes[(int)side];

    /// <summary>Takes the next packet of the stream.</summary>
    public void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        ReadOnlySpan<byte> payload = StreamPayload.Of(frame, packet);
        if (!packet.IsTcp)
        {
            if (packet.Stream is not null)
            {
                Hand(packet.From, new StreamPiece(0, payload));
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
        foreach (TlsContent content in frame.TlsContents)
        {
            Take(frame, content);
        }
    }

    /// <summary>Says that no more packets come.</summary>
    public void Finish()
    {
        Pass(Side.Client, From(Side.Client).Finish());
        Pass(Side.Server, From(Side.Server).Finish());
        if (_form == Form.Handshake)
        {
            HandRaw();
        }
    }

    private void Pass(Side side, StreamPieces pieces)
    {
        while (pieces.TryRead(out StreamPiece piece))
        {
            if (_form == Form.Unknown)
            {
                _form = TlsRecordView.TryParse(piece.Bytes, out _) ? Form.Handshake : Form.Raw;
            }

            if (_form == Form.Handshake && (piece.MissingBefore > 0 || !TryKeep(side, piece.Bytes)))
            {
                HandRaw();
            }

            if (_form == Form.Raw)
            {
                Hand(side, piece);
            }
        }
    }

    // The first record that is encrypted decides: if it is opened, what came before it is of no interest.
    private void Take(in DissectedFrame frame, in TlsContent content)
    {
        if (_form == Form.Handshake && content.Seal != TlsSeal.None)
        {
            if (content.Seal == TlsSeal.Opened)
            {
                _form = Form.Opened;
                _handshake.Clear();
            }
            else
            {
                HandRaw();
            }
        }

        if (_form != Form.Opened)
        {
            return;
        }

        if (content.IsApplicationData)
        {
            long closed = _closedBytes[content.End];
            _closedBytes[content.End] = 0;
            Hand((Side)content.End, new StreamPiece(closed, frame.BytesAt(content.Start, content.Length)));
        }
        else if (content.Seal > TlsSeal.Opened
            && TlsRecordView.TryParse(
                frame.BytesAt(content.RecordAt, TlsRecordView.HeaderBytes), out TlsRecordView record))
        {
            _closedBytes[content.End] += record.Length;
        }
    }

    private bool TryKeep(Side side, ReadOnlySpan<byte> bytes)
    {
        if (_handshakeBytes + bytes.Length > _limits.MessageBytesMax)
        {
            return false;
        }

        _handshakeBytes += bytes.Length;
        _handshake.Add((side, bytes.ToArray()));
        return true;
    }

    private void HandRaw()
    {
        _form = Form.Raw;
        foreach ((Side side, byte[] bytes) in _handshake)
        {
            Hand(side, new StreamPiece(0, bytes));
        }

        _handshake.Clear();
    }

    private void Hand(Side side, StreamPiece piece)
    {
        _bytes[(int)side] += piece.Bytes.Length;
        _handler(side, piece);
    }
}
