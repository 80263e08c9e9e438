using System.Text;
using System.Text.Json;
using Sockeye.Capture.Ladder;
using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>Where a ladder is drawn besides the terminal; null where it is not.</summary>
internal sealed record LadderFiles(string? Svg, string? Html, string? Mermaid)
{
    public bool IsNone => Svg is null && Html is null && Mermaid is null;
}

/// <summary>A ladder of a stream, or of all packets.</summary>
internal sealed class LadderView : ReadView
{
    private readonly Output _output;
    private readonly StreamChoice _choice;
    private readonly LadderFiles _files;
    private readonly LadderBuilder _ladder;
    private readonly string _source;
    private Conversation? _stream;
    private bool _isEmpty = true;

    public LadderView(Output output, StreamChoice choice, LadderFiles files, bool folds, string source)
    {
        _output = output;
        _choice = choice;
        _files = files;
        _source = source;
        _ladder = new LadderBuilder(new LadderOptions { Folds = folds, KeepsDetails = files.Html is not null });
    }

    public override FieldSet Fields => _files.Html is null ? FieldSet.None : FieldSet.All;

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        if (_choice.Has(packet))
        {
            _isEmpty = false;
            _stream ??= packet.Stream;
            _ladder.Add(frame, packet);
        }
    }

    public override int Finish(StreamTable streams)
    {
        if (_isEmpty && _choice.Number is not null)
        {
            throw _choice.Missing(streams);
        }

        LadderDiagram diagram = _ladder.Build(Title());
        Write(_files.Svg, () => LadderSvg.Draw(diagram));
        Write(_files.Html, () => LadderHtml.Write(diagram));
        Write(_files.Mermaid, () => LadderMermaid.Write(diagram));
        if (_output.Json)
        {
            _output.JsonLine("ladder", diagram, WriteJson);
        }
        else if (_files.IsNone)
        {
            foreach (string line in LadderText.Lines(diagram, _output.Width, _output.OutHasColor))
            {
                _output.Line(line);
            }

            if (_choice.Number is not null && StreamWords.EndingOf(_stream!) is { Length: > 0 } ending)
            {
                _output.Line(ReadText.LadderEnd.With(ending));
            }
        }

        return ExitCode.Done;
    }

    private string Title()
    {
        string what = _choice.Number is null || _stream is null
            ? ReadText.LadderAll
            : ReadText.LadderOf.With(StreamWords.NameOf(_stream), _stream.Client, _stream.Server);
        return _source == CaptureInput.Standard ? what : $"{Path.GetFileName(_source)}: {what}";
    }

    private void Write(string? file, Func<string> draw)
    {
        if (file == CaptureInput.Standard)
        {
            _output.Part(draw());
        }
        else if (file is not null)
        {
            OutputFiles.WriteAsync(file, Encoding.UTF8.GetBytes(draw())).GetAwaiter().GetResult();
            _output.Note(ReadText.Written.With(file));
        }
    }

    private static void WriteJson(Utf8JsonWriter json, LadderDiagram diagram)
    {
        json.WriteString("title", diagram.Title);
        json.WriteStartArray("columns");
        foreach (LadderColumn column in diagram.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("role", column.Role);
            WriteState(json, "state", column.State);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (LadderRow row in diagram.Rows)
        {
            WriteRow(json, row);
        }

        json.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter json, LadderRow row)
    {
        json.WriteStartObject();
        json.WriteString("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Kind.ToString()));
        json.WriteNumber("from_column", row.From);
        json.WriteNumber("to_column", row.To);
        json.WriteNumber("frame", row.Frame);
        if (row.Nanoseconds is { } time)
        {
            json.WriteNumber("time_ns", time);
        }

        json.WriteString("label", row.Label);
        json.WriteString("meaning", row.Words);
        WriteState(json, "from_state", row.FromState);
        WriteState(json, "to_state", row.ToState);
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, string name, TcpState? state)
    {
        if (state is { } one)
        {
            json.WriteString(name, TcpStates.NameOf(one));
        }
    }
}
