using System.Text;
using Sockeye.Capture.Resources;
using Sockeye.Capture.Streams;
using Sockeye.Wire.Application;
using Sockeye.Wire.Decryption;
using Sockeye.Wire.Dissection;
using Sockeye.Wire.Link;
using Sockeye.Wire.Transport;
using WireHttp = Sockeye.Wire.Application.Http;

namespace Sockeye.Capture.Ladder;

/// <summary>What stands on an arrow, and what it means.</summary>
internal sealed class LadderWords
{
    private const int InfoCharactersMax = 120;
    private const int QuotedBytesMax = 48;
    private const int DnsBytesMin = 3;
    private const int DnsFlagsAt = 2;
    private const byte DnsResponseBit = 0x80;
    private const int QuestionsMax = 1_000;
    private const TcpMark AboutWindow = TcpMark.ZeroWindow | TcpMark.ZeroWindowProbeAck | TcpMark.WindowUpdate;

    // When questions of datagrams were asked, by stream and identifier, to say how long the answer took.
    private readonly Dictionary<(Conversation Stream, int Identifier), long> _questions = [];

    /// <summary>The first line of a message of HTTP that goes on in later segments, in plain or opened within TLS; its
    /// last is where the message is told of, which may be long after. Null for none.</summary>
    public static string? HttpBegunBy(in DissectedFrame frame, in StreamPacket packet)
    {
        if (!packet.IsTcp || frame.TryFindLayer(WireHttp.Row, out _))
        {
            return null;
        }

        foreach (TlsContent content in frame.TlsContents)
        {
            ReadOnlySpan<byte> said = frame.BytesAt(content.Start, content.Length);
            if (content.IsApplicationData && HttpLineOf(said) is { } line)
            {
                return line;
            }
        }

        return HttpLineOf(StreamPayload.Of(frame, packet));
    }

    /// <summary>The words of a packet.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="packet">What it is in its stream.</param>
    /// <param name="begun">The first line of the message of HTTP that begins in it and goes on; null for none.</param>
    public (LadderKind Kind, string Label, string Words) Of(
        in DissectedFrame frame, in StreamPacket packet, string? begun)
    {
        string info = Shortened(Encoding.UTF8.GetString(frame.Info));
        if (packet.Stream is TcpStream stream)
        {
            bool isTcp = ReferenceEquals(frame.ShortName, Tcp.Row.ShortName);
            (LadderKind ofTcp, string label, string meaning) = begun is null
                ? OfTcp(stream, packet, frame.ShortName, info)
                : OfTcp(stream, packet, WireHttp.Row.ShortName, Numbers.Fill(StreamText.LadderBegins, begun));
            bool isPlain = isTcp && meaning.Length > 0;
            return (ofTcp, label, isPlain ? meaning + Quote(StreamPayload.Of(frame, packet)) : meaning);
        }

        if (frame.TryFindLayer(Dns.Row, out LayerRecord dns))
        {
            return (LadderKind.Data, $"{frame.ShortName} {info}", OfDns(frame, packet, dns));
        }

        if (packet.Stream is not null)
        {
            string said = Quote(StreamPayload.Of(frame, packet));
            return (LadderKind.Data, $"{frame.ShortName} {info}{said}", "");
        }

        bool isArp = frame.TryFindLayer(Arp.Row, out LayerRecord layer);
        string words = isArp && ArpView.TryParse(frame.BytesOf(layer), out ArpView arp) ? OfArp(arp) : "";
        return (LadderKind.Control, $"{frame.ShortName} {info}", words);
    }

    /// <summary>What was said, when it is a short text.</summary>
    private static string Quote(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> text = payload.TrimEnd("\r\n"u8);
        bool isText = !text.IsEmpty && payload.Length <= QuotedBytesMax
            && !text.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        return isText ? $": “{Encoding.ASCII.GetString(text)}”" : "";
    }

