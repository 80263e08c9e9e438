using Sockeye.Wire;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Files;
using Sockeye.Wire.Internet;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Streams;

/// <summary>
/// Takes the frames of a capture apart, one after another, and says of each what it is in its stream: relative sequence
/// numbers, what is remarkable about it, the states of both ends. A message that spans segments (HTTP, TLS, DNS) is
/// shown in the frame that completes it, and so is a packet that came in fragments.
/// </summary>
public sealed class StreamDissector
{
    private readonly Dissector _dissector;
    private readonly StreamLimits _limits;
    private readonly ByteBlocks _held;
    private readonly ByteBlocks _kept;

    /// <summary>A dissector with no streams yet.</summary>
    /// <param name="wanted">Which fields to find; <see cref="FieldSet.None"/> is enough for a listing.</param>
    /// <param name="limits">What it may cost; <see cref="StreamLimits.Default"/> when null.</param>
    /// <param name="table">The protocols to know; <see cref="StreamFields.Table"/> when null.</param>
    public StreamDissector(FieldSet wanted, StreamLimits? limits = null, ProtocolTable? table = null)
    {
        _limits = limits ?? StreamLimits.Default;
        _held = new ByteBlocks(_limits.HeldBytesTotalMax);
        _kept = new ByteBlocks(_limits.MessageBytesTotalMax);
        _dissector = new Dissector(wanted, table ?? StreamFields.Table)
        {
            LeavesStreams = true,
            Fragments = new FragmentTable(),
        };
        Streams = new StreamTable(_limits);
    }

    /// <summary>The streams so far.</summary>
    public StreamTable Streams { get; }

    /// <summary>The keys that are known, to which more may be added: what they open is read as if it were not
    /// encrypted.</summary>
    public TlsKeyLog Keys { get; init; } = new();

    /// <summary>How many connections of TLS they opened so far.</summary>
    public TlsCounts TlsConnections { get; } = new();

    /// <summary>Has the keys that a capture holds itself added as they come.</summary>
    public void TakeKeysOf(CaptureReader reader)
    {
        if (reader is PcapngReader blocks)
        {
            blocks.OtherBlock += (in PcapngBlock block) =>
            {
                if (PcapngSecrets.Parse(block) is { Type: PcapngSecrets.TlsKeyLog } secrets)
                {
                    Keys.Add(secrets.Data.Span);
                }
            };
        }
    }

    /// <summary>Takes the next frame apart; the result is valid until the one after it.</summary>
    /// <param name="captured">The frame.</param>
    /// <param name="packet">What it is in its stream.</param>
    public DissectedFrame Dissect(in CapturedFrame captured, out StreamPacket packet)
    {
        DissectedFrame frame = _dissector.Dissect(captured);
        packet = Streams.Take(frame, out TcpSegment segment, out LayerRecord layer);
        if (packet.Stream is null)
        {
            return frame;
        }

        if (_dissector.WantsFields)
        {
            StreamFields.Annotate(_dissector, layer, packet, segment.Nanoseconds);
        }

        if (packet.Stream is TcpStream stream)
        {
            bool isPart = Read(stream, packet.From, frame, segment);

            // Unless a message was completed, and has something to say.
            if (ReferenceEquals(frame.ShortName, Tcp.Row.ShortName))
            {
                TextBuffer info = _dissector.BeginInfo(Tcp.Row.ShortName);
                TcpInfo.Write(info, segment, packet.Tcp);
                info.Append(isPart ? " [TCP segment of a reassembled PDU]"u8 : default);
            }

            if ((packet.Tcp.Progress & TcpProgress.Closed) != 0 || (packet.Tcp.Marks & TcpMark.Resets) != 0)
            {
                stream.Settle();
            }
        }

        return frame;
    }

    /// <summary>Reads what a segment adds to the messages of its stream.</summary>
    /// <returns>Whether it carries a part of one that goes on.</returns>
    private bool Read(TcpStream stream, Side from, in DissectedFrame frame, in TcpSegment segment)
    {
        // What a reset carries is not of the stream, and where nothing is being read, what came before begins nothing.
        bool isReset = (segment.Flags & TcpFlags.Rst) != 0;
        bool isNothing = segment.Payload.IsEmpty || segment.End <= stream.SideAt(from).First;
        if (isReset || (stream.Messages is null && isNothing))
        {
            return false;
        }

        TcpMessages messages = stream.Messages ??= Begin(stream);
        TcpAssembler own = messages.AssemblerOf(from);
        TcpAssembler peer = messages.AssemblerOf(from.Other());
        if (segment.HasAck)
        {
            Pass(messages.ReaderOf(from.Other()), frame, peer.Skip(segment.Acknowledgment), start: -1);
        }

        bool isSyn = (segment.Flags & TcpFlags.Syn) != 0;
        bool isFin = (segment.Flags & TcpFlags.Fin) != 0;
        if (isFin)
        {
            own.End(segment.Sequence + segment.Length);
        }

        MessageReader reader = messages.ReaderOf(from);
        if (!segment.Payload.IsEmpty)
        {
            TcpSequence first = isSyn ? segment.Sequence + 1 : segment.Sequence;
            Pass(reader, frame, own.Take(first, segment.Payload), segment.PayloadAt + segment.Payload.Length);
        }

        if (isFin)
        {
            reader.End(_dissector, frame);
        }

        return reader.IsWithin && !segment.Payload.IsEmpty;
    }

    private TcpMessages Begin(TcpStream stream)
    {
        var messages = new TcpMessages(stream, _limits, _held, _kept, Keys, TlsConnections);
        foreach (Side side in (ReadOnlySpan<Side>)[Side.Client, Side.Server])
        {
            if (stream.SideAt(side).First is { } first)
            {
                messages.AssemblerOf(side).Begin(first);
            }
        }

        return messages;
    }

    // A piece of this segment ends where the segment does, but for what came before it and was held.
    private void Pass(MessageReader reader, in DissectedFrame frame, StreamPieces pieces, int start)
    {
        bool isDirect = pieces.IsDirect;
        while (pieces.TryRead(out StreamPiece piece))
        {
            if (piece.MissingBefore > 0)
            {
                reader.Miss(_dissector, frame, piece.MissingBefore);
            }

            reader.Take(_dissector, frame, piece.Bytes, isDirect ? start - piece.Bytes.Length : -1);
            isDirect = false;
        }
    }
}
