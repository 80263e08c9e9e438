using Sockeye.Capture.Streams;
using Sockeye.Cli.Fetching;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>What is remarkable in a capture, the worst first: how often, in which frames, and what it means.</summary>
internal sealed class ExpertView(Output output) : ReadView
{
    private const int FramesShownMax = 8;
    private const int FramesInJsonMax = 1_000;
    private const int LabelCells = 34;

    private readonly List<long>[] _frames = [.. TcpMarks.Rows.Select(_ => new List<long>())];
    private readonly long[] _counts = new long[TcpMarks.Rows.Count];
    private readonly List<long> _malformed = [];
    private long _malformedCount;
    private long _packets;

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        _packets++;
        if (frame.IsMalformed)
        {
            _malformedCount++;
            Remember(_malformed, frame.Frame.Number);
        }

        if (packet.Tcp.Marks == TcpMark.None)
        {
            return;
        }

        for (int i = 0; i < _counts.Length; i++)
        {
            if ((packet.Tcp.Marks & TcpMarks.Rows[i].Mark) != 0)
            {
                _counts[i]++;
                Remember(_frames[i], frame.Frame.Number);
            }
        }
    }

    public override int Finish(StreamTable streams)
    {
        IEnumerable<int> order = Enumerable.Range(0, _counts.Length).Where(i => _counts[i] > 0)
            .OrderByDescending(i => TcpMarks.Rows[i].Severity).ThenByDescending(i => _counts[i]);
        if (!output.Json)
        {
            output.Line(ReadText.ExpertHead.With(
                TextFormat.Count(_packets, ReadText.CountPacket, ReadText.CountPackets),
                StreamWords.TcpCount(streams), StreamWords.UdpCount(streams)));
        }

        if (_malformedCount > 0)
        {
            Write("error", Screen.Red, "_ws.malformed", ReadText.ExpertMalformed, ReadText.ExpertMalformedWords,
                _malformedCount, _malformed);
        }

        foreach (int i in order)
        {
            TcpMarkRow row = TcpMarks.Rows[i];
            (string severity, string color) = row.Severity switch
            {
                Severity.Warning => ("warning", Screen.Yellow),
                Severity.Note => ("note", Screen.Cyan),
                _ => ("chat", ""),
            };
            Write(severity, color, row.Field.Name, row.Field.Label, row.Sentence, _counts[i], _frames[i]);
        }

        return ExitCode.Done;
    }

    private static void Remember(List<long> frames, long number)
    {
        if (frames.Count < FramesInJsonMax)
        {
            frames.Add(number);
        }
    }

    private void Write(
        string severity, string color, string name, string label, string words, long count, List<long> frames)
    {
        if (output.Json)
        {
            output.JsonLine("expert", (severity, name, label, words, count, frames), static (json, one) =>
            {
                json.WriteString("severity", one.severity);
                json.WriteString("field", one.name);
                json.WriteString("label", one.label);
                json.WriteString("meaning", one.words);
                json.WriteNumber("count", one.count);
                json.WriteStartArray("frames");
                one.frames.ForEach(json.WriteNumberValue);
                json.WriteEndArray();
            });
            return;
        }

        string head = $"{severity,-8} {StreamWords.Count(count),7}  ";
        bool hasColor = output.OutHasColor && color.Length > 0;
        string shown = string.Join(", ", frames.Take(FramesShownMax));
        string more = count > FramesShownMax ? ", …" : "";
        output.Line($"{Screen.In(color, head, hasColor)}{label.PadRight(LabelCells)}  {shown}{more}");
        output.Line($"{"",18}{words}");
    }
}
