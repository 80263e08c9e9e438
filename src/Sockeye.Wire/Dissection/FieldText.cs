namespace Sockeye.Wire.Dissection;

/// <summary>Writes the values of fields.</summary>
internal static class FieldText
{
    // Longer bytes are cut in a tree; JSON has them all.
    private const int BytesShownMax = 32;

    public static void Write(in DissectedFrame dissection, in FieldRecord record, TextBuffer to)
    {
        switch (record.Field.Kind)
        {
            case FieldKind.Text or FieldKind.Group:
                to.AppendEscaped(dissection.TextOf(record));
                break;
            case FieldKind.Flag:
                to.Append(record.Number != 0 ? "True"u8 : "False"u8);
                break;
            case FieldKind.Number or FieldKind.Hex:
                WriteNumber(record, to);
                break;
            case FieldKind.Time:
                to.Append($"{new Timestamp((long)record.Number)}");
                break;
            default:
                WriteBytes(record.Field.Kind, dissection.BytesOf(record), to);
                break;
        }
    }

    /// <summary>Writes a value without words, and all of it.</summary>
    public static void WriteBare(in DissectedFrame dissection, in FieldRecord record, TextBuffer to)
    {
        switch (record.Field.Kind)
        {
            case FieldKind.Flag:
                to.Append(record.Number != 0 ? "1"u8 : "0"u8);
                break;
            case FieldKind.Number or FieldKind.Hex:
                WriteBareNumber(record, to);
                break;
            case FieldKind.Group when dissection.TextOf(record).IsEmpty:
                to.Append(record.Field.Label);
                break;
            case FieldKind.Bytes:
                to.AppendHex(dissection.BytesOf(record));
                break;
            default:
                Write(dissection, record, to);
                break;
        }
    }

    /// <summary>Writes a number without its word.</summary>
    public static void WriteBareNumber(in FieldRecord record, TextBuffer to)
    {
        if (record.Field.Kind == FieldKind.Number)
        {
            to.Append($"{record.Number}");
            return;
        }

        switch (record.Length)
        {
            case <= 1:
                to.Append($"0x{record.Number:x2}");
                break;
            case 2:
                to.Append($"0x{record.Number:x4}");
                break;
            case 3:
                to.Append($"0x{record.Number:x6}");
                break;
            case 4:
                to.Append($"0x{record.Number:x8}");
                break;
            default:
                to.Append($"0x{record.Number:x16}");
                break;
        }
    }

    public static void WriteBytes(FieldKind kind, ReadOnlySpan<byte> bytes, TextBuffer to)
    {
        switch (kind)
        {
            case FieldKind.Mac when bytes.Length == MacAddress.Bytes:
                to.Append($"{new MacAddress(bytes)}");
                break;
            case FieldKind.Ipv4 when bytes.Length == InternetAddress.Ipv4Bytes:
            case FieldKind.Ipv6 when bytes.Length == InternetAddress.Ipv6Bytes:
                to.Append($"{new InternetAddress(bytes)}");
                break;
            default:
                to.AppendHex(bytes.Length > BytesShownMax ? bytes[..BytesShownMax] : bytes);
                to.Append(bytes.Length > BytesShownMax ? "…" : "");
                break;
        }
    }

    private static void WriteNumber(in FieldRecord record, TextBuffer to)
    {
        if (record.Field.Names?.Invoke(record.Number) is not { } name)
        {
            WriteBareNumber(record, to);
            return;
        }

        to.Append($"{name} (");
        WriteBareNumber(record, to);
        to.Append(")");
    }
}