    private static string? HttpLineOf(ReadOnlySpan<byte> payload)
    {
        int length = payload.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = length is > 0 and <= InfoCharactersMax ? payload[..length] : default;
        bool isHttp = line.StartsWith("HTTP/1."u8) || line.EndsWith(" HTTP/1.1"u8) || line.EndsWith(" HTTP/1.0"u8);
        return isHttp && !line.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? Encoding.ASCII.GetString(line) : null;
    }

    private static string Shortened(string info) =>
        info.Length <= InfoCharactersMax ? info : info[..(InfoCharactersMax - 1)] + "…";

    private static string OfArp(in ArpView arp) => arp.Operation switch
    {
        ArpOperation.Request when arp.IsGratuitous => Numbers.Fill(StreamText.WordsArpAnnounce, arp.Sender),
        ArpOperation.Request => Numbers.Fill(StreamText.WordsArpRequest, arp.Target),
        ArpOperation.Reply => Numbers.Fill(StreamText.WordsArpReply, arp.Sender, arp.SenderMac),
        _ => "",
    };

    private string OfDns(in DissectedFrame frame, in StreamPacket packet, in LayerRecord layer)
    {
        ReadOnlySpan<byte> message = frame.BytesOf(layer);
        if (message.Length < DnsBytesMin || packet.Stream is not { } stream || frame.Frame.Time is not { } time)
        {
            return "";
        }

        int identifier = (message[0] << 8) | message[1];
        if ((message[DnsFlagsAt] & DnsResponseBit) == 0)
        {
            if (_questions.Count < QuestionsMax)
            {
                _questions[(stream, identifier)] = time.Nanoseconds;
            }

            return StreamText.WordsDnsQuery;
        }

        return _questions.Remove((stream, identifier), out long asked)
            ? Numbers.Fill(StreamText.WordsDnsAnswer, Numbers.Duration(time.Nanoseconds - asked))
            : "";
    }

    private static (LadderKind Kind, string Label, string Words) OfTcp(
        TcpStream stream, in StreamPacket packet, string protocol, string info)
    {
        TcpPacket tcp = packet.Tcp;
        bool isMessage = tcp.PayloadLength > 0 && protocol != Tcp.Row.ShortName;
        string bits = TcpView.NameOf(tcp.Flags);
        string numbers = (tcp.Flags & TcpFlags.Ack) != 0 ? $"seq={tcp.Sequence} ack={tcp.Acknowledgment}"
            : $"seq={tcp.Sequence}";
        string label = (isMessage, tcp.PayloadLength) switch
        {
            (true, _) => info.StartsWith(protocol, StringComparison.Ordinal) ? info : $"{protocol} {info}",
            (_, > 1) => $"{bits} {numbers} {Numbers.Fill(StreamText.LadderBytes, Numbers.Grouped(tcp.PayloadLength))}",
            (_, 1) => $"{bits} {numbers} {StreamText.LadderByte}",
            _ when (tcp.Marks & AboutWindow) != 0 => $"{bits} {numbers} win={Numbers.Grouped(tcp.Window)}",
            _ => $"{bits} {numbers}",
        };
        return (KindOf(tcp), label, TcpWords.Of(stream, packet, isMessage ? $"{bits} {numbers}" : ""));
    }

    private static LadderKind KindOf(in TcpPacket tcp)
    {
        TcpMark ordinary = ~TcpMarks.Analysis | TcpMark.WindowUpdate | TcpMark.KeepAlive | TcpMark.KeepAliveAck
            | TcpMark.PortsReused;
        return tcp switch
        {
            _ when (tcp.Flags & TcpFlags.Rst) != 0 || (tcp.Marks & ~ordinary) != 0 => LadderKind.Trouble,
            _ when (tcp.Flags & TcpFlags.Syn) != 0 || (tcp.Progress & TcpProgress.Opened) != 0 => LadderKind.Open,
            _ when (tcp.Flags & TcpFlags.Fin) != 0 || (tcp.Progress & TcpProgress.FinAcknowledged) != 0 =>
                LadderKind.Close,
            { PayloadLength: > 0 } => LadderKind.Data,
            _ => LadderKind.Acknowledge,
        };
    }
}
