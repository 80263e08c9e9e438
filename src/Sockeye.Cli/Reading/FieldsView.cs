using Sockeye.Capture.Streams;
using Sockeye.Cli.Resources;
using Sockeye.Wire.Dissection;

namespace Sockeye.Cli.Reading;

/// <summary>The values of chosen fields: a line for each packet, a column for each field, tabs between them.</summary>
internal sealed class FieldsView(Output output, Field[] chosen) : ReadView
{
    private const string BetweenColumns = "\t";
    private const string BetweenValues = ",";

    private readonly TextBuffer _text = new();

    public override FieldSet Fields { get; } = new(chosen);

    /// <summary>The fields of these names.</summary>
    public static Field[] Find(IEnumerable<string> names) => [.. names.SelectMany(one => one.Split(',')).Select(Find)];

    public override void Take(in DissectedFrame frame, in StreamPacket packet)
    {
        string[][] values = new string[chosen.Length][];
        for (int i = 0; i < chosen.Length; i++)
        {
            values[i] = ValuesOf(frame, chosen[i]);
        }

        if (output.Json)
        {
            WriteJson(frame.Frame.Number, values);
        }
        else
        {
            output.Line(string.Join(BetweenColumns, values.Select(some => string.Join(BetweenValues, some))));
        }
    }

    public override void Flush() => output.Flush();

    public override int Finish(StreamTable streams) => ExitCode.Done;

    private static Field Find(string name)
    {
        IReadOnlyDictionary<string, Field> known = StreamFields.Table.Fields;
        if (known.TryGetValue(name.ToLowerInvariant(), out Field? field))
        {
            return field;
        }

        throw new ToolException(ExitCode.Usage, Suggestion.Closest(name, known.Keys) is { } near
            ? ReadText.NoFieldNear.With(name, near)
            : ReadText.NoField.With(name));
    }

    private string[] ValuesOf(in DissectedFrame frame, Field field)
    {
        var values = new List<string>();
        foreach (FieldRecord record in frame.Fields)
        {
            if (record.Field == field)
            {
                _text.Clear();
                frame.WriteBareValue(record, _text);
                values.Add(_text.ToString());
            }
        }

        return [.. values];
    }

    private void WriteJson(long number, string[][] values) =>
        output.JsonLine("fields", (number, chosen, values), static (json, one) =>
        {
            json.WriteNumber("number", one.number);
            json.WriteStartObject("fields");
            foreach ((Field field, string[] some) in one.chosen.Zip(one.values))
            {
                json.WriteStartArray(field.Name);
                foreach (string value in some)
                {
                    json.WriteStringValue(value);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
}
