using System.Text;
using System.Text.Json;

namespace Sockeye.Wire.Dissection;

/// <summary>
/// Writes a frame as a JSON object: what a listing says, and each field with its name, its place in the frame, its
/// value and, where that says more, its text.
/// </summary>
public static class PacketJson
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Writes the object.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="to">Where to write.</param>
    /// <param name="scratch">Room for texts; it is begun anew.</param>
    public static void Write(in DissectedFrame frame, Utf8JsonWriter to, TextBuffer scratch)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(scratch);
        to.WriteStartObject();
        to.WriteNumber("number", frame.Frame.Number);
        if (frame.Frame.Time is { } time)
        {
            scratch.Clear();
            scratch.Append($"{time}");
            to.WritePropertyName("time_s");
            to.WriteRawValue(scratch.Written);
        }

        to.WriteNumber("length_bytes", frame.Frame.LengthOnWire);
        to.WriteNumber("captured_bytes", frame.Frame.Bytes.Length);
        WriteStation(to, "source", frame.Source, scratch);
        WriteStation(to, "destination", frame.Destination, scratch);
        to.WriteString("protocol", frame.ShortName);
        to.WriteString("info", frame.Info);
        if (frame.Frame.IsCutShort)
        {
            to.WriteBoolean("cut_short", true);
        }

        if (frame.IsMalformed)
        {
            to.WriteBoolean("malformed", true);
        }

        WriteFields(frame, to, scratch);
        to.WriteEndObject();
    }

    private static void WriteStation(Utf8JsonWriter to, string name, in Station station, TextBuffer scratch)
    {
        if (station.Kind != StationKind.Unknown)
        {
            scratch.Clear();
            scratch.Append($"{station}");
            to.WriteString(name, scratch.Written);
        }
    }

    private static void WriteFields(in DissectedFrame frame, Utf8JsonWriter to, TextBuffer scratch)
    {
        to.WriteStartArray("fields");
        Span<byte> open = stackalloc byte[byte.MaxValue + 1];
        int count = 0;
        ReadOnlySpan<FieldRecord> fields = frame.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            FieldRecord record = fields[i];
            if (record.IsHidden)
            {
                continue;
            }

            for (; count > 0 && open[count - 1] >= record.Depth; count--)
            {
                to.WriteEndArray();
                to.WriteEndObject();
            }

            to.WriteStartObject();
            WriteOne(frame, record, to, scratch);
            if (NextShown(fields[(i + 1)..])?.Depth > record.Depth)
            {
                to.WriteStartArray("fields");
                open[count++] = record.Depth;
            }
            else
            {
                to.WriteEndObject();
            }
        }

        for (; count > 0; count--)
        {
            to.WriteEndArray();
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static FieldRecord? NextShown(ReadOnlySpan<FieldRecord> fields)
    {
        foreach (FieldRecord record in fields)
        {
            if (!record.IsHidden)
            {
                return record;
            }
        }

        return null;
    }

    private static void WriteOne(in DissectedFrame frame, in FieldRecord record, Utf8JsonWriter to, TextBuffer scratch)
    {
        to.WriteString("name", record.Field.Name);
        to.WriteNumber("offset", record.Start);
        to.WriteNumber("length", record.Length);
        scratch.Clear();
        switch (record.Field.Kind)
        {
            case FieldKind.Group:
                if (!frame.TextOf(record).IsEmpty)
                {
                    WriteText(to, "text", frame.TextOf(record));
                }

                break;
            case FieldKind.Number or FieldKind.Hex:
                to.WriteNumber("value", record.Number);
                if (record.Field.Names?.Invoke(record.Number) is { } name)
                {
                    to.WriteString("text", name);
                }

                break;
            case FieldKind.Flag:
                to.WriteBoolean("value", record.Number != 0);
                break;
            case FieldKind.Text:
                WriteText(to, "value", frame.TextOf(record));
                break;
            case FieldKind.Time:
                scratch.Append($"{new Timestamp((long)record.Number)}");
                to.WritePropertyName("value");
                to.WriteRawValue(scratch.Written);
                break;
            case FieldKind.Bytes:
                WriteBytes(to, frame.BytesOf(record), scratch);
                break;
            default:
                FieldText.WriteBytes(record.Field.Kind, frame.BytesOf(record), scratch);
                to.WriteString("value", scratch.Written);
                break;
        }
    }

    // However many there are: in pieces that fit into the text.
    private static void WriteBytes(Utf8JsonWriter to, ReadOnlySpan<byte> bytes, TextBuffer scratch)
    {
        to.WritePropertyName("value");
        do
        {
            ReadOnlySpan<byte> some = bytes[..Math.Min(bytes.Length, PieceBytes)];
            bytes = bytes[some.Length..];
            scratch.Clear();
            scratch.AppendHex(some);
            to.WriteStringValueSegment(scratch.Written, isFinalSegment: bytes.IsEmpty);
        }
        while (!bytes.IsEmpty);
    }

    // A packet's text need not be UTF-8, and JSON must be.
    private static void WriteText(Utf8JsonWriter to, string name, ReadOnlySpan<byte> text)
    {
        if (System.Text.Unicode.Utf8.IsValid(text))
        {
            to.WriteString(name, text);
        }
        else
        {
            to.WriteString(name, Encoding.Latin1.GetString(text));
        }
    }
}
