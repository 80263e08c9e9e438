using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire.Transport;

namespace Sockeye.Capture.Ladder;

/// <summary>What a segment of TCP means, in words.</summary>
internal static class TcpWords
{
    public static string Of(TcpStream stream, in StreamPacket packet, string numbers)
    {
        TcpPacket tcp = packet.Tcp;
        string sender = NameOf(packet.From);
        string words = OfBits(stream, packet, sender) ?? OfData(tcp, sender);
        IEnumerable<string> remarks = TcpMarks.RowsOf(tcp.Marks & (TcpMarks.Analysis | TcpMark.DuplicateSack))
            .Select(row => $"{row.Field.Label["TCP ".Length..]}: {row.Sentence}");
        IEnumerable<string> parts = [.. remarks, words, numbers];
        return string.Join("; ", parts.Where(part => part.Length > 0));
    }

    private static string NameOf(Side side) => side == Side.Client ? StreamText.TheClient : StreamText.TheServer;

    private static string? OfBits(TcpStream stream, in StreamPacket packet, string sender)
    {
        TcpPacket tcp = packet.Tcp;
        if ((tcp.Marks & TcpMark.ResetOutsideWindow) != 0)
        {
            return "";
        }

        if ((tcp.Flags & TcpFlags.Rst) != 0)
        {
            return stream.Ending == TcpEnding.Refused
                ? Numbers.Fill(StreamText.WordsRefused, stream.EndOf(packet.From).Port)
                : Numbers.Fill(StreamText.WordsReset, sender);
        }

        if ((tcp.Flags & TcpFlags.Syn) != 0)
        {
            string really = Numbers.Grouped(tcp.RawSequence.Value);
            return (tcp.Flags & TcpFlags.Ack) == 0
                ? Numbers.Fill(StreamText.WordsSyn, sender, really)
                : Numbers.Fill(StreamText.WordsSynAck, sender, really);
        }

        if ((tcp.Progress & TcpProgress.Opened) != 0)
        {
            return stream.InitialRoundTripNanoseconds is { } roundTrip
                ? Numbers.Fill(StreamText.WordsOpened, sender, Numbers.Duration(roundTrip))
                : Numbers.Fill(StreamText.WordsOpenedUntimed, sender);
        }

        return OfClosing(packet, sender);
    }

    // Four steps close a connection: each end says that it has no more to send, and each hears it of the other. The
    // second and third often come in one segment.
    private static string? OfClosing(in StreamPacket packet, string sender)
    {
        TcpPacket tcp = packet.Tcp;
        bool isFirst = (tcp.Marks & TcpMark.ClosesFirst) != 0;
        bool isSecond = (tcp.Marks & TcpMark.ClosesSecond) != 0;
        bool acknowledges = (tcp.Progress & TcpProgress.FinAcknowledged) != 0;
        TcpState own = tcp.StateOf(packet.From);
        return (isFirst, isSecond, acknowledges) switch
        {
            (true, _, _) => Numbers.Fill(StreamText.WordsFirstFin, sender),
            (_, true, true) => Numbers.Fill(StreamText.WordsSecondFinAndAck, sender),
            (_, true, _) when own == TcpState.Closing => Numbers.Fill(StreamText.WordsBothFin, sender),
            (_, true, _) => Numbers.Fill(StreamText.WordsSecondFin, sender),
            (_, _, true) when own == TcpState.TimeWait => Numbers.Fill(StreamText.WordsLastAck, sender),
            (_, _, true) when (tcp.Progress & TcpProgress.Closed) != 0 =>
                Numbers.Fill(StreamText.WordsLastAckPlain, sender),
            (_, _, true) => Numbers.Fill(StreamText.WordsFinAck, sender),
            _ => null,
        };
    }

    private static string OfData(in TcpPacket tcp, string sender)
    {
        const TcpMark SaidAlready = TcpMark.KeepAlive | TcpMark.KeepAliveAck | TcpMark.DuplicateAck | TcpMark.ZeroWindow
            | TcpMark.ZeroWindowProbe | TcpMark.ZeroWindowProbeAck | TcpMark.WindowUpdate;
        if ((tcp.Marks & SaidAlready) != 0)
        {
            return "";
        }

        if (tcp.PayloadLength > 0)
        {
            return Numbers.Fill(
                tcp.PayloadLength == 1 ? StreamText.WordsByte : StreamText.WordsBytes, sender,
                Numbers.Grouped(tcp.PayloadLength));
        }

        return tcp.AckNanoseconds > 0
            ? Numbers.Fill(StreamText.WordsAckAfter, sender, Numbers.Grouped(tcp.Acknowledgment - 1L),
                Numbers.Duration(tcp.AckNanoseconds))
            : tcp.Acknowledgment > 1
                ? Numbers.Fill(StreamText.WordsAck, sender, Numbers.Grouped(tcp.Acknowledgment - 1L))
                : "";
    }
}
