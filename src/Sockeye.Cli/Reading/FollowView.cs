using System.Text;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>How the bytes of a stream are shown.</summary>
internal enum FollowForm : byte
{
    /// <summary>As text, each end in its colour.</summary>
    Text = 0,

    /// <summary>In hexadecimal.</summary>
    Hex,

    /// <summary>As they are, of one end only.</summary>
    Raw,
}

/// <summary>What both ends of a stream said, or one of them, put together from its packets.</summary>
internal sealed class FollowView : ReadView
{
    private const int HexPieceBytes = 64 * 1024;
    private const string ServerIndent = "    ";
    private const string ClientColor = Screen.Red;
    private const string ServerColor = Screen.Blue;

    private readonly Output _output;
    private readonly StreamChoice _choice;
    private readonly FollowForm _form;
    private readonly Side? _only;
    private readonly StreamFollower _follower;
    private readonly TextBuffer _text = new();
    private readonly Decoder[] _decoders = [Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder()]; // Of each end.
    private readonly string[] _returns = ["", ""]; // A carriage return at the end of a piece, of each end.
    private readonly Lazy<Stream> _bytes;
    private Conversation? _stream;
    private Side? _speaker;
    private bool _isTls;
    private string _last = "\n";

    public FollowView(Output output, StreamChoice choice, FollowForm form, Side? only)
    {
        _output = output;
        _choice = choice;
        _form = form;
        _only = only;
        _bytes = new Lazy<Stream>(output.OpenBytes);
        _follower = new StreamFollower(Write);
    }

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        if (_choice.Has(packet))
        {
            if (_stream is null && packet.Stream is { } stream && _form != FollowForm.Raw && !_output.Json)
            {
                _output.Line(ReadText.FollowHead.With(
                    StreamWords.NameOf(stream), Colored(ClientColor, $"{stream.Client}"),
                    Colored(ServerColor, $"{stream.Server}")));
            }

            _stream ??= packet.Stream;
            _isTls |= ReferenceEquals(frame.ShortName, Wire.Application.Tls.Row.ShortName);
            _follower.Take(frame, packet);
        }
    }

    public override void Flush() => _output.Flush();

    public override int Finish(StreamTable streams)
    {
        if (_stream is null)
        {
            throw _choice.Missing(streams);
        }

        _follower.Finish();
        foreach (Side side in Enum.GetValues<Side>())
        {
            EndText(side);
        }

        Say("\n");
        foreach (Side side in Enum.GetValues<Side>())
        {
            if (!_output.Json && _form != FollowForm.Raw)
            {
                Summarize(side);
            }
        }

        if (_isTls && !_follower.IsOpened && !_output.Json && _form != FollowForm.Raw)
        {
            _output.Note(ReadText.FollowEncrypted);
        }

        return ExitCode.Done;
    }

    private void Summarize(Side side)
    {
        TcpAssembler assembler = _follower.From(side);
        string sum = _follower.IsOpened ? ReadText.FollowSumOpened : ReadText.FollowSum;
        _output.Note(sum.With(StreamWords.SideOf(side), StreamWords.Count(_follower.BytesOf(side))));
        if (assembler.MissingBytes > 0)
        {
            _output.Note(ReadText.FollowMissingSum.With(
                StreamWords.SideOf(side), StreamWords.Count(assembler.MissingBytes)));
        }

        if (assembler.RepeatedBytes > 0)
        {
            _output.Note(ReadText.FollowRepeated.With(
                StreamWords.SideOf(side), StreamWords.Count(assembler.RepeatedBytes)));
        }
    }

    private void Write(Side from, StreamPiece piece)
    {
        if (_only is { } only && from != only)
        {
            return;
        }

        if (_output.Json)
        {
            WriteJson(from, piece);
            return;
        }

        if (_form == FollowForm.Raw)
        {
            _bytes.Value.Write(piece.Bytes);
            return;
        }

        if (_speaker != from)
        {
            Say("\n");
            _speaker = from;

            // In hexadecimal the server is indented.
            if (!_output.OutHasColor && _form == FollowForm.Text)
            {
                _output.Line(ReadText.FollowSpeaker.With(StreamWords.SideOf(from)));
            }
        }

        if (piece.MissingBefore > 0)
        {
            EndText(from);
            _output.Line();
            _output.Line(Colored(Screen.Yellow, ReadText.FollowMissing.With(StreamWords.Count(piece.MissingBefore))));
        }

        if (piece.Bytes.IsEmpty)
        {
            return; // The last bytes are missing.
        }

        SayIn(from, _form == FollowForm.Hex ? HexOf(from, piece.Bytes) : TextOf(from, piece.Bytes, isEnd: false));
    }

    // What is left of a character whose other bytes do not come.
    private void EndText(Side from) => SayIn(from, TextOf(from, [], isEnd: true));

    private void SayIn(Side from, string text)
    {
        if (text.Length > 0)
        {
            Say(Colored(from == Side.Client ? ClientColor : ServerColor, text));
        }
    }

    // A line of one end is not continued by the other.
    private void Say(string text)
    {
        if (text == "\n" && _last.EndsWith('\n'))
        {
            return;
        }

        _output.Part(text);
        _last = text.EndsWith("\e[0m", StringComparison.Ordinal) ? text[..^"\e[0m".Length] : text;
    }

    private string Colored(string color, string text) => Screen.In(color, text, _output.OutHasColor);

    // A character, or the end of a line, may begin in one piece and end in the next.
    private string TextOf(Side from, ReadOnlySpan<byte> bytes, bool isEnd)
    {
        Decoder decoder = _decoders[(int)from];
        char[] characters = new char[decoder.GetCharCount(bytes, isEnd)];
        _ = decoder.GetChars(bytes, characters, isEnd);
        string text = _returns[(int)from] + new string(characters);
        _returns[(int)from] = !isEnd && text.EndsWith('\r') ? "\r" : "";
        return Screen.Safe(text[..^_returns[(int)from].Length]);
    }

    private string HexOf(Side from, ReadOnlySpan<byte> bytes)
    {
        var all = new StringBuilder();
        for (int at = 0; at < bytes.Length; at += HexPieceBytes)
        {
            _text.Clear();
            PacketHex.WritePart(bytes, at, HexPieceBytes, _text);
            _ = all.Append(_text.ToString());
        }

        string lines = all.ToString();
        return from == Side.Client
            ? lines
            : string.Concat(lines.TrimEnd('\n').Split('\n').Select(line => $"{ServerIndent}{line}\n"));
    }

    private void WriteJson(Side from, StreamPiece piece)
    {
        // A piece is of the stack, and a method for JSON is not.
        byte[] bytes = piece.Bytes.ToArray();
        _output.JsonLine("stream_data", (from, piece.MissingBefore, bytes), static (json, one) =>
        {
            json.WriteString("from", StreamWords.WordOf(one.from));
            if (one.MissingBefore > 0)
            {
                json.WriteNumber("missing_before_bytes", one.MissingBefore);
            }

            json.WriteNumber("length_bytes", one.bytes.Length);
            json.WriteBase64String("data_base64", one.bytes);
        });
    }
}
