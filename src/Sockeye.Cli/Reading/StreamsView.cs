using System.Collections;
using System.Text.Json;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>A table of all streams: who with whom, how much, how fast, and how it ended.</summary>
internal sealed class StreamsView : ReadView
{
    private const int GapCells = 2;
    private const int SeenAtFirst = 1_024;

    private readonly Output _output;
    private readonly List<Conversation> _streams = [];
    private readonly BitArray _seen = new(SeenAtFirst); // By their places: a bit for each stream of the capture.
    private readonly int _streamsMax = StreamLimits.Default.StreamsMax;
    private long _left;

    public StreamsView(Output output) => _output = output;

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        if (packet.Stream is not { } stream || !IsNew(stream.Ordinal))
        {
            return;
        }

        if (_streams.Count == _streamsMax)
        {
            _left++;
            return;
        }

        _streams.Add(stream);
    }

    private bool IsNew(int place)
    {
        if (place >= _seen.Length)
        {
            _seen.Length = (int)Math.Min(2L * place, int.MaxValue);
        }

        bool isNew = !_seen[place];
        _seen[place] = true;
        return isNew;
    }

    public override int Finish(StreamTable streams)
    {
        IEnumerable<Conversation> sorted = _streams.OrderBy(stream => stream.Ordinal);
        if (_output.Json)
        {
            foreach (Conversation stream in sorted)
            {
                _output.JsonLine("stream", stream, WriteJson);
            }
        }
        else
        {
            WriteTable([.. sorted]);
        }

        if (_left > 0)
        {
            _output.Note(ReadText.StreamsLeft.With(StreamWords.Count(_left), StreamWords.Count(_streamsMax)));
        }

        return ExitCode.Done;
    }

    private void WriteTable(Conversation[] streams)
    {
        var rows = new List<string[]>
        {
            new[]
            {
                ReadText.ColumnPlace, ReadText.ColumnStream, ReadText.ColumnClient, ReadText.ColumnServer,
                ReadText.ColumnPackets,
                ReadText.ColumnBytes, ReadText.ColumnDuration, ReadText.ColumnRoundTrip, ReadText.ColumnAgain,
                ReadText.ColumnEnd,
            },
        };
        rows.AddRange(streams.Select(RowOf));
        int[] widths = [.. rows[0].Select((_, at) => rows.Max(row => TextCells.Of(row[at])))];

        // Names begin at the left, figures end at the right.
        bool[] isFigure = [true, false, false, false, true, true, true, true, true, false];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, at) =>
            {
                string space = new(' ', widths[at] - TextCells.Of(cell));
                return isFigure[at] ? space + cell : cell + space;
            });
            _output.Line(string.Join(new string(' ', GapCells), cells).TrimEnd());
        }
    }

    private static string[] RowOf(Conversation stream) =>
    [
        StreamWords.Count(stream.Ordinal), StreamWords.NameOf(stream), stream.Client.ToString(),
        stream.Server.ToString(),
        StreamWords.Count(stream.Packets), StreamWords.Count(stream.Bytes),
        StreamWords.Milliseconds(stream.Duration.TotalMilliseconds), StreamWords.RoundTripOf(stream),
        stream is TcpStream { Retransmissions: > 0 } tcp ? StreamWords.Count(tcp.Retransmissions) : "",
        StreamWords.EndingOf(stream),
    ];

    private static void WriteJson(Utf8JsonWriter json, Conversation stream)
    {
        json.WriteNumber("place", stream.Ordinal);
        json.WriteString("kind", StreamWords.KindOf(stream));
        json.WriteNumber("number", stream.Number);
        json.WriteString("client", stream.Client.ToString());
        json.WriteString("server", stream.Server.ToString());
        json.WriteNumber("first_frame", stream.FirstFrame);
        json.WriteNumber("last_frame", stream.LastFrame);
        json.WriteNumber("duration_ms", stream.Duration.TotalMilliseconds);
        foreach (Side side in Enum.GetValues<Side>())
        {
            json.WriteStartObject(StreamWords.WordOf(side) + "_sent");
            json.WriteNumber("packets", stream.From(side).Packets);
            json.WriteNumber("bytes", stream.From(side).Bytes);
            json.WriteNumber("payload_bytes", stream.From(side).PayloadBytes);
            json.WriteEndObject();
        }

        if (stream is TcpStream tcp)
        {
            WriteTcp(json, tcp);
        }
    }

    private static void WriteTcp(Utf8JsonWriter json, TcpStream tcp)
    {
        if (tcp.InitialRoundTripNanoseconds is { } time)
        {
            json.WriteNumber("initial_rtt_ms", time / 1e6);
        }

        json.WriteNumber("retransmissions", tcp.Retransmissions);
        json.WriteString("ending", JsonNamingPolicy.SnakeCaseLower.ConvertName(tcp.Ending.ToString()));
        WriteSide(json, "closed_first_by", tcp.ClosedFirst);
        WriteSide(json, "reset_by", tcp.ResetBy);
        WriteSide(json, "time_wait_at", tcp.TimeWaitAt);
        json.WriteString("client_state", TcpStates.NameOf(tcp.StateOf(Side.Client)));
        json.WriteString("server_state", TcpStates.NameOf(tcp.StateOf(Side.Server)));
        json.WriteStartArray("marks");
        foreach (TcpMarkRow row in TcpMarks.RowsOf(tcp.Marks))
        {
            json.WriteStringValue(row.Field.Name);
        }

        json.WriteEndArray();
    }

    private static void WriteSide(Utf8JsonWriter json, string name, Side? side)
    {
        if (side is { } one)
        {
            json.WriteString(name, StreamWords.WordOf(one));
        }
    }
}
